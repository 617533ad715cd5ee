/** What estimators have in common: a surrogate, and how often it may be differentiated. */
import { ArgumentError, add, customGradient, mul, type Tensor, zeros } from '@descant/tensor-ops';
import type { Rollout } from './rollout.ts';

/**
 * An estimator of the players' values and of their derivatives.
 *
 * `surrogate(rollout)` is a tensor [N] that evaluates to the mean discounted return of each player, and whose
 * derivatives, in anything the log-probabilities and rewards depend on, estimate those of the expected discounted
 * return, which is to be MAXIMISED. Differentiate it as often as `order` says; once more is an ArgumentError.
 */
export interface Estimator<R = Rollout> {
  readonly name: string;
  /** The highest order of derivative that the surrogate is made for; Infinity for any. */
  readonly order: number;
  surrogate(rollout: R): Tensor;
}

/** A zero whose derivative of the given order is an error; only multiplied with cotangents. */
function watchedZero(x: Tensor, name: string, order: number, left: number): Tensor {
  return customGradient(
    (y: Tensor) => zeros(y.shape, y.dtype),
    (y, _zero, cotangent) => {
      if (left === 0) {
        const expected = `be differentiated at most ${order === 1 ? 'once' : `${order} times`}`;
        throw new ArgumentError(name, 'surrogate', expected, `a derivative of order ${order + 1}`);
      }
      return mul(cotangent, watchedZero(y, name, order, left - 1));
    },
  )(x);
}

/**
 * The same tensor, of which derivatives above the given order are an error.
 *
 * The guard of every estimator here that is right up to some order only: a surrogate that is differentiated too often
 * gives wrong numbers, not an error, without it. Derivatives up to the order are unchanged.
 *
 * @param x - Everything that the derivatives of the surrogate pass through; any shape.
 * @param order - A whole number of at least 1, or Infinity for no guard.
 * @param name - Named by the error.
 * @throws ArgumentError when differentiated more often, in forward or reverse mode; and for other orders.
 *
 * @example
 * ```ts
 * import { limitOrder } from '@descant/estimators';
 * import { grad, mul, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const f = (x: Tensor) => { const y = limitOrder(x, 1, 'mine'); return mul(y, y); };
 * grad(f)(tensor(3)).item(); // => 6
 * let message = '';
 * try {
 *   grad(grad(f))(tensor(3));
 * } catch (error) {
 *   message = String(error);
 * }
 * message; // => 'ArgumentError: mine: surrogate must be differentiated at most once; got a derivative of order 2'
 * ```
 */
export function limitOrder(x: Tensor, order: number, name: string): Tensor {
  if (order === Number.POSITIVE_INFINITY) return x;
  if (!Number.isSafeInteger(order) || order < 1) {
    throw new ArgumentError(
      'limitOrder',
      'order',
      'be a whole number of at least 1 or Infinity',
      String(order),
    );
  }
  return customGradient(
    (y: Tensor) => y,
    (y, _same, cotangent) => mul(cotangent, add(1, watchedZero(y, name, order, order - 1))),
  )(x);
}
