/** The panels of FTNPL's fig. 2 and 3, and its ablations: many runs of one learner in one game of matching pennies. */
import {
  type FtnplMediator,
  initialBatch,
  pennies,
  run,
  runFtnpl,
  type UpdateRule,
} from '@descant/autodiff-games';
import type { Point } from '@descant/autodiff-games/plots';
import { at, jit, softmax, split, type Tensor } from '@descant/tensor-ops';
import type { Finding } from '../experiment.ts';
import { cellKey } from '../head-to-head/cell.ts';
import type { Row } from '../results/schema.ts';
import { summarise } from '../statistics.ts';
import { fadingFtrl, perturbedLeader } from './leaders.ts';

/** One learner in one of the two games. */
export interface PenniesCell {
  readonly convex: boolean;
  readonly name: string;
  /** Whether the paper's figure shows convergence of the strategies; undefined where it has no such figure. */
  readonly converges?: boolean;
  /** Step sizes of the two players. */
  readonly rates: readonly [number, number];
  readonly learner: UpdateRule | Mediation;
}

/** FTNPL with a mediator of some kind. */
interface Mediation {
  readonly mediator: FtnplMediator;
  readonly codeSize: number;
  readonly codes: 'mean' | 'sampled';
}

/** How many runs, and for how long. */
export interface PenniesSettings {
  readonly pairs: number;
  readonly steps: number;
}

/** What a cell showed. */
export interface PenniesFinding extends Finding {
  readonly convex: boolean;
  readonly name: string;
  /** The first run: phi[0] and omega[0] at the recorded steps. */
  readonly path: readonly Point[];
}

const ftnpl = (mediator: FtnplMediator, codes: Mediation['codes'], codeSize = 2): Mediation => ({
  mediator,
  codes,
  codeSize,
});

const convexRates = [0.05, 0.05] as const;
const otherRates = [0.1, 0.05] as const;

export const cells: readonly PenniesCell[] = [
  { convex: true, name: 'FTRL, rate 0.1', converges: false, rates: [0.1, 0.1], learner: fadingFtrl(1e-3) },
  { convex: true, name: 'FTRL, rate 1', converges: false, rates: [1, 1], learner: fadingFtrl(1e-3) },
  { convex: true, name: 'FTPL', converges: false, rates: [0.01, 0.01], learner: perturbedLeader([3, 2]) },
  { convex: true, name: 'FTNPL', converges: true, rates: convexRates, learner: ftnpl('learned', 'mean') },
  { convex: true, name: 'frozen mediator', rates: convexRates, learner: ftnpl('frozen', 'mean') },
  { convex: true, name: 'zero codes', rates: convexRates, learner: ftnpl('zeroCode', 'mean') },
  { convex: true, name: 'constant codes', rates: convexRates, learner: ftnpl('constantCode', 'mean') },
  { convex: false, name: 'FTRL', converges: false, rates: otherRates, learner: fadingFtrl(1e-3) },
  { convex: false, name: 'FTPL', converges: false, rates: [0.01, 0.005], learner: perturbedLeader([5, 1]) },
  {
    convex: false,
    name: 'FTNPL, code size 1',
    converges: true,
    rates: otherRates,
    learner: ftnpl('learned', 'sampled', 1),
  },
  { convex: false, name: 'FTNPL', converges: true, rates: otherRates, learner: ftnpl('learned', 'sampled') },
  { convex: false, name: 'frozen mediator', rates: otherRates, learner: ftnpl('frozen', 'sampled') },
  { convex: false, name: 'zero codes', rates: otherRates, learner: ftnpl('zeroCode', 'sampled') },
  { convex: false, name: 'constant codes', rates: otherRates, learner: ftnpl('constantCode', 'sampled') },
];

export const groupOf = ({ convex }: { convex: boolean }): string =>
  convex ? 'convex (example 1)' : 'non-convex (example 2)';

/** Strategies are recorded every so many steps. */
export const stride = 10;
/** How many records a picture shows. */
const shown = 600;
/** How near to the equilibrium counts as converged. */
export const nearness = 0.01;

/** Both players' strategies [pairs, times, 2] at the recorded steps. */
function strategies(cell: PenniesCell, { pairs, steps }: PenniesSettings, own: Tensor): Tensor[] {
  const game = pennies({ convex: cell.convex });
  const common = { steps, stride, learningRate: [...cell.rates] };
  if ('mediator' in cell.learner) {
    const mediation = { ...cell.learner, mediatorRate: 0.1, pairs, key: own, dtype: 'float64' as const };
    return runFtnpl(game, { ...common, ...mediation }).strategies;
  }
  const keys = split(own);
  const initial = jit((k: Tensor) => initialBatch(game, k, pairs, 'float64'))(at(keys, 0));
  const rules = [cell.learner, cell.learner];
  const { parameters } = run(game, initial, { ...common, rules, key: at(keys, 1) });
  return parameters.map((logits) => softmax(logits));
}

/** Runs one cell. */
export function measure(cell: PenniesCell, settings: PenniesSettings, seed: number): PenniesFinding {
  const { pairs, steps } = settings;
  const group = groupOf(cell);
  const [first, second] = strategies(cell, settings, cellKey(seed, `${group}: ${cell.name}`)).map(
    ({ data }) => data,
  );
  const times = steps / stride + 1;
  const point = (pair: number, time: number): Point => {
    const index = (pair * times + time) * 2;
    return [first[index] - 0.5, second[index] - 0.5];
  };
  const all = Array.from({ length: pairs }, (_, pair) => pair);
  const finals = all.map((pair) => Math.hypot(...point(pair, times - 1)));
  // Of the second half, in which a cycle has been run through many times.
  const averages = all.map((pair) => {
    const start = Math.floor(times / 2);
    const points = Array.from({ length: times - start }, (_, k) => point(pair, start + k));
    return Math.hypot(...[0, 1].map((axis) => points.reduce((sum, p) => sum + p[axis], 0) / points.length));
  });
  const name = `${group}: ${cell.name}`;
  const row = (quantity: string, values: readonly number[], unit: string, paper: number | null): Row => {
    const { mean, standardError, n } = summarise(values);
    return { name: `${name}, ${quantity}`, paper, measured: mean, standardError, n, unit };
  };
  const paper = cell.converges === undefined ? null : cell.converges ? 100 : 0;
  const path = Array.from({ length: Math.min(times, shown) }, (_, time) => point(0, time));
  return {
    convex: cell.convex,
    name: cell.name,
    path,
    rows: [
      row(
        'runs converged',
        finals.map((d) => (d < nearness ? 100 : 0)),
        '%',
        paper,
      ),
      row('distance to equilibrium at the end', finals, 'probability', null),
      row('distance of the time average', averages, 'probability', null),
    ],
    metrics: path.map(([phi, omega], k) => ({
      game: group,
      learner: cell.name,
      step: k * stride,
      phi,
      omega,
    })),
  };
}
