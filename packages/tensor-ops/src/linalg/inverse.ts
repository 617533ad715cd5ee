/** Inverses of matrices. */
import { eye } from '../ops/create.ts';
import type { Operand } from '../ops/operands.ts';
import type { Tensor } from '../tensor.ts';
import { squareMatrices } from './matrices.ts';
import { solve } from './solve.ts';

/**
 * The inverse of each matrix of a, [..., n, n], by Gaussian elimination; to solve a system, `solve` is better.
 *
 * Differentiable to any order. A singular matrix gives Infinity or NaN, as division by zero does.
 *
 * @throws ArgumentError unless a has shape [..., n, n].
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { inverse } from '@descant/tensor-ops/linalg';
 * inverse(tensor([[2, 1], [0, 4]])).toArray(); // => [[0.5, -0.125], [0, 0.25]]
 * ```
 */
export function inverse(a: Operand): Tensor {
  const t = squareMatrices('inverse', a);
  return solve(t, eye(t.shape[t.rank - 1], t.dtype));
}
