/** One cell of a head-to-head table: many pairs of learners, one rule each, on one game. */
import { type Game, initialBatch, type Rule, run, type UpdateRule } from '@descant/autodiff-games';
import { type FloatType, flatten, foldIn, jit, key as keyOf, type Tensor } from '@descant/tensor-ops';
import type { Finding } from '../experiment.ts';
import type { Metric, Row } from '../results/schema.ts';
import { deviation, percentWithin, summarise } from '../statistics.ts';
import { policySpread, policyTargets, type StateSpread } from './policies.ts';

/** A direction, or a rule with memory, projections or random draws. */
export type AnyRule = Rule | UpdateRule;

/** What is to be played. */
export interface Cell<P = Tensor> {
  /** The table that the cell belongs to, e.g. `IPD`. */
  readonly group: string;
  readonly game: Game<P>;
  readonly rules: readonly [AnyRule, AnyRule];
  readonly learningRate: number;
  readonly steps: number;
  /** Published returns of the two players. */
  readonly paperReturns?: readonly [number | null, number | null];
  /** Published standard deviation of the returns over the pairs; where it is given, ours is measured, too. */
  readonly paperDeviation?: number;
  /** What the policies are held against, where they are 5 logits of an iterated game. */
  readonly target?: keyof typeof policyTargets;
  /** Published share of states that match the target, in percent. */
  readonly paperTarget?: number;
}

/** What a cell showed. */
export interface CellFinding extends Finding {
  readonly group: string;
  readonly name: string;
  /** Mean returns over the pairs that did not diverge, at the recorded steps. */
  readonly curves: readonly { step: number; player: number; mean: number; standardError: number }[];
  /** Returns of the first pairs at the end; see `shownPairs`. */
  readonly endpoints: readonly (readonly [number, number])[];
  /** Probabilities of action A at the end, for each player and state; empty for other kinds of policies. */
  readonly policies: readonly StateSpread[];
  readonly diverged: number;
}

/** How a cell is played. */
export interface PlayOptions {
  readonly seed: number;
  readonly pairs: number;
  readonly precision: FloatType;
}

/** How near a probability must be to its target to count as equal; the sources do not say, so both are given. */
const tolerances = [0.02, 0.05];
/** How many endpoints a picture shows. */
const shownPairs = 256;
/** A picture of a learning curve has about this many points. */
const curvePoints = 50;

/** `naive vs LOLA(exact)`. */
export const cellName = ({ rules }: { rules: readonly [AnyRule, AnyRule] }): string =>
  `${rules[0].name} vs ${rules[1].name}`;

/** Every unordered pair of rules, each rule against itself included, the earlier rule as player 1. */
export const pairings = (rules: readonly AnyRule[]): [AnyRule, AnyRule][] =>
  rules.flatMap((first, i) => rules.slice(i).map((second): [AnyRule, AnyRule] => [first, second]));

/** The key of a cell: it depends on the seed and the cell's name alone, not on which other cells are played. */
export function cellKey(seed: number, name: string): Tensor {
  return foldIn(keyOf(seed), hash(name));
}

/** 32 bits of a text: FNV-1a (Fowler, Noll and Vo). */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return state;
}

/** Trains the pairs of a cell in one compiled call and measures where they end. */
export function playCell<P>(cell: Cell<P>, { seed, pairs, precision }: PlayOptions): CellFinding {
  const { group, game, rules, learningRate, steps } = cell;
  const name = cellName(cell);
  // Drawing the logits takes ten times as long when it is not compiled.
  const draw = jit((own: Tensor) => initialBatch(game, own, pairs, precision));
  const own = cellKey(seed, `${group}: ${name}`);
  // Pairs are drawn with the children of the key, whose numbers are below 2^31; rules with one of its own.
  const key = foldIn(own, 2 ** 31);
  const trajectory = run(game, draw(own), { rules, learningRate, steps, stride: strideFor(steps), key });
  const times = trajectory.steps.length;
  const returns = (pair: number, time: number, player: number) =>
    trajectory.values.data[(pair * times + time) * 2 + player];
  const all = Array.from({ length: pairs }, (_, pair) => pair);
  const finite = all.filter((pair) => [0, 1].every((p) => Number.isFinite(returns(pair, times - 1, p))));

  const atTime = (time: number, player: number) => finite.map((pair) => returns(pair, time, player));
  const curves = trajectory.steps.flatMap((step, time) =>
    [0, 1].flatMap((player) => {
      const { mean, standardError } = summarise(atTime(time, player).filter(Number.isFinite));
      return mean === null ? [] : { step, player: player + 1, mean, standardError: standardError ?? 0 };
    }),
  );
  const logits = trajectory.parameters.map((tree) => endpoints(tree, times));
  const isPolicy = cell.target !== undefined && logits.every((player) => player[0].length === 5);
  const policies = isPolicy ? finite.map((pair) => logits.map((player) => player[pair].map(sigmoid))) : [];

  const row = (quantity: string, values: readonly number[], unit: string, paper: number | null): Row => {
    const { mean, standardError, n } = summarise(values);
    return { name: `${group}: ${name}, ${quantity}`, paper, measured: mean, standardError, n, unit };
  };
  const rows = [0, 1].map((player) =>
    row(
      `player ${player + 1} return`,
      atTime(times - 1, player),
      'return',
      cell.paperReturns?.[player] ?? null,
    ),
  );
  for (const player of cell.paperDeviation === undefined ? [] : [0, 1]) {
    const { value, standardError } = deviation(atTime(times - 1, player));
    const name_ = `${group}: ${name}, player ${player + 1} return, standard deviation over pairs`;
    const unit = 'return';
    rows.push({
      name: name_,
      paper: cell.paperDeviation ?? null,
      measured: value,
      standardError,
      n: finite.length,
      unit,
    });
  }
  if (isPolicy && cell.target !== undefined) {
    const { label, probabilities } = policyTargets[cell.target];
    for (const tolerance of tolerances) {
      for (const player of [0, 1]) {
        const shares = policies.map((pair) => percentWithin(pair[player], probabilities, tolerance));
        const quantity = `player ${player + 1} ${label} (tolerance ${tolerance})`;
        rows.push(row(quantity, shares, '%', cell.paperTarget ?? null));
      }
    }
  }
  rows.push({
    ...row('diverged pairs', [], 'pairs', null),
    measured: pairs - finite.length,
    n: pairs,
  });

  return {
    group,
    name,
    rows,
    metrics: curves.map((point): Metric => ({ group, cell: name, ...point })),
    curves,
    endpoints: finite
      .slice(0, shownPairs)
      .map((pair) => [returns(pair, times - 1, 0), returns(pair, times - 1, 1)]),
    policies: policySpread(policies),
    diverged: pairs - finite.length,
  };
}

/** The largest divisor of the steps that still leaves `curvePoints` points, so that the end is recorded. */
function strideFor(steps: number): number {
  let stride = Math.max(1, Math.floor(steps / curvePoints));
  while (steps % stride !== 0) stride--;
  return stride;
}

/** The last recorded parameters of every pair, each as one list: leaves have shape [pairs, times, ...]. */
function endpoints(tree: unknown, times: number): number[][] {
  const { leaves } = flatten(tree);
  return Array.from({ length: leaves[0].shape[0] }, (_, pair) =>
    leaves.flatMap((leaf) => {
      const size = leaf.size / (leaf.shape[0] * times);
      const start = (pair * times + times - 1) * size;
      return Array.from(leaf.data.subarray(start, start + size));
    }),
  );
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
