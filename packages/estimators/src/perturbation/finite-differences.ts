/** Finite differences: the gradient from values at neighbouring points. */
import {
  ArgumentError,
  add,
  concat,
  div,
  eye,
  flatten,
  mul,
  reshape,
  splitAxis,
  stopGradient,
  sub,
  type Tensor,
  unflatten,
  vmap,
} from '@descant/tensor-ops';
import { checkPositive } from '../check.ts';
import { linearSurrogate } from '../linear-surrogate.ts';

/** Options of `finiteDifferences`. */
export interface FiniteDifferenceOptions {
  /** h > 0; default 1e-3 for float32 and 1e-5 for float64 parameters. */
  readonly step?: number;
  /** Central differences (default), or forward ones, which take half as many values. */
  readonly kind?: 'central' | 'forward';
}

/**
 * The gradient of f by finite differences, as a surrogate.
 *
 * Element by element `(f(x + h) - f(x - h)) / (2 h)` (central; error of order h^2) or `(f(x + h) - f(x)) / h`
 * (forward; of order h), with f evaluated at all neighbours at once by `vmap`. The gradient is that of f: to be
 * maximised or minimised, as the caller defines it. With a random f, use the same draws for every evaluation (common
 * random numbers): f is called with nothing but x.
 *
 * @param f - Takes a tree like x to a scalar.
 * @param x - Tree of float tensors.
 * @returns A surrogate of order 1 that evaluates to f(x).
 * @throws ArgumentError for other kinds and steps, and from a second derivative.
 *
 * @example
 * ```ts
 * import { finiteDifferences } from '@descant/estimators';
 * import { grad, square, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const f = (x: Tensor) => sum(square(x));
 * const x = tensor([3, 4], { dtype: 'float64' });
 * grad((y: Tensor) => finiteDifferences(f, y))(x).toArray(); // => [6, 8]
 * ```
 */
export function finiteDifferences<X>(
  f: (x: X) => Tensor,
  x: X,
  options: FiniteDifferenceOptions = {},
): Tensor {
  const name = 'finiteDifferences';
  const { leaves, structure } = flatten(stopGradient(x), name);
  const precise = leaves.every((leaf) => leaf.dtype === 'float64');
  const { step = precise ? 1e-5 : 1e-3, kind = 'central' } = options;
  checkPositive(name, 'step', step);
  if (kind !== 'central' && kind !== 'forward') {
    throw new ArgumentError(name, 'kind', 'be central or forward', String(kind));
  }
  const sizes = leaves.map((leaf) => leaf.size);
  const vector = concat(leaves.map((leaf) => reshape(leaf, [leaf.size])));
  const treeOf = (elements: Tensor): X =>
    unflatten<X>(
      structure,
      splitAxis(elements, sizes).map((part, i) => reshape(part, leaves[i].shape)),
    );
  const neighbours = eye(vector.size, vector.dtype);
  const valuesAt = (h: number) =>
    vmap((direction: Tensor) => f(treeOf(add(vector, mul(direction, h)))))(neighbours);
  const here = f(treeOf(vector));
  const [behind, distance] = kind === 'central' ? [valuesAt(-step), 2 * step] : [here, step];
  return linearSurrogate(name, x, here, treeOf(div(sub(valuesAt(step), behind), distance)));
}
