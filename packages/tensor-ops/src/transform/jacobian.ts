/** Whole derivative matrices: Jacobians, Hessians and their products with vectors. */
import { ArgumentError } from '../errors.ts';
import { eye } from '../ops/create.ts';
import { reshape } from '../primitives/reshape.ts';
import { moveAxis } from '../primitives/transpose.ts';
import { Tensor } from '../tensor.ts';
import { grad, vjp } from './grad.ts';
import { linearize } from './jvp.ts';
import { vmap } from './vmap.ts';

/** `forward` costs one pushforward for each input element, `reverse` one pullback for each output element. */
export type JacobianMode = 'forward' | 'reverse';

/**
 * The Jacobian of a tensor function of one tensor: entry [i..., j...] is d f(x)[i...] / d x[j...].
 *
 * @example
 * ```ts
 * import { jacobian, mul, tensor } from '@descant/tensor-ops';
 * jacobian((x) => mul(x, x))(tensor([1, 2])).toArray(); // => [[2, 0], [0, 4]]
 * ```
 */
export function jacobian(fn: (x: Tensor) => Tensor, mode: JacobianMode = 'reverse'): (x: Tensor) => Tensor {
  return (x) => {
    if (!(x instanceof Tensor)) throw new ArgumentError('jacobian', 'x', 'be a tensor', typeof x);
    if (mode === 'forward') {
      const [y, pushforward] = linearize(fn, x);
      const directions = reshape(eye(x.size, x.dtype), [x.size, ...x.shape]);
      const columns = vmap(pushforward)(directions);
      return reshape(moveAxis(columns, 0, y.rank), [...y.shape, ...x.shape]);
    }
    const [y, pullback] = vjp(fn, x);
    const rows = vmap(pullback)(reshape(eye(y.size, y.dtype), [y.size, ...y.shape]));
    return reshape(rows, [...y.shape, ...x.shape]);
  };
}

/**
 * The Hessian of a scalar function of one tensor, forward over reverse: entry [i..., j...] is
 * d^2 f(x) / d x[i...] d x[j...].
 *
 * @example
 * ```ts
 * import { hessian, prod, tensor } from '@descant/tensor-ops';
 * hessian((x) => prod(x))(tensor([2, 3])).toArray(); // => [[0, 1], [1, 0]]
 * ```
 */
export function hessian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return jacobian(grad(fn), 'forward');
}

/**
 * The product of the Hessian of a scalar function with a vector, forward over reverse, without forming the matrix.
 *
 * `x` and `vector` are trees of one structure, and so is the result.
 *
 * @example
 * ```ts
 * import { hvp, prod, tensor } from '@descant/tensor-ops';
 * hvp((x) => prod(x), tensor([2, 3]), tensor([1, 0])).toArray(); // => [0, 1]
 * ```
 */
export function hvp<X>(fn: (x: X) => Tensor, x: X, vector: X): X {
  return linearize(grad(fn), x)[1](vector);
}
