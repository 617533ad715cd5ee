/** Linear systems. */
import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { type Operand, unify } from '../ops/operands.ts';
import { cast } from '../primitives/cast.ts';
import { reshape } from '../primitives/reshape.ts';
import { solveNode } from '../primitives/solve.ts';
import type { Tensor } from '../tensor.ts';

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
 * import { tensor } from '@descant/tensor-ops';
 * import { solve } from '@descant/tensor-ops/linalg';
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
