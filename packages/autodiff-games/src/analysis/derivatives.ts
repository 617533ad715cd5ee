/** First and second derivatives of a whole game. */
import { jacobian, type Tensor } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { ravel, unravel } from '../parameters.ts';
import { valueGradient } from '../rules/naive.ts';

/**
 * The simultaneous gradient xi of a game: for each player, the gradient of its own value in its own parameters.
 *
 * `xi_i(x) = grad_i f_i(x)`. Source: Cooijmans 2023, thesis, eq. 6.2.1; Balduzzi et al. 2018.
 *
 * @param parameters - One tree for each player, of one play.
 * @returns A tree like the parameters of each player.
 *
 * @example
 * ```ts
 * import { bilinearGame, simultaneousGradient } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * simultaneousGradient(bilinearGame(), [tensor([3]), tensor([5])]).map((g) => g.item()); // => [5, -3]
 * ```
 */
export function simultaneousGradient<P>(game: Game<P>, parameters: readonly P[]): P[] {
  return parameters.map((_, player) => valueGradient(game, parameters, player, player));
}

/**
 * The game Hessian H: the Jacobian of the simultaneous gradient in the parameters of all players.
 *
 * `H[a][b] = d xi_a / d x_b`, where the D elements of all players' parameters are counted player by player, leaf
 * by leaf, row-major. It is symmetric exactly for potential games. Source: Balduzzi et al. 2018, eq. 1.
 *
 * @param parameters - One tree for each player, of one play.
 * @returns A tensor [D, D].
 *
 * @example
 * ```ts
 * import { bilinearGame, gameHessian } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * gameHessian(bilinearGame(), [tensor([3]), tensor([5])]); // => [[0, 1], [-1, 0]]
 * ```
 */
export function gameHessian<P>(game: Game<P>, parameters: readonly P[]): Tensor {
  const gradient = (x: Tensor) => ravel(simultaneousGradient(game, unravel(x, parameters)));
  return jacobian(gradient, 'forward')(ravel(parameters));
}
