/** Nash equilibria of two players with any numbers of actions. */
import { LuDecomposition, Matrix } from 'ml-matrix';
import { bimatrix, type Profile, scaledPayoffs } from './strategic-form.ts';

/** Probabilities and payoffs, scaled to [0, 1], that differ by no more count as equal. */
const TOLERANCE = 1e-9;

/** A strategy of one player at which an equilibrium may lie, with the best responses of the opponent. */
interface Candidate {
  readonly strategy: number[];
  readonly support: readonly number[];
  readonly bestResponses: ReadonlySet<number>;
}

/** All sets of `size` of the numbers 0, ..., count - 1. */
function subsets(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: count - from }, (_, k) => from + k).flatMap((first) =>
    subsets(count, size - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

/** The strategy on a support that makes the opponent indifferent between some responses, if there is exactly one. */
function indifferent(
  values: readonly (readonly number[])[],
  support: readonly number[],
  responses: readonly number[],
): number[] | undefined {
  const rows = responses.map((j) => [...support.map((i) => values[j][i]), -1]);
  const system = new LuDecomposition(new Matrix([...rows, [...support.map(() => 1), 0]]));
  const pivots = system.upperTriangularMatrix.diagonal().map(Math.abs);
  if (Math.min(...pivots) <= TOLERANCE * Math.max(...pivots)) return undefined;
  const solution = system.solve(Matrix.columnVector([...responses.map(() => 0), 1])).to1DArray();
  return solution.slice(0, -1);
}

/** The corners of the regions of strategies with one set of best responses; values[j][i] are the opponent's payoffs. */
function candidates(values: readonly (readonly number[])[]): Candidate[] {
  const [others, own] = [values.length, values[0].length];
  const found: Candidate[] = [];
  for (let size = 1; size <= Math.min(own, others); size++) {
    for (const support of subsets(own, size)) {
      for (const responses of subsets(others, size)) {
        const weights = indifferent(values, support, responses);
        if (weights?.every((p) => p > TOLERANCE) !== true) continue;
        const strategy = new Array<number>(own).fill(0);
        support.forEach((action, k) => {
          strategy[action] = weights[k];
        });
        const payoffs = values.map((row) => row.reduce((sum, v, i) => sum + v * strategy[i], 0));
        const best = Math.max(...payoffs);
        const bestResponses = new Set(payoffs.flatMap((v, j) => (v >= best - TOLERANCE ? [j] : [])));
        const isNew = !found.some(({ strategy: s }) =>
          s.every((p, i) => Math.abs(p - strategy[i]) <= TOLERANCE),
        );
        if (isNew && responses.every((j) => bestResponses.has(j))) {
          found.push({ strategy, support, bestResponses });
        }
      }
    }
  }
  return found;
}

/**
 * All extreme Nash equilibria of a game of two players, by enumerating supports.
 *
 * For every support I of player 1 and every set J of as many responses of player 2 it solves
 * `sum_i x_i B[i][j] = v for j in J, sum_i x_i = 1`, and keeps x > 0 whose best responses include J; likewise for
 * player 2. A pair (x, y) is an equilibrium when each support lies among the best responses to the other strategy.
 *
 * In a nondegenerate game these are all equilibria, an odd number. In a degenerate game, because x and y need not
 * come from the same I and J, they are all extreme equilibria: every equilibrium is a convex combination of
 * some that may be exchanged for each other. Payoffs are scaled to [0, 1]; within 1e-9 they count as equal. The
 * number of systems to solve is that of the sets of A_1 of the A_1 + A_2 actions, twice: 40 for 3 x 3 actions,
 * 370,000 for 10 x 10.
 *
 * Source: Mangasarian 1964, "Equilibrium points of bimatrix games", for the degenerate case; von Stengel 2007,
 * "Equilibrium computation for two-player games in strategic and extensive form", for both.
 *
 * @param payoffs - [2, A_1, A_2], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns For each equilibrium the two mixed strategies.
 * @throws ArgumentError when the payoffs have another shape or are not finite.
 *
 * @example
 * ```ts
 * import { supportEnumeration } from '@descant/autodiff-games';
 * const battleOfTheSexes = [[2, 1], [0, 0], [0, 0], [1, 2]];
 * supportEnumeration(battleOfTheSexes).length; // => 3
 * supportEnumeration(battleOfTheSexes)[2]; // => [[0.66666667, 0.33333333], [0.33333333, 0.66666667]]
 * ```
 */
export function supportEnumeration(payoffs: readonly unknown[]): Profile[] {
  const form = scaledPayoffs(bimatrix('supportEnumeration', payoffs));
  const [rows, columns] = form.actions;
  const [first, second] = form.payoffs.map((own) =>
    Array.from({ length: rows }, (_, i) => own.slice(i * columns, (i + 1) * columns)),
  );
  const transposed = second[0].map((_, j) => second.map((row) => row[j]));
  const answers = candidates(first);
  return candidates(transposed).flatMap((x) =>
    answers
      .filter(
        (y) =>
          x.support.every((i) => y.bestResponses.has(i)) && y.support.every((j) => x.bestResponses.has(j)),
      )
      .map((y) => [x.strategy, y.strategy]),
  );
}
