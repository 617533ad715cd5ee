/** Naive learning: every player follows the gradient of its own value, as if the others stood still. */
import { grad } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { playerValue, replaced } from '../parameters.ts';
import type { Rule } from './rule.ts';

/** The gradient of one player's value in another player's (or its own) parameters: d f_of / d x_by. */
export function valueGradient<P>(game: Game<P>, parameters: readonly P[], of: number, by: number): P {
  return grad((x: P) => playerValue(game, replaced(parameters, by, x), of))(parameters[by]);
}

/**
 * Naive learning, also called simultaneous gradient ascent: `d_i = grad_i f_i(x)`.
 *
 * Source: Cooijmans 2023, thesis, eq. 6.2.1. Any number of players.
 *
 * @returns A rule without state or settings.
 *
 * @example
 * ```ts
 * import { naive, tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * // f_1 = -(x + y)^2 + 2 x, so d f_1 / d x = -2 (x + y) + 2.
 * naive().direction(tandemGame(), [tensor([3]), tensor([1])], 0); // => [-6]
 * ```
 */
export const naive = (): Rule => ({
  name: 'naive',
  naiveWithoutInteraction: true,
  direction: (game, parameters, player) => valueGradient(game, parameters, player, player),
});
