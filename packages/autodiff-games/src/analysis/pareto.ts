/** Pareto optimality. */
import { ArgumentError } from '@descant/tensor-ops';

/** Whether the first outcome is at least as good for everybody, and better for somebody. */
const dominates = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((v, i) => v >= b[i]) && a.some((v, i) => v > b[i]);

/**
 * The Pareto set: which outcomes no other outcome dominates, all values being maximised.
 *
 * Outcome b is dominated when another one is at least as good for every player and better for one. Equal outcomes
 * do not dominate each other. Comparisons are without tolerance.
 *
 * Source: Pareto 1906; Fudenberg and Tirole 1991, "Game theory".
 *
 * @param outcomes - The values of all players in each outcome: rows of equally many numbers.
 * @returns The indices of the outcomes in the set, in order.
 * @throws ArgumentError when the rows differ in length or hold NaN.
 *
 * @example
 * ```ts
 * import { paretoSet } from '@descant/autodiff-games';
 * const prisonersDilemma = [[-1, -1], [-3, 0], [0, -3], [-2, -2]];
 * paretoSet(prisonersDilemma); // => [0, 1, 2]
 * ```
 */
export function paretoSet(outcomes: readonly (readonly number[])[]): number[] {
  const valid = outcomes.every(
    (row) => row.length === outcomes[0].length && !row.some((v) => Number.isNaN(v)),
  );
  if (!valid) {
    const expected = 'be rows of equally many numbers';
    throw new ArgumentError('paretoSet', 'outcomes', expected, JSON.stringify(outcomes));
  }
  return outcomes.flatMap((own, i) => (outcomes.some((other) => dominates(other, own)) ? [] : [i]));
}
