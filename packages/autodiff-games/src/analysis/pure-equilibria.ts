/** Nash equilibria in pure strategies. */
import { playerPayoffs } from '../games/payoffs.ts';
import { jointActions, strideOf } from './strategic-form.ts';

/**
 * All Nash equilibria in pure strategies, of any number of players and actions.
 *
 * The joint actions a with `r_i(a) >= r_i(b, a_-i)` for every player i and action b, compared without tolerance.
 *
 * Source: Nash 1951, "Non-cooperative games".
 *
 * @param payoffs - [n, A_1, ..., A_n], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns The actions of all players in each equilibrium, in row-major order.
 * @throws ArgumentError when the payoffs have another shape or are not finite.
 *
 * @example
 * ```ts
 * import { pureEquilibria } from '@descant/autodiff-games';
 * const stagHunt = [[4, 4], [1, 3], [3, 1], [2, 2]];
 * pureEquilibria(stagHunt); // => [[0, 0], [1, 1]]
 * ```
 */
export function pureEquilibria(payoffs: readonly unknown[]): number[][] {
  const form = playerPayoffs('pureEquilibria', payoffs);
  const isBest = (joint: readonly number[], index: number, player: number) => {
    const stride = strideOf(form.actions, player);
    const first = index - joint[player] * stride;
    const own = form.payoffs[player];
    return Array.from({ length: form.actions[player] }, (_, b) => own[first + b * stride]).every(
      (payoff) => payoff <= own[index],
    );
  };
  return jointActions(form.actions).filter((joint, index) =>
    joint.every((_, player) => isBest(joint, index, player)),
  );
}
