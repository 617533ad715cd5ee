/** Likelihoods, under the network itself, of what its samplers make. */

import { curvesPlot } from '@descant/autodiff-games/plots';
import {
  ancestral,
  ancestralGibbs,
  type Conditionals,
  compose,
  estimateFramewiseNll,
  framewiseNll,
  independentGibbs,
  randomSelector,
  type Sampler,
  type Score,
  sample,
} from '@descant/coconet';
import { at, key, split } from '@descant/tensor-ops';
import { z } from 'zod';
import { defineExperiment, type Finding, type TaskContext } from '../experiment.ts';
import { conditionalsFrom } from '../music/model.ts';
import { svgOf } from '../report/plot.ts';
import { summarise } from '../statistics.ts';

/** Steps of ancestral and of independent Gibbs sampling. */
interface Steps {
  readonly gibbs: number;
  readonly independent: number;
}

interface Scheme {
  readonly name: string;
  /** Thesis, table 3.2. */
  readonly paper: number;
  readonly sampler: (steps: Steps) => Sampler;
}

const withInclusion =
  (inclusion: number) =>
  ({ gibbs }: Steps) =>
    ancestralGibbs({ steps: gibbs, inclusion, selector: randomSelector() });

const NADE = 'NADE';
const INDEPENDENT = 'independent Gibbs';
const SCHEMES: readonly Scheme[] = [
  { name: NADE, paper: 1.09, sampler: () => ancestral(randomSelector()) },
  { name: INDEPENDENT, paper: 0.52, sampler: ({ independent }) => independentGibbs({ steps: independent }) },
  { name: 'ancestral Gibbs, rho = 0.50', paper: 0.74, sampler: withInclusion(0.5) },
  { name: 'ancestral Gibbs, rho = 0.25', paper: 0.8, sampler: withInclusion(0.25) },
  { name: 'ancestral Gibbs, rho = 0.10', paper: 0.97, sampler: withInclusion(0.1) },
  { name: 'ancestral Gibbs, rho = 0.05', paper: 1.08, sampler: withInclusion(0.05) },
];

const config = z.strictObject({
  /** Length of the samples, T. */
  length: z.int().min(1).max(1024).default(32),
  /** Steps of ancestral Gibbs sampling, N; the paper's: 100. Each takes a prediction for every free cell. */
  gibbs: z.int().min(1).max(100_000).default(25),
  /** Steps of independent Gibbs sampling, a prediction each. */
  independent: z.int().min(1).max(100_000).default(100),
  /** Samples of each scheme; the paper's: 100. */
  samples: z.int().min(2).max(10_000).default(20),
  /** Which of the schemes. */
  schemes: z
    .array(z.enum(SCHEMES.map(({ name }) => name)))
    .min(1)
    .default(SCHEMES.map(({ name }) => name)),
  temperature: z.number().min(0).default(0.99),
  /** Points of each curve of the likelihood in the course of sampling; 0: none. */
  points: z.int().min(0).max(100).default(5),
});
type Config = z.infer<typeof config>;

interface SamplerFinding extends Finding {
  readonly scheme: string;
  /** Nats a frame of each sample. */
  readonly losses: readonly number[];
  /** Step and nats a frame in the course of sampling. */
  readonly curve: readonly (readonly [number, number])[];
}

/** Frames for each sample that a point of a curve rests on. */
const CURVE_FRAMES = 8;

async function measure(
  scheme: Scheme,
  settings: Config,
  seed: number,
  context: TaskContext,
): Promise<SamplerFinding> {
  const { length, samples, temperature, points } = settings;
  const { signal } = context;
  const conditionals = await conditionalsFrom(undefined);
  const [sampleKey, nllKey, curveKey] = [0, 1, 2].map((i) => at(split(key(seed), 3), i));
  const tasks = Array.from({ length: samples }, () => compose({ steps: length }));
  const kept: { step: number; scores: readonly Score[] }[] = [];
  const sampler = scheme.sampler(settings);
  const every = Math.max(1, Math.round(sampler.steps / Math.max(1, points)));
  const scores = await sample(conditionals, tasks, sampler, {
    key: sampleKey,
    temperature,
    signal,
    onStep: ({ step, scores: now }) => {
      if (points > 0 && step % every === 0) kept.push({ step, scores: now });
      context.progress((0.8 * step) / Math.max(1, sampler.steps));
    },
  });
  const curve: (readonly [number, number])[] = [];
  for (const { step, scores: now } of kept) {
    const options = {
      key: curveKey,
      order: 'random',
      orderings: 1,
      frames: CURVE_FRAMES * samples,
      signal,
    } as const;
    curve.push([step, (await estimateFramewiseNll(conditionals, now, options)).single.mean]);
  }
  const losses = await lossesOf(conditionals, scores, nllKey, context);
  const { mean, standardError } = summarise(losses);
  return {
    scheme: scheme.name,
    losses,
    curve,
    rows: [
      {
        name: scheme.name,
        paper: scheme.paper,
        measured: mean,
        standardError,
        n: samples,
        unit: 'nats/frame',
      },
    ],
    metrics: curve.map(([step, nats]) => ({ scheme: scheme.name, step, nats })),
  };
}

