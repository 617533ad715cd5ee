/** Products of a matrix with one vector whose rows and vector are contiguous along k: inner products. */

import { loadScalar, storeScalar } from '../access.ts';
import { F32, F64, I32, V128 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advance } from '../loops/nest.ts';
import { f32, f64, v128 } from '../opcodes.ts';
import { evenParts, keyOf, type Problem, VECTOR } from './problem.ts';

/** y[m] (+)= sum over k of A[m, k] x[k], both contiguous along k. */
export interface Dot extends Pick<Problem, 'dtype' | 'rows' | 'depth' | 'accumulate'> {
  /** Distance in A from row to row. */
  readonly aRow: number;
  /** Distance in y from element to element. */
  readonly yStep: number;
}

/** Rows at a time: enough independent sums to hide the latency of an addition. */
export const ROWS = 8;

/** The function (addresses of A, x, y) that computes the products. */
export function dotFunction(g: Generator, dot: Dot): number {
  const { rows, aRow, yStep } = dot;
  return g.helper(keyOf('dots', dot), [I32, I32, I32], [], (f) => {
    const [A, X, Y] = [0, 1, 2];
    for (const { size, count } of evenParts(rows, ROWS)) {
      const few = fewRows(g, { ...dot, rows: size });
      f.loop(count, () => {
        f.get(A).get(X).get(Y).call(few);
        advance(f, A, size * aRow);
        advance(f, Y, size * yStep);
      });
    }
  });
}

function fewRows(g: Generator, dot: Dot): number {
  return g.helper(keyOf('dot', dot), [I32, I32, I32], [], (f) => {
    const { dtype, rows, depth, aRow, yStep } = dot;
    const [A, X, Y] = [0, 1, 2];
    const ops = VECTOR[dtype];
    const scalar = dtype === 'float32' ? f32 : f64;
    const sums = Array.from({ length: rows }, () => f.local(V128));
    const x = f.local(V128);
    const total = f.local(dtype === 'float32' ? F32 : F64);
    const turns = Math.floor(depth / ops.lanes);
    if (turns > 0) {
      f.loop(turns, () => {
        f.get(X).memory(v128.load, 0).set(x);
        sums.forEach((sum, i) => {
          if (g.fma)
            f.get(A)
              .memory(v128.load, i * aRow)
              .get(x)
              .get(sum)
              .op(ops.multiplyAdd);
          else
            f.get(sum)
              .get(A)
              .memory(v128.load, i * aRow)
              .get(x)
              .op(ops.multiply, ops.add);
          f.set(sum);
        });
        for (const pointer of [A, X]) advance(f, pointer, 16);
      });
    }
    sums.forEach((sum, i) => {
      f.get(sum).lane(ops.extract, 0);
      for (let lane = 1; lane < ops.lanes; lane++) f.get(sum).lane(ops.extract, lane).op(scalar.add);
      for (let k = 0; k < depth % ops.lanes; k++) {
        f.get(A);
        loadScalar(f, dtype, i * aRow + k * ops.bytes);
        f.get(X);
        loadScalar(f, dtype, k * ops.bytes);
        f.op(scalar.multiply, scalar.add);
      }
      if (dot.accumulate) {
        f.get(Y);
        loadScalar(f, dtype, i * yStep);
        f.op(scalar.add);
      }
      f.set(total).get(Y).get(total);
      storeScalar(f, dtype, i * yStep);
    });
  });
}
