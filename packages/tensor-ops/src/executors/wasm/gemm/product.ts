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

/** The ways to compute a product. In each, sums over k run in the same order whatever the numbers of rows and columns. */
export type Way = 'row products' | 'column products' | 'blocks' | 'transposed blocks';

/** The best way for a product. */
export function wayOf({ dtype, rows, columns, a, b, c }: Problem): Way {
  const { bytes } = VECTOR[dtype];
  const contiguous = a.step === bytes && b.step === bytes;
  if (columns === 1 && contiguous) return 'row products';
  if (rows === 1 && contiguous) return 'column products';
  // A column vector is computed as a row when its elements are contiguous.
  return columns === 1 && rows > 1 && a.row === bytes && c.row === bytes ? 'transposed blocks' : 'blocks';
}

/** The problem that blocks solve. */
const blocked = (problem: Problem, way: Way): Problem =>
  way === 'transposed blocks' ? transposed(problem) : problem;

/** Bytes of working memory for a product. */
export const scratchOf = (g: Generator, problem: Problem, way = wayOf(problem)): number =>
  way.endsWith('blocks') ? blockingOf(g, blocked(problem, way)).scratch : 0;

/** The code for a product of at least one element and one step of k; C = A B when both are matrices. */
export function product(g: Generator, problem: Problem, way = wayOf(problem)): Product {
  const { dtype, rows, columns, depth, a, b, c, accumulate } = problem;
  if (way === 'row products') {
    const dot = { dtype, rows, depth, accumulate, aRow: a.row, yStep: c.row };
    return { index: dotFunction(g, dot), scratch: 0, swapped: false, blocked: false };
  }
  if (way === 'column products') {
    const dot = { dtype, rows: columns, depth, accumulate, aRow: b.column, yStep: VECTOR[dtype].bytes };
    return { index: dotFunction(g, dot), scratch: 0, swapped: true, blocked: false };
  }
  const swapped = way === 'transposed blocks';
  return {
    index: blockedFunction(g, blocked(problem, way)),
    scratch: scratchOf(g, problem, way),
    swapped,
    blocked: true,
  };
}
