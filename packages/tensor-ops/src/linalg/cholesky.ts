/** The Cholesky decomposition. */
import { scan } from '../control/scan.ts';
import { add, div, mul, sqrt, sub } from '../ops/arithmetic.ts';
import { greater, greaterEqual, where } from '../ops/compare.ts';
import { arange, eye, zeros } from '../ops/create.ts';
import { gather } from '../ops/gather.ts';
import { matmul } from '../ops/matmul.ts';
import type { Operand } from '../ops/operands.ts';
import { expandDims } from '../ops/shape.ts';
import type { Tensor } from '../tensor.ts';
import { customGradient } from '../transform/custom-gradient.ts';
import { overBatch, squareMatrices, symmetric, transposed } from './matrices.ts';
import { solve } from './solve.ts';

/** Column by column: l_j = (a_j - L L_j^T) / sqrt(the same at j), with L_j the row of L that is ready. */
function decompose(a: Tensor): Tensor {
  const [n] = a.shape;
  const rows = arange(0, n);
  const step = (
    l: Tensor,
    { j, column, place }: { j: Tensor; column: Tensor; place: Tensor },
  ): [Tensor, []] => {
    const rest = sub(column, matmul(l, gather(l, j)));
    const next = where(greaterEqual(rows, j), div(rest, sqrt(gather(rest, j))), 0);
    return [add(l, mul(expandDims(next, 1), place)), []];
  };
  // The rows of a symmetric matrix are its columns.
  return scan(step, zeros([n, n], a.dtype), { j: rows, column: a, place: eye(n, a.dtype) })[0];
}

/** The lower triangle with half of the diagonal. */
function lowerHalf(m: Tensor): Tensor {
  const rows = expandDims(arange(0, m.shape[0]), 1);
  const columns = arange(0, m.shape[0]);
  return where(greater(rows, columns), m, where(greater(columns, rows), 0, mul(0.5, m)));
}

const oneCholesky = customGradient(decompose, (_a, l, cotangent) => {
  // L^-T P(L^T G) L^-1, symmetric.
  const inner = lowerHalf(matmul(transposed(l), cotangent));
  const left = solve(transposed(l), inner);
  return symmetric(transposed(solve(transposed(l), transposed(left))));
});

/**
 * The lower triangular L with L L^T = A, for each symmetric positive definite matrix A of a, [..., n, n].
 *
 * Takes (A + A^T) / 2 for A. Differentiable to any order. NaN where a matrix is not positive definite.
 *
 * Source of the derivative: Murray (2016), "Differentiation of the Cholesky decomposition", eq. 10.
 *
 * @throws ArgumentError unless a has shape [..., n, n].
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { cholesky } from '@descant/tensor-ops/linalg';
 * cholesky(tensor([[4, 2], [2, 5]])).toArray(); // => [[2, 0], [1, 2]]
 * ```
 */
export const cholesky = (a: Operand): Tensor =>
  overBatch(squareMatrices('cholesky', a), (matrix) => oneCholesky(symmetric(matrix)));
