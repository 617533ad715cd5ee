/** The straight-through estimator. */
import { ArgumentError, add, argmax, oneHot, stopGradient, sub, type Tensor } from '@descant/tensor-ops';
import { limitOrder } from '../estimator.ts';

/**
 * A discrete value that pretends, for one derivative, to be the smooth one it was made from.
 *
 * Evaluates to `hard`; its derivative is that of `soft`. The estimates are biased unless what follows is linear in the
 * draw (and `soft` is its mean), and a second derivative would mean nothing, so that is an error.
 *
 * Source: Bengio, Leonard and Courville 2013; with a Gumbel-softmax sample as `soft`, Jang, Gu and Poole 2017.
 *
 * @param hard - For example `oneHotOf(soft)`, or a draw.
 * @param soft - Of the same shape: probabilities, or a relaxed draw.
 * @returns The values of `hard`.
 * @throws ArgumentError when the shapes differ, and from a second derivative.
 *
 * @example
 * ```ts
 * import { oneHotOf, straightThrough } from '@descant/estimators';
 * import { at, grad, softmax, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const first = (logits: Tensor) => {
 *   const p = softmax(logits);
 *   return at(straightThrough(oneHotOf(p), p), 0);
 * };
 * first(tensor([0.1, 0])).item(); // => 1
 * grad(first)(tensor([0, 0])).toArray(); // => [0.25, -0.25]
 * ```
 */
export function straightThrough(hard: Tensor, soft: Tensor): Tensor {
  if (hard.shape.join() !== soft.shape.join()) {
    const expected = `have the shape of soft, [${soft.shape.join(', ')}]`;
    throw new ArgumentError('straightThrough', 'hard', expected, `[${hard.shape.join(', ')}]`);
  }
  const path = limitOrder(soft, 1, 'straightThrough');
  return add(stopGradient(hard), sub(path, stopGradient(path)));
}

/**
 * The one-hot vector of the largest element along the last axis, a constant.
 *
 * @param x - [..., K].
 *
 * @example
 * ```ts
 * import { oneHotOf } from '@descant/estimators';
 * import { tensor } from '@descant/tensor-ops';
 *
 * oneHotOf(tensor([[0.2, 0.5, 0.3]])).toArray(); // => [[0, 1, 0]]
 * ```
 */
export const oneHotOf = (x: Tensor): Tensor => oneHot(argmax(x, -1), x.shape[x.rank - 1], x.dtype);
