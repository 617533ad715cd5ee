/** Gradients of matrices as sums of outer products, of which the mean over a batch is a product of matrices. */
import { div, expandDims, matmul, mul, ones, reshape, type Tensor, transpose } from '@descant/tensor-ops';
import { total } from '../cells/diagonals.ts';

/** The outer product of a column [m] and a row [n], whose elements in row-major order are those of a matrix of weights. */
export interface Outer {
  readonly column: Tensor;
  readonly row: Tensor;
}

/** A sum of outer products. */
export type OuterSum = readonly Outer[];

/** A matrix that is known element by element. */
export const wholeMatrix = (matrix: Tensor): OuterSum => multiple(ones([], matrix.dtype), matrix);

/** A number times a matrix. */
export const multiple = (factor: Tensor, matrix: Tensor): OuterSum => [
  { column: reshape(factor, [1]), row: reshape(matrix, [matrix.size]) },
];

/** The matrix of the given shape. */
export const matrixOf = (sum: OuterSum, shape: readonly number[]): Tensor =>
  total(sum.map(({ column, row }) => reshape(mul(expandDims(column, 1), row), shape)));

/** The mean of a batch of matrices: columns [B, m] and rows [B, n]. */
export const meanMatrix = (sum: OuterSum, shape: readonly number[]): Tensor =>
  total(sum.map(({ column, row }) => reshape(matmul(transpose(div(column, column.shape[0])), row), shape)));
