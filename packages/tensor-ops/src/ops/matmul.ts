/** Matrix products and linear systems. */
import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { cast } from '../primitives/cast.ts';
import { matmulNode } from '../primitives/matmul.ts';
import { reshape } from '../primitives/reshape.ts';
import { solveNode } from '../primitives/solve.ts';
import type { Tensor } from '../tensor.ts';
import { type Operand, unify } from './operands.ts';

/**
 * The matrix product, batched over leading axes that broadcast.
 *
 * [..., m, k] x [..., k, n] -> [..., m, n]; a vector counts as a row on the left and a column on the right, and
 * its axis disappears. An `ArgumentError` when the inner lengths differ or an operand is a scalar.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from '@descant/tensor-ops';
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray(); // => [3, 7]
 * ```
 */
export function matmul(a: Operand, b: Operand): Tensor {
  const [x, y] = unify('matmul', [a, b]).map((t) => (t.dtype === 'bool' ? cast(t, 'int32') : t));
  for (const [name, t] of [
    ['a', x],
    ['b', y],
  ] as const) {
    if (t.rank === 0) throw new ArgumentError('matmul', name, 'have at least one axis', 'a scalar');
  }
  const left = x.rank === 1 ? reshape(x, [1, x.size]) : x;
  const right = y.rank === 1 ? reshape(y, [y.size, 1]) : y;
  const product = matmulNode(left, right);
  const shape = [...product.shape];
  if (y.rank === 1) shape.pop();
  if (x.rank === 1) shape.splice(shape.length - (y.rank === 1 ? 1 : 2), 1);
  return reshape(product, shape);
}

/** Options of `solve`. */
export interface SolveOptions {
  /** Says that a is diagonally dominant: no row exchanges are needed, which is faster in compiled code. */
  readonly diagonallyDominant?: boolean;
}

/**
 * The solution X of A X = B by Gaussian elimination with partial pivoting.
 *
 * A [..., n, n]; B [..., n, m] or a vector [n] (then so is the result); leading axes broadcast. Differentiable to
 * any order in both. A singular matrix gives Infinity or NaN, as division by zero does.
 *
 * @example
 * ```ts
 * import { solve, tensor } from '@descant/tensor-ops';
 * solve(tensor([[2, 0], [0, 4]]), tensor([2, 2])).toArray(); // => [1, 0.5]
 * ```
 */
export function solve(a: Operand, b: Operand, options: SolveOptions = {}): Tensor {
  const [A, B] = unify('solve', [a, b]).map((t) => (isFloat(t.dtype) ? t : cast(t, 'float32')));
  if (A.rank < 2) throw new ArgumentError('solve', 'a', 'have at least two axes', showShape(A.shape));
  if (B.rank === 0) throw new ArgumentError('solve', 'b', 'have at least one axis', 'a scalar');
  const pivot = !options.diagonallyDominant;
  if (B.rank > 1) return solveNode(A, B, false, pivot);
  const x = solveNode(A, reshape(B, [B.size, 1]), false, pivot);
  return reshape(x, x.shape.slice(0, -1));
}
