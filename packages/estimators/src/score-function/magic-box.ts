/** DiCE's magic box. */
import { exp, stopGradient, sub, type Tensor } from '@descant/tensor-ops';

/**
 * The magic box of DiCE: 1, with the derivatives of the logarithm's exponential.
 *
 * `box(x) = exp(x - stop(x))`, so that `grad box(x) = box(x) grad x` again and again. With x the log-probability of
 * the draws that a reward depends on, `E[box(x) r]` has all derivatives of `E[r]`.
 *
 * Source: Foerster et al. 2018 (DiCE).
 *
 * @param x - Any shape; must be finite.
 *
 * @example
 * ```ts
 * import { magicBox } from '@descant/estimators';
 * import { grad, mul, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const f = (x: Tensor) => magicBox(mul(x, x));
 * f(tensor(3)).item(); // => 1
 * grad(f)(tensor(3)).item(); // => 6
 * grad(grad(f))(tensor(3)).item(); // => 38
 * ```
 */
export const magicBox = (x: Tensor): Tensor => exp(sub(x, stopGradient(x)));
