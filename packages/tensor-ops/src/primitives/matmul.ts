/** Products of (batches of) matrices. */
import { allocate } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { addMaybe, sumTo } from '../ir/arithmetic.ts';
import { makeNode } from '../ir/build.ts';
import { broadcastShapes, broadcastStrides, offsets, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { elementwise } from './elementwise.ts';
import type { Primitive } from './primitive.ts';
import { reduce } from './reduce.ts';
import { reshape } from './reshape.ts';
import { transpose } from './transpose.ts';

/** `[..., m, k] x [..., k, n]`; batch axes broadcast; both operands have rank 2 or more and one dtype. */
export function matmulNode(a: Tensor, b: Tensor): Tensor {
  const k = a.shape[a.rank - 1];
  if (b.shape[b.rank - 2] !== k) {
    throw new ArgumentError(
      'matmul',
      'b',
      `have ${k} rows, as ${showShape(a.shape)} has columns`,
      showShape(b.shape),
    );
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return makeNode('matmul', [a, b], {}, [...batch, a.shape[a.rank - 2], b.shape[b.rank - 1]], a.dtype);
}

/** Swaps the last two axes. */
export function matrixTranspose(x: Tensor): Tensor {
  const order = x.shape.map((_, d) => d);
  [order[x.rank - 2], order[x.rank - 1]] = [x.rank - 1, x.rank - 2];
  return transpose(x, order);
}

/** The same as a sum of elementwise products. */
export function matmulAsSum(a: Tensor, b: Tensor): Tensor {
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.rank - 1];
  const left = reshape(a, [...a.shape.slice(0, -2), m, 1, k]);
  const right = reshape(matrixTranspose(b), [...b.shape.slice(0, -2), 1, n, k]);
  const products = elementwise('multiply', [left, right]);
  return reduce('sum', products, [products.rank - 1]);
}

/** Inserts axes of length one behind a batch axis, so that the per-example rank becomes `rank`. */
export function padBatchedRank(x: Tensor, rank: number): Tensor {
  const own = x.shape.slice(1);
  return reshape(x, [x.shape[0], ...new Array<number>(rank - own.length).fill(1), ...own]);
}

export const matmulPrimitive: Primitive<'matmul'> = {
  rebuild: ([a, b]) => matmulNode(a, b),
  evaluate([a, b], _, shape, dtype) {
    const m = shape[shape.length - 2];
    const n = shape[shape.length - 1];
    const k = a.shape[a.rank - 1];
    const batch = shape.slice(0, -2);
    const atA = offsets(batch, broadcastStrides(a.shape.slice(0, -2), batch));
    const atB = offsets(batch, broadcastStrides(b.shape.slice(0, -2), batch));
    const [A, B] = [a.data, b.data];
    const out = allocate(dtype, sizeOf(shape));
    const row = new Float64Array(n);
    for (let s = 0; s < atA.length; s++) {
      for (let i = 0; i < m; i++) {
        row.fill(0);
        for (let l = 0; l < k; l++) {
          const left = A[(atA[s] * m + i) * k + l];
          const base = (atB[s] * k + l) * n;
          for (let j = 0; j < n; j++) row[j] += left * B[base + j];
        }
        out.set(row, (s * m + i) * n);
      }
    }
    return out;
  },
  jvp(node, [ta, tb]) {
    const [a, b] = node.inputs;
    return addMaybe(ta && matmulNode(ta, b), tb && matmulNode(a, tb));
  },
  transpose(node, cotangent, linear) {
    const [a, b] = node.inputs;
    return [
      linear[0] ? sumTo(matmulNode(cotangent, matrixTranspose(b)), a.shape) : null,
      linear[1] ? sumTo(matmulNode(matrixTranspose(a), cotangent), b.shape) : null,
    ];
  },
  batch([a, b], node, batched) {
    const align = (x: Tensor, isBatched: boolean) => (isBatched ? padBatchedRank(x, node.rank) : x);
    return matmulNode(align(a, batched[0]), align(b, batched[1]));
  },
};
