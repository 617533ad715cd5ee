/** A batch of matrix products over strided operands, as few calls of one product as possible. */
import { broadcastShapes, broadcastStrides, type Shape } from '../../../shape.ts';
import { BYTES } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Problem } from '../gemm/problem.ts';
import { product, scratchOf, wayOf } from '../gemm/product.ts';
import type { Generator } from '../generator.ts';
import { nest } from '../loops/nest.ts';
import type { Precision } from '../math/vector-code.ts';
import type { Operand } from './group.ts';
import { type Area, byteSize, type Place, pushAddress } from './place.ts';

/** One axis of the batch with the distances in bytes in A, B and C. */
interface BatchAxis {
  readonly extent: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface MatrixProduct {
  readonly a: Place;
  readonly b: Place;
  readonly c: Place;
  readonly batch: readonly BatchAxis[];
  readonly problem: Problem;
  /** What the sums start from, if the problem says so. */
  readonly initial?: Place;
  readonly scratch: Area;
  readonly flops: number;
  /** Bytes of the result when all products are added up in it, otherwise 0. */
  readonly summedBytes: number;
}

const strideOf = (operand: Operand, batch: Shape): number[] => {
  const own = operand.shape.slice(0, -2);
  const lead = batch.length - own.length;
  return broadcastStrides(own, batch).map((s, d) => (s === 0 ? 0 : operand.place.strides[d - lead]));
};

/**
 * The products of operands with at least one element each, for a result of type float. A result without the batch
 * axes that the operands have is the sum over these.
 */
export function planProduct(
  g: Generator,
  left: Operand,
  right: Operand,
  out: Operand & { readonly dtype: Precision },
): MatrixProduct {
  const shape = broadcastShapes('matmul', left.shape.slice(0, -2), right.shape.slice(0, -2));
  const summed = out.shape.length - 2 < shape.length;
  const [sa, sb, sc] = [strideOf(left, shape), strideOf(right, shape), strideOf(out, shape)];
  const batch: BatchAxis[] = shape
    .map((extent, d) => ({ extent, a: sa[d], b: sb[d], c: sc[d] }))
    .filter(({ extent }) => extent > 1);
  let [rows, columns] = out.shape.slice(-2);
  let depth = left.shape[left.shape.length - 1];
  let [aRow, aStep] = left.place.strides.slice(-2);
  let [bStep, bColumn] = right.place.strides.slice(-2);
  let [cRow] = out.place.strides.slice(-2);
  for (let axis = batch.at(-1); axis; axis = batch.at(-1)) {
    if (summed) {
      // Batch axes that both operands walk on with k are a longer k.
      if (depth > 1 && (axis.a !== depth * aStep || axis.b !== depth * bStep)) break;
      if (depth === 1) [aStep, bStep] = [axis.a, axis.b];
      depth *= axis.extent;
    } else {
      // Batch axes along which B stays the same are more rows.
      const follows = rows === 1 || (axis.a === rows * aRow && axis.c === rows * cRow);
      if (axis.b !== 0 || !follows) break;
      if (rows === 1) [aRow, cRow] = [axis.a, axis.c];
      rows *= axis.extent;
    }
    batch.pop();
  }
  const accumulate = summed && batch.length > 0;
  const problem: Problem = {
    dtype: out.dtype,
    rows,
    depth,
    columns,
    a: { row: aRow, step: aStep },
    b: { step: bStep, column: columns === 1 ? BYTES[out.dtype] : bColumn },
    c: { row: cRow },
    accumulate,
  };
  return {
    a: left.place,
    b: right.place,
    c: out.place,
    batch,
    problem,
    scratch: { bytes: scratchOf(g, problem), address: undefined },
    flops: 2 * rows * columns * depth * batch.reduce((n, { extent }) => n * extent, 1),
    summedBytes: accumulate ? byteSize(out.shape, out.dtype) : 0,
  };
}

/** Whether sums may start from another matrix, and something be done to the result. */
export const fusible = ({ batch, problem }: MatrixProduct): boolean =>
  batch.length === 0 && wayOf(problem) === 'blocks' && !problem.accumulate;

/** Appends the code of the products. */
export function writeProduct(g: Generator, f: FunctionBuilder, planned: MatrixProduct): void {
  const { a, b, c, batch, problem, initial, scratch, summedBytes } = planned;
  const code = product(g, problem);
  const pointer = (place: Place, strides: readonly number[]) => {
    const local = f.local(I32);
    pushAddress(f, place);
    f.set(local);
    return { local, strides };
  };
  if (summedBytes > 0) {
    pushAddress(f, c);
    f.i32(0).i32(summedBytes).memoryFill();
  }
  const left = pointer(
    a,
    batch.map((axis) => axis.a),
  );
  const right = pointer(
    b,
    batch.map((axis) => axis.b),
  );
  const out = pointer(
    c,
    batch.map((axis) => axis.c),
  );
  nest(
    f,
    batch.map(({ extent }) => extent),
    [left, right, out],
    () => {
      for (const { local } of code.swapped ? [right, left, out] : [left, right, out]) f.get(local);
      if (code.blocked) f.i32(scratch.address ?? 0);
      if (initial) pushAddress(f, initial);
      f.call(code.index);
    },
  );
}
