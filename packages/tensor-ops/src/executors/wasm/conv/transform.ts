/** Linear transforms of small square blocks whose elements are vectors of channels. */
import { type FunctionBuilder, I32, V128 } from '../encoder.ts';
import { keyOf, VECTOR } from '../gemm/problem.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { floatWords, type Precision } from '../math/vector-code.ts';
import { v128 } from '../opcodes.ts';

export type Matrix = readonly (readonly number[])[];

/** Where the elements of a block lie from its address on, in bytes; undefined: there is none. */
export type Offsets = readonly (readonly (number | undefined)[])[];

/** The offsets of a block with the given distances; elements beyond `valid` are missing; axes may run backwards. */
export function blockOffsets(
  size: number,
  strides: readonly number[],
  { valid = [size, size], reversed = [false, false] } = {},
): Offsets {
  const at = (i: number, d: 0 | 1): number => (reversed[d] ? size - 1 - i : i) * strides[d];
  const positions = Array.from({ length: size }, (_, i) => i);
  return positions.map((i) =>
    positions.map((j) => (i < valid[0] && j < valid[1] ? at(i, 0) + at(j, 1) : undefined)),
  );
}

export interface Transform {
  readonly dtype: Precision;
  /** The block X becomes matrix X matrix^T. */
  readonly matrix: Matrix;
  /** Vectors of channels, one after the other. */
  readonly vectors: number;
  /** The source: missing elements count as zero. `lane`: distance from channel to channel. */
  readonly from: { readonly at: Offsets; readonly lane: number };
  /** The target, whose channels are contiguous: missing elements are not written. */
  readonly to: { readonly at: Offsets };
}

/** The function (addresses of source and target) that transforms a block. */
export function transformFunction(g: Generator, transform: Transform): number {
  return g.helper(keyOf('transform', transform), [I32, I32], [], (f) => {
    const { dtype, matrix, vectors, from, to } = transform;
    const { lanes } = VECTOR[dtype];
    const [FROM, TO] = [0, 1];
    const size = matrix[0].length;
    const column = Array.from({ length: size }, () => f.local(V128));
    const half = matrix.map(() => column.map(() => f.local(V128)));
    f.loop(vectors, () => {
      for (let j = 0; j < size; j++) {
        column.forEach((local, i) => {
          loadVector(g, f, transform, FROM, from.at[i][j]);
          f.set(local);
        });
        matrix.forEach((row, r) => {
          combine(g, f, dtype, row, column);
          f.set(half[r][j]);
        });
      }
      half.forEach((locals, r) => {
        matrix.forEach((row, s) => {
          const at = to.at[r][s];
          if (at === undefined) return;
          f.get(TO);
          combine(g, f, dtype, row, locals);
          f.memory(v128.store, at);
        });
      });
      advance(f, FROM, lanes * from.lane);
      advance(f, TO, 16);
    });
  });
}

function loadVector(
  g: Generator,
  f: FunctionBuilder,
  { dtype, from: { lane } }: Transform,
  base: number,
  at: number | undefined,
): void {
  const { bytes, lanes, splatLoad, loadLane } = VECTOR[dtype];
  if (at === undefined) g.vectorConstant(f, floatWords(dtype, 0));
  else if (lane === bytes) f.get(base).memory(v128.load, at);
  else {
    for (let k = 1; k < lanes; k++) f.get(base);
    f.get(base).memory(splatLoad, at);
    for (let k = 1; k < lanes; k++) f.memoryLane(loadLane, at + k * lane, k);
  }
}

/** Pushes the sum of the vectors with the given coefficients. */
function combine(
  g: Generator,
  f: FunctionBuilder,
  dtype: Precision,
  coefficients: readonly number[],
  locals: readonly number[],
): void {
  const ops = VECTOR[dtype];
  const terms = coefficients
    .map((coefficient, i) => ({ coefficient, local: locals[i] }))
    .filter(({ coefficient }) => coefficient !== 0)
    .sort((p, q) => q.coefficient - p.coefficient);
  terms.forEach(({ coefficient, local }, n) => {
    f.get(local);
    if (Math.abs(coefficient) !== 1) {
      g.vectorConstant(f, floatWords(dtype, Math.abs(coefficient)));
      f.op(ops.multiply);
    }
    if (n > 0) f.op(coefficient < 0 ? ops.subtract : ops.add);
    else if (coefficient < 0) f.op(ops.negate);
  });
}
