/** SGA: symplectic gradient adjustment. */
import { ArgumentError, add, div, mul, neg, sign, sub } from '@descant/tensor-ops';
import { dot, jointField, partOf } from './joint.ts';
import type { Rule } from './rule.ts';

/** Options of `sga`. */
export interface SgaOptions {
  /** lambda: a number, or `aligned` for its sign to be chosen at every step. */
  readonly adjustment: number | 'aligned';
}

/** The published constant that keeps the sign positive near fixed points. */
const EPSILON = 0.1;

/**
 * Symplectic gradient adjustment: the simultaneous gradient with the rotation of the game taken out.
 *
 * `d = xi - lambda A' xi` with `A = (H - H') / 2`, the antisymmetric part of the game Hessian; lambda is `adjustment`,
 * or, when `aligned`, `sign(<xi, grad h> <A' xi, grad h> / D + 0.1)` with `grad h = H' xi`, D the number of
 * parameters, and A, xi, h of the losses -f_i. With H of the values both A and xi change sign, so that
 * `<xi, grad h> = -<xi, H' xi>` and the rest stays.
 *
 * Source: Balduzzi et al. 2018; Letcher et al. 2019, "Differentiable game mechanics".
 * Stated for losses; here for values, any number of players. In potential games A = 0: naive learning.
 *
 * @param options.adjustment - lambda, a finite number (published: 1), or `aligned`.
 * @throws ArgumentError for anything else.
 *
 * @example
 * ```ts
 * import { bilinearGame, sga } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * // xi = (y, -x) and A xi = (-x, -y): in this game the adjustment points to the equilibrium.
 * sga({ adjustment: 1 }).direction(bilinearGame(), [tensor([1]), tensor([3])], 0); // => [2]
 * sga({ adjustment: 'aligned' }).direction(bilinearGame(), [tensor([1]), tensor([3])], 0); // => [2]
 * ```
 */
export function sga({ adjustment }: SgaOptions): Rule {
  if (adjustment !== 'aligned' && !Number.isFinite(adjustment)) {
    throw new ArgumentError('sga', 'adjustment', 'be a finite number or aligned', String(adjustment));
  }
  return {
    name: adjustment === 'aligned' ? 'SGA(aligned)' : 'SGA',
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => {
      const { gradient, hessianTimes, transposeTimes } = jointField(game, parameters);
      const descent = transposeTimes(gradient);
      const rotation = mul(sub(descent, hessianTimes(gradient)), 0.5);
      const lambda =
        adjustment === 'aligned'
          ? sign(add(div(mul(neg(dot(gradient, descent)), dot(rotation, descent)), gradient.size), EPSILON))
          : adjustment;
      return partOf(sub(gradient, mul(lambda, rotation)), parameters, player);
    },
  };
}
