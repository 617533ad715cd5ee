/** CGD: competitive gradient descent. */
import { ArgumentError, concat, eye, jvp, mul, sub, type Tensor, tensor } from '@descant/tensor-ops';
import { gmres, solve } from '@descant/tensor-ops/linalg';
import { gameHessian, simultaneousGradient } from '../analysis/derivatives.ts';
import type { Game } from '../game.ts';
import { ravel, sizeOfTree, unravel } from '../parameters.ts';
import { partOf } from './joint.ts';
import { valueGradient } from './naive.ts';
import { checkRate } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Options of `cgd`. */
export interface CgdOptions {
  /** The player's own step size, at least 0; the published method also steps with it (`learningRate`). */
  readonly ownRate: number;
  /** The step size of every opponent, at least 0; default: `ownRate`. */
  readonly opponentRate?: number;
  /**
   * Solves the system by GMRES with at most so many products with second derivatives, which are never formed;
   * default: the game Hessian is formed, and the system solved directly.
   */
  readonly gmresIterations?: number;
}

/** Where GMRES stops before its last iteration: the residual as a share of the gradient. */
const TOLERANCE = { float64: 1e-13, float32: 1e-6 };

/** For each element of the joint vector v, sum_{k != j} D_jk f_j v_k with j its player: one product a player. */
function interaction<P>(
  game: Game<P>,
  parameters: readonly P[],
  v: Tensor,
  owner: readonly number[],
): Tensor {
  const x = ravel(parameters);
  return concat(
    parameters.map((_, j) => {
      const ofOthers = tensor(
        owner.map((k) => (k === j ? 0 : 1)),
        { dtype: v.dtype },
      );
      const gradient = (y: Tensor) => ravel(valueGradient(game, unravel(y, parameters), j, j));
      return jvp(gradient, x, mul(v, ofOthers))[1];
    }),
  );
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
 * alpha and beta differ. In general the system is not symmetric, so that conjugate gradients would not do.
 * Deviations: any number of players and parameters; the system is solved
 * directly, at a cost of D^3 for D parameters of all players together, or by GMRES (`gmresIterations`; D of them are
 * exact but for rounding). When it is singular, which no zero-sum game of two players makes it at any step size, the
 * direct solution is not finite, and that of GMRES has the smallest residual.
 *
 * @param options.ownRate - The player's step size, at least 0.
 * @param options.opponentRate - The opponents' step size, at least 0.
 * @param options.gmresIterations - A whole number of at least 1.
 * @throws ArgumentError when an option is out of range.
 *
 * @example
 * ```ts
 * import { bilinearGame, cgd } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([1], { dtype: 'float64' }), tensor([1], { dtype: 'float64' })];
 * // (1 - eta) / (1 + eta^2)
 * cgd({ ownRate: 0.5 }).direction(bilinearGame(), x, 0); // => [0.4]
 * cgd({ ownRate: 0.5, gmresIterations: 2 }).direction(bilinearGame(), x, 0); // => [0.4]
 * ```
 */
export function cgd({ ownRate, opponentRate = ownRate, gmresIterations }: CgdOptions): Rule {
  checkRate('cgd', 'ownRate', ownRate);
  checkRate('cgd', 'opponentRate', opponentRate);
  if (gmresIterations !== undefined && (!Number.isInteger(gmresIterations) || gmresIterations < 1)) {
    const expected = 'be a whole number of at least 1';
    throw new ArgumentError('cgd', 'gmresIterations', expected, String(gmresIterations));
  }
  return {
    name: gmresIterations === undefined ? 'CGD' : 'CGD(GMRES)',
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => {
      const gradient = ravel(simultaneousGradient(game, parameters));
      const { size } = gradient;
      const dtype = gradient.dtype === 'float64' ? 'float64' : 'float32';
      const owner = parameters.flatMap((tree, j) => Array.from({ length: sizeOfTree(tree) }, () => j));
      const rate = (k: number) => (k === player ? ownRate : opponentRate);
      if (gmresIterations !== undefined) {
        const rates = tensor(owner.map(rate), { dtype });
        const { solution } = gmres(
          (x: readonly (typeof parameters)[number][], d: Tensor) =>
            sub(d, interaction(game, x, mul(d, rates), owner)),
          parameters,
          gradient,
          { iterations: Math.min(gmresIterations, size), tolerance: TOLERANCE[dtype] },
        );
        return partOf(solution, parameters, player);
      }
      // Column b of the interaction is scaled by the step size of the player that owns element b.
      const scales = owner.map((j) => owner.map((k) => (j === k ? 0 : rate(k))));
      const coupling = mul(gameHessian(game, parameters), tensor(scales, { dtype }));
      return partOf(solve(sub(eye(size, dtype), coupling), gradient), parameters, player);
    },
  };
}
