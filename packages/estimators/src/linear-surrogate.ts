/** A surrogate made of a value and a gradient that were estimated without differentiation. */
import { add, flatten, mul, stopGradient, sub, sum, type Tensor } from '@descant/tensor-ops';
import { limitOrder } from './estimator.ts';

/**
 * The scalar `value + <x - stop(x), gradient>`: it evaluates to `value` and has the given gradient, once.
 *
 * This is how estimates that no chain of derivatives produces (measure-valued ones, evolution strategies, finite
 * differences) become surrogates like all others, so that the chain rule carries them further, into a network that
 * computed x. A second derivative is an error that names the estimator.
 *
 * @param name - Named by the error.
 * @param x - Tree of float tensors.
 * @param value - Scalar; a constant here.
 * @param gradient - Tree like x; a constant here.
 * @throws ArgumentError from a second derivative.
 *
 * @example
 * ```ts
 * import { linearSurrogate } from '@descant/estimators';
 * import { grad, mul, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const surrogate = (x: Tensor) => linearSurrogate('mine', mul(x, 2), tensor(7), tensor(3));
 * surrogate(tensor(5)).item(); // => 7
 * grad(surrogate)(tensor(5)).item(); // => 6
 * ```
 */
export function linearSurrogate<X>(name: string, x: X, value: Tensor, gradient: X): Tensor {
  const directions = flatten(stopGradient(gradient), name).leaves;
  return flatten(x, name).leaves.reduce((total, leaf, i) => {
    const path = limitOrder(leaf, 1, name);
    return add(total, sum(mul(sub(path, stopGradient(path)), directions[i])));
  }, stopGradient(value));
}