/** Framewise negative log-likelihoods of scores, each under a random ordering of its own. */
async function lossesOf(
  conditionals: Conditionals,
  scores: readonly Score[],
  nllKey: ReturnType<typeof key>,
  { signal, progress }: TaskContext,
): Promise<number[]> {
  const losses: number[] = [];
  const keys = split(nllKey, scores.length);
  for (const [i, score] of scores.entries()) {
    const options = { key: at(keys, i), order: 'random', orderings: 1, signal } as const;
    losses.push((await framewiseNll(conditionals, [score], options)).single.mean);
    progress(0.8 + (0.2 * (i + 1)) / scores.length);
  }
  return losses;
}

/** Mean and standard error of a scheme's samples, once there are any. */
function summaryOf(
  findings: readonly SamplerFinding[],
  name: string,
): { mean: number; standardError: number } | undefined {
  const found = findings.find(({ scheme }) => scheme === name);
  const { mean, standardError } = summarise(found?.losses ?? []);
  return mean === null || standardError === null ? undefined : { mean, standardError };
}

export const coconetSamplers = defineExperiment<Config, SamplerFinding>({
  name: 'coconet-samplers',
  description:
    'Negative log-likelihood, under the network of @descant/coconet, of unconditioned samples by ancestral sampling ' +
    'and block Gibbs sampling (Cooijmans 2023, thesis, table 3.2 and fig. 3.2).',
  config,
  quick: { length: 8, gibbs: 2, independent: 2, samples: 2, points: 0 },
  full: { gibbs: 100, samples: 100 },
  plan: (settings, seed) =>
    SCHEMES.filter(({ name }) => settings.schemes.includes(name)).map((scheme) => ({
      group: 'samplers',
      name: scheme.name,
      run: (context) => measure(scheme, settings, seed, context),
    })),
  summary({ samples }, findings) {
    const [nade, independent] = [NADE, INDEPENDENT].map((name) => summaryOf(findings, name));
    if (!nade || !independent) return [];
    return [
      {
        name: `${NADE} minus ${INDEPENDENT}`,
        paper: 0.57,
        measured: nade.mean - independent.mean,
        standardError: Math.hypot(nade.standardError, independent.standardError),
        n: samples,
        unit: 'nats/frame',
      },
    ];
  },
  notes: ({ length, gibbs, independent, samples, temperature }) => [
    `${samples} samples of ${length} sixteenths of each scheme, ${gibbs} steps of ancestral and ${independent} of ` +
      `independent Gibbs sampling after the first pass, temperature ${temperature}; the paper’s: 100 samples, 32 ` +
      'sixteenths, 100 steps of each (--full). The likelihood is framewise, every frame of a sample under one random ordering.',
    'The paper’s values are those of its network of 64 layers, so that differences between schemes are what can be ' +
      'compared, and only those above two standard errors say anything: 1.09 ± .06 and 1.08 ± .06 cannot be ordered.',
  ],
  sections: (_, findings) => {
    const curves = findings.filter(({ curve }) => curve.length > 1);
    if (curves.length === 0) return [];
    const plot = curvesPlot(
      curves.map(({ scheme, curve }) => ({ name: scheme, points: curve })),
      { title: 'Likelihood of the samples', x: { label: 'step' }, y: { label: 'nats a frame' } },
    );
    return [
      {
        title: 'In the course of sampling',
        text: `As in the thesis’ fig. 3.2; each point is an estimate from ${CURVE_FRAMES} frames a sample.`,
        figures: [{ caption: 'Framewise negative log-likelihood after some steps.', svg: svgOf(plot) }],
      },
    ];
  },
});
