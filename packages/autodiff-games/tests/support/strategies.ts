import { type Game, matrixGame, type Rule, run, type UpdateRule } from '@descant/autodiff-games';
import { key, uniform } from '@descant/tensor-ops';
import { elements, float64 } from './numbers.ts';

export type Path = number[][][];

/** The strategies [time][player][...] of one play. */
export function pathOf(
  game: Game,
  start: readonly (readonly number[])[],
  rules: readonly (Rule | UpdateRule)[],
  learningRate: number,
  steps: number,
): Path {
  const initial = start.map((p) => float64([[...p]]));
  const { parameters } = run(game, initial, { rules, learningRate, steps, stride: 1, key: key(0) });
  const all = parameters.map((p) => elements(p));
  const sizes = start.map((p) => p.length);
  return Array.from({ length: steps + 1 }, (_, t) =>
    all.map((values, i) => values.slice(t * sizes[i], (t + 1) * sizes[i])),
  );
}

/** Payoffs [2, A, B], uniform in [-3, 3]. */
export const drawnPayoffs = (from: number, rows: number, columns: number): number[][][] =>
  uniform(key(from), [2, rows, columns], { dtype: 'float64', low: -3, high: 3 }).toArray() as number[][][];

export const strategies = (r: readonly unknown[]) => matrixGame({ payoffs: r, strategies: 'probabilities' });
export const both = <R>(rule: R): R[] => [rule, rule];
