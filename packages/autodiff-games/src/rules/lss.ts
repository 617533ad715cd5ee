/** LSS: local symplectic surgery without regularisation. */
import { add, mul } from '@descant/tensor-ops';
import { solve } from '@descant/tensor-ops/linalg';
import { gameHessian } from '../analysis/derivatives.ts';
import { jointField, partOf } from './joint.ts';
import type { Rule } from './rule.ts';

/**
 * Local symplectic surgery, a method of Newton type that only local Nash equilibria attract in zero-sum games.
 *
 * `d = (xi + H' H^-1 xi) / 2`. Where H is symmetric, as in potential games, this is the gradient; the rotation is
 * inverted by the Newton step `H^-1 xi` and applied backwards.
 *
 * Source: Mazumdar, Jordan and Sastry 2019, in the exact form without their regularisation, as in the code of
 * Letcher et al. 2019. Stated for losses; with values, H and xi both change sign and d with them. Any number of
 * players; H is formed and solved at a cost of D^3. Where H is singular (as in the tandem game) the direction is not
 * finite.
 *
 * @example
 * ```ts
 * import { bilinearGame, lss } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * // H' = -H in this game, and xi - xi = 0: it does not move.
 * lss().direction(bilinearGame(), [tensor([1]), tensor([3])], 0); // => [0]
 * ```
 */
export const lss = (): Rule => ({
  name: 'LSS',
  naiveWithoutInteraction: true,
  direction: (game, parameters, player) => {
    const { gradient, transposeTimes } = jointField(game, parameters);
    const newton = solve(gameHessian(game, parameters), gradient);
    return partOf(mul(add(gradient, transposeTimes(newton)), 0.5), parameters, player);
  },
});
