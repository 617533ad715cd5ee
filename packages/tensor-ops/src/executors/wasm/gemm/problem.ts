/** What a matrix product has to compute: extents and strides, all known when the code is generated. */

import type { DType } from '../../../dtype.ts';
import type { ScalarFunction } from '../../../ir/scalar-functions.ts';
import { BYTES } from '../access.ts';
import type { Precision } from '../math/vector-code.ts';
import { f32x4, f64x2, v128 } from '../opcodes.ts';

/**
 * A scalar function in an epilogue: its operands are the sum (0), the results of the steps before (1, 2, ...) and
 * constants, as vectors.
 */
export interface Step {
  readonly fn: ScalarFunction;
  /** Of the operands. */
  readonly dtype: DType;
  readonly operands: readonly (number | readonly [number, number, number, number])[];
}

/** C[m, n] = sum over k of A[m, k] B[k, n]; strides are in bytes, and C has contiguous rows. */
export interface Problem {
  readonly dtype: Precision;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  /** Distance in A from row to row and from one k to the next. */
  readonly a: { readonly row: number; readonly step: number };
  /** Distance in B from one k to the next and from column to column. */
  readonly b: { readonly step: number; readonly column: number };
  /** Distance in C from row to row. */
  readonly c: { readonly row: number };
  /** Whether the product is added to what C holds. */
  readonly accumulate: boolean;
  /** Where the sums start from a matrix D: its distance from row to row, 0 for a row that all rows share. */
  readonly initial?: { readonly row: number };
  /** What becomes of every element of C in the end: the result of the last step. */
  readonly epilogue?: readonly Step[];
  /** The tile, when B is in panels of its width already, as `packFunction` writes them. */
  readonly panels?: { readonly rows: number; readonly vectors: number };
}

/** Vector instructions of both precisions under one name. */
export const VECTOR = {
  float32: {
    ...f32x4,
    bytes: BYTES.float32,
    lanes: 4,
    splatLoad: v128.load32Splat,
    loadLane: v128.load32Lane,
    storeLane: v128.store32Lane,
  },
  float64: {
    ...f64x2,
    bytes: BYTES.float64,
    lanes: 2,
    splatLoad: v128.load64Splat,
    loadLane: v128.load64Lane,
    storeLane: v128.store64Lane,
  },
} as const;

/** Splits `total` into the fewest parts of at most `most`, as equal as possible: the larger parts come first. */
export function evenParts(total: number, most: number): { readonly size: number; readonly count: number }[] {
  const parts = Math.ceil(total / most);
  const small = Math.floor(total / parts);
  const large = total - parts * small;
  return [
    { size: small + 1, count: large },
    { size: small, count: parts - large },
  ].filter(({ count }) => count > 0);
}

/** The text that distinguishes helper functions. */
export const keyOf = (name: string, parameters: object): string => `${name} ${JSON.stringify(parameters)}`;
