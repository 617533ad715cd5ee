/** CGD: competitive gradient descent. */
import { eye, mul, solve, splitAxis, sub, tensor } from '@descant/tensor-ops';
import { gameHessian, simultaneousGradient } from '../analysis/derivatives.ts';
import { ravel, sizeOfTree, unravel } from '../parameters.ts';
import { checkRate } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Options of `cgd`. */
export interface CgdOptions {
  /** The player's own step size, at least 0; the published method also steps with it (`learningRate`). */
  readonly ownRate: number;
  /** The step size of every opponent, at least 0; default: `ownRate`. */
  readonly opponentRate?: number;
}

/**
 * Competitive gradient descent (here ascent): the player's part of the equilibrium of the game's local bilinear
 * approximation, in which every player pays |delta_j|^2 / (2 eta_j) for its step.
 *
 * The steps delta_j = eta_j d_j of all players solve `d_j - sum_{k != j} D_jk f_j eta_k d_k = grad_j f_j`, where D_jk
 * is the mixed second derivative and eta_k is `ownRate` for the player itself and `opponentRate` for the others.
 * For two players with the paper's theta, phi, alpha = eta_1, beta = eta_2 this is
 * `[[I, -alpha D12 f], [-beta D21 g, I]] [delta_1; delta_2] = [alpha grad_1 f; beta grad_2 g]`.
 *
 * Source: Schaefer and Anandkumar 2019; Nema and Ravindran 2021 (IPO), the equilibrium of eq. 5. Their printed
 * solution, eq. 6, has the player's own step size in the bracket where the opponent's belongs, which matters when
 * alpha and beta differ. Deviations: any number of players; the system is solved directly, at a cost of D^3 for D
 * parameters of all players together. When it is singular the direction is not finite.
 *
 * @param options.ownRate - The player's step size, at least 0.
 * @param options.opponentRate - The opponents' step size, at least 0.
 * @throws ArgumentError when a rate is out of range.
 *
 * @example
 * ```ts
 * import { bilinearGame, cgd } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([1], { dtype: 'float64' }), tensor([1], { dtype: 'float64' })];
 * // (1 - eta) / (1 + eta^2)
 * cgd({ ownRate: 0.5 }).direction(bilinearGame(), x, 0); // => [0.4]
 * ```
 */
export function cgd({ ownRate, opponentRate = ownRate }: CgdOptions): Rule {
  checkRate('cgd', 'ownRate', ownRate);
  checkRate('cgd', 'opponentRate', opponentRate);
  return {
    name: 'CGD',
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => {
      const gradient = ravel(simultaneousGradient(game, parameters));
      const { dtype, size } = gradient;
      const sizes = parameters.map(sizeOfTree);
      const owner = sizes.flatMap((n, j) => Array.from({ length: n }, () => j));
      // Column b of the interaction is scaled by the step size of the player that owns element b.
      const scales = owner.map((j) =>
        owner.map((k) => (j === k ? 0 : k === player ? ownRate : opponentRate)),
      );
      const interaction = mul(gameHessian(game, parameters), tensor(scales, { dtype }));
      const directions = solve(sub(eye(size, dtype), interaction), gradient);
      return unravel(splitAxis(directions, sizes)[player], parameters[player]);
    },
  };
}
