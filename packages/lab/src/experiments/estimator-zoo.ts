/** Bias and noise of every gradient estimator on three games that can be enumerated. */
import { namedPayoffs } from '@descant/autodiff-games';
import { at, key, normal, split } from '@descant/tensor-ops';
import * as Plot from '@observablehq/plot';
import { z } from 'zod';
import { type Derivative, type Entry, measure, type ZooFinding } from '../estimator-zoo/entry.ts';
import { gaussianEntries } from '../estimator-zoo/gaussian-game.ts';
import { repeatedEntries } from '../estimator-zoo/repeated-entries.ts';
import type { Policies } from '../estimator-zoo/repeated-game.ts';
import { defineExperiment } from '../experiment.ts';
import { svgOf } from '../report/plot.ts';

const config = z.strictObject({
  /** Steps of the repeated games; there are 4^steps plays. */
  steps: z.int().min(1).max(5).default(3),
  discount: z.number().min(0).max(1).default(0.96),
  /** Where an estimator draws real numbers and cannot be enumerated. */
  samples: z.int().min(2).max(10_000_000).default(20_000),
});
type Config = z.infer<typeof config>;

const repeated = [
  { name: 'IPD', payoffs: namedPayoffs.prisonersDilemma },
  { name: 'IMP', payoffs: namedPayoffs.matchingPennies },
] as const;

/** Policies drawn from N(0, 1), the same for both games. */
function drawPolicies(seed: number): Policies {
  const keys = split(key(seed));
  return [normal(at(keys, 0), [5], 'float64'), normal(at(keys, 1), [5], 'float64')];
}

/** One line an estimator: its noise as a bar, its bias as a dot, with two standard errors where it was sampled. */
function picture(findings: readonly ZooFinding[]): string {
  const names = [...findings].sort((a, b) => a.noise - b.noise).map(({ name }) => name);
  const sampled = findings.filter(({ biasError }) => biasError !== null);
  return svgOf({
    width: 760,
    height: 70 + 22 * names.length,
    marginLeft: 290,
    x: { label: 'noise of one play (bar) and bias (dot), in lengths of the derivative', grid: true },
    y: { label: null, domain: names },
    marks: [
      Plot.barX(findings, { x: 'noise', y: 'name', fill: '#a6cbe3', insetTop: 3, insetBottom: 3 }),
      Plot.ruleY(sampled, {
        x1: ({ bias, biasError }) => Math.max(0, bias - 2 * biasError),
        x2: ({ bias, biasError }) => bias + 2 * biasError,
        y: 'name',
        stroke: '#d55e00',
      }),
      Plot.dot(findings, { x: 'bias', y: 'name', fill: '#d55e00', r: 4 }),
      Plot.ruleX([0]),
    ],
  });
}

export const estimatorZoo = defineExperiment<Config, ZooFinding>({
  name: 'estimator-zoo',
  description:
    'Bias and noise of every gradient estimator on three games, by enumerating all plays: score functions, DiCE, ' +
    'Loaded DiCE, IPO, pathwise, measure-valued, evolution strategies.',
  config,
  quick: { steps: 2, samples: 2000 },
  plan: ({ steps, discount, samples }, seed) => {
    const policies = drawPolicies(seed);
    const entries: Entry[] = [
      ...repeated.flatMap((game) => repeatedEntries({ ...game, steps, discount }, policies)),
      ...gaussianEntries(),
    ];
    return entries.map((entry) => ({
      group: entry.game,
      name: `${entry.name}, ${entry.derivative}`,
      run: () => measure(entry, samples, seed),
    }));
  },
  summary: (_, findings) => {
    const promised = findings.filter(({ unbiased, sampled }) => unbiased && !sampled);
    return [
      {
        name: 'largest bias of the estimators that theory calls unbiased, enumerated',
        paper: null,
        measured: promised.length === 0 ? null : Math.max(...promised.map(({ bias }) => bias)),
        standardError: null,
        n: promised.length,
        unit: 'length of the derivative',
      },
    ];
  },
  notes: ({ steps, discount, samples }, findings) => {
    const sampled = findings.filter((finding) => finding.sampled && finding.unbiased);
    const within = sampled.map(
      ({ name, bias, biasError }) => `${name} ${(bias / (biasError ?? 1)).toFixed(1)}`,
    );
    return [
      `Set-up: IPD and IMP of ${steps} steps at discount ${discount}, policies with logits drawn from N(0, 1), all ` +
        `${4 ** steps} plays enumerated; a game of two steps with Gaussian actions, enumerated by quadrature that is exact ` +
        `for its quadratic payoffs. What draws real numbers elsewhere is sampled ${samples} times. Bias: length of the ` +
        'mean minus the exact derivative of player 1’s value; noise: root of the total variance of an estimate from one ' +
        'play; both relative to the length of that derivative. The stale critic knows the values of players who choose ' +
        'at random. Finite differences and deterministic policies have no noise; their bias is that of the method.',
      `Sampled estimators that theory calls unbiased, bias in its standard errors: ${within.join('; ') || 'none'}. ` +
        'Where there is no bias this is about 1, and seldom above 2.',
    ];
  },
  sections: (_, findings) => {
    const derivatives: readonly Derivative[] = ['gradient', 'mixed derivative'];
    return [...new Set(findings.map(({ game }) => game))].map((game) => ({
      title: game,
      text: summaryText(findings.filter((finding) => finding.game === game)),
      figures: derivatives
        .map((derivative) => ({
          derivative,
          some: findings.filter((f) => f.game === game && f.derivative === derivative),
        }))
        .filter(({ some }) => some.length > 0)
        .map(({ derivative, some }) => ({ caption: `${game}, ${derivative}`, svg: picture(some) })),
    }));
  },
});

/** What single estimates are worth and cost. */
function summaryText(findings: readonly ZooFinding[]): string {
  const each = findings.map(
    ({ name, derivative, effectiveSampleSize, operations }) =>
      `${name}, ${derivative}: ${effectiveSampleSize.toFixed(2)}, ${operations}`,
  );
  return `Effective sample size of one estimate, and operations in its compiled program: ${each.join('; ')}.`;
}
