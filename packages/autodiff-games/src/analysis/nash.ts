/** Nash equilibria of whichever kind of game has an exact method. */
import { ArgumentError } from '@descant/tensor-ops';
import { playerPayoffs } from '../games/payoffs.ts';
import { nashEquilibria2x2 } from './nash-2x2.ts';
import { nashEquilibriaTwoActions } from './nash-two-actions.ts';
import type { Profile } from './strategic-form.ts';
import { supportEnumeration } from './support-enumeration.ts';

/**
 * The Nash equilibria of a matrix game, by the exact method for its form.
 *
 * 2 x 2: `nashEquilibria2x2`; two players: `supportEnumeration`; more players with two actions each:
 * `nashEquilibriaTwoActions`. What is returned for degenerate games is said there.
 *
 * @param payoffs - [n, A_1, ..., A_n], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns For each equilibrium the mixed strategies of all players.
 * @throws ArgumentError when the payoffs have another shape, or more than two players more than two actions.
 *
 * @example
 * ```ts
 * import { nashEquilibria } from '@descant/autodiff-games';
 * const wins = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]; // rock, paper, scissors
 * const losses = wins.map((row) => row.map((r) => -r));
 * nashEquilibria([wins, losses]).map(([row]) => row[0]); // => [0.33333333]
 * ```
 */
export function nashEquilibria(payoffs: readonly unknown[]): Profile[] {
  const { actions } = playerPayoffs('nashEquilibria', payoffs);
  const binary = actions.every((count) => count === 2);
  if (actions.length === 2) return binary ? nashEquilibria2x2(payoffs) : supportEnumeration(payoffs);
  if (binary) return nashEquilibriaTwoActions(payoffs);
  const expected = 'be of 2 players, or have 2 actions a player';
  throw new ArgumentError('nashEquilibria', 'payoffs', expected, actions.join(' x '));
}
