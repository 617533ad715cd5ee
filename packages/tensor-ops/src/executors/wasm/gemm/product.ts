/** Chooses how a matrix product is computed. */
import type { Generator } from '../generator.ts';
import { blockedFunction, blockingOf } from './blocks.ts';
import { dotFunction } from './dot.ts';
import { type Problem, VECTOR } from './problem.ts';

export interface Product {
  /** The function of the addresses of A, B and C and of `scratch` bytes of working memory. */
  readonly index: number;
  readonly scratch: number;
  /** Whether the function takes B before A. */
  readonly swapped: boolean;
  /** Whether the function takes the working memory. */
  readonly blocked: boolean;
}

/** C^T = B^T A^T; both C and C^T must have contiguous rows, so one of them is a vector. */
const transposed = ({ a, b, rows, columns, dtype, ...rest }: Problem): Problem => ({
  ...rest,
  dtype,
  rows: columns,
  columns: rows,
  a: { row: b.column, step: b.step },
  b: { step: a.step, column: a.row },
  c: { row: VECTOR[dtype].bytes },
});

/** The code for a product of at least one element and one step of k; C = A B when both are matrices. */
export function product(g: Generator, problem: Problem): Product {
  const { dtype, rows, columns, depth, a, b, c, accumulate } = problem;
  const { bytes } = VECTOR[dtype];
  const contiguous = a.step === bytes && b.step === bytes;
  if (columns === 1 && contiguous) {
    const dot = { dtype, rows, depth, accumulate, aRow: a.row, yStep: c.row };
    return { index: dotFunction(g, dot), scratch: 0, swapped: false, blocked: false };
  }
  if (rows === 1 && contiguous) {
    const dot = { dtype, rows: columns, depth, accumulate, aRow: b.column, yStep: bytes };
    return { index: dotFunction(g, dot), scratch: 0, swapped: true, blocked: false };
  }
  // A column vector is computed as a row when its elements are contiguous.
  const swapped = columns === 1 && rows > 1 && a.row === bytes && c.row === bytes;
  const chosen = swapped ? transposed(problem) : problem;
  const { scratch } = blockingOf(g, chosen);
  return { index: blockedFunction(g, chosen), scratch, swapped, blocked: true };
}
