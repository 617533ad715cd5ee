/** MATRL's table 1: how often and how fast four rules come near an equilibrium of random 2x2 games. */
import { namedPayoffs } from '@descant/autodiff-games';
import { curvesPlot, type Point, trajectoryPlot } from '@descant/autodiff-games/plots';
import { key, split } from '@descant/tensor-ops';
import { z } from 'zod';
import {
  float64,
  measure,
  nearness,
  play,
  sources,
  start,
  type TableFinding,
  types,
} from '../convergence/cell.ts';
import { differences, largest, unlikePaper } from '../convergence/compare.ts';
import { type Entry, entries } from '../convergence/entries.ts';
import { defineExperiment, type Finding } from '../experiment.ts';
import { svgOf } from '../report/plot.ts';

const config = z.strictObject({
  /** Random games of each type and source. */
  games: z.int().min(2).max(100_000).default(1000),
  steps: z.int().min(2).max(100_000).default(1000),
});
type Config = z.infer<typeof config>;

interface PathFinding extends Finding {
  readonly rule: string;
  readonly path: readonly Point[];
}

/** A run in matching pennies, as in the paper's fig. 4. */
function penniesPath(entry: Entry, { steps }: Config, seed: number): PathFinding {
  const payoffs = float64([namedPayoffs.matchingPennies]);
  const { data } = play(entry, payoffs, float64([[0.5, 0.5]]), split(key(seed), 1), steps);
  const path = Array.from({ length: steps }, (_, t): Point => [data[2 * t], data[2 * t + 1]]);
  return { rule: entry.name, path: [start, ...path], rows: [], metrics: [] };
}

const isTable = (finding: Finding): finding is TableFinding => 'rate' in finding;

export const matrlMatrix = defineExperiment<Config, TableFinding | PathFinding>({
  name: 'matrl-matrix',
  description:
    'How often and how fast IGA, IGA-PP, MATRL and WoLF come near an equilibrium of random 2x2 games ' +
    '(Wen et al. 2021, MATRL, table 1 and fig. 4).',
  config,
  quick: { games: 100 },
  plan: (settings, seed) => [
    ...sources.flatMap((source) =>
      types.flatMap(({ title }, type) =>
        entries.map((entry) => ({
          group: `${source} games`,
          name: `${title}: ${entry.name}`,
          run: () => measure(entry, type, source, settings, seed),
        })),
      ),
    ),
    ...entries.map((entry) => ({
      group: 'matching pennies',
      name: entry.name,
      run: () => penniesPath(entry, settings, seed),
    })),
  ],
  summary: (_, findings) => {
    const compared = differences(findings.filter(isTable));
    return [
      {
        name: 'own games against numpy games, largest difference in standard errors of the difference',
        paper: null,
        measured: compared.length === 0 ? null : Math.abs(largest(findings.filter(isTable)).z),
        standardError: null,
        n: compared.length,
        unit: 'standard errors',
      },
    ];
  },
  notes: ({ games, steps }, findings) => [
    `Set-up: ${games} games of each type, starts 0.9 and 0.2, ${steps} steps; a game has converged when both ` +
      `probabilities lie within ${nearness} of an equilibrium. Learning rate 0.02 (IGA, IGA-PP), 0.03 with predictions ` +
      'of rate 0.02 (MATRL), 0.01 when winning and 0.06 when losing (WoLF; table 2 prints 0.02, the released code has ' +
      '0.01). "numpy games" are those of the released code, seeds 0, 1, ...; "own games" have the same distribution and ' +
      'come from our keys. Mean steps are over the games that converged, which is what the released code means to print.',
    '"MATRL" is the paper’s algorithm with exact payoffs; "MATRL(released)" does what the released code does, whose ' +
      'meta-game and divergence terms differ from the paper. The paper gives neither its games nor how near is ' +
      'near, and no standard errors. Taking its values for those of another 1000 games, these are more than 3 standard ' +
      `errors of the difference off: ${unlikePaper(findings.filter(isTable)).join('; ') || 'none'}. The paper omits ` +
      'WoLF; the released code gives .997 / 74.8, .988 / 48.3 and .948 / 168.4 for it on seeds 0-999.',
    `Largest difference between the two sources: ${largest(findings.filter(isTable)).what}. Of 30 differences of ` +
      'independent samples the largest is above 3 standard errors with probability .08.',
  ],
  sections: (_, findings) => {
    const table = findings.filter(isTable);
    const paths = findings.filter((finding): finding is PathFinding => !isTable(finding));
    return [
      {
        title: 'Convergence over the steps',
        text: 'The share of the numpy games in which both players have come near an equilibrium.',
        figures: types.map(({ title }) => ({
          caption: `${title} games`,
          svg: svgOf(
            curvesPlot(
              table
                .filter(({ source, type }) => source === 'numpy' && type === title)
                .map(({ rule, progress }) => ({ name: rule, points: progress })),
              { title, x: { label: 'step' }, y: { label: 'share of games converged', domain: [0, 1] } },
            ),
          ),
        })),
      },
      {
        title: 'Matching pennies',
        text: 'The learning dynamics as in the paper’s fig. 4; the cross is the equilibrium.',
        figures: paths.map(({ rule, path }) => ({
          caption: rule,
          svg: svgOf(
            trajectoryPlot([path], {
              title: rule,
              width: 300,
              height: 300,
              x: { label: 'P(heads) of player 1', domain: [0, 1] },
              y: { label: 'P(heads) of player 2', domain: [0, 1] },
              marked: [[0.5, 0.5]],
            }),
          ),
        })),
      },
    ];
  },
});
