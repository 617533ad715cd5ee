/** Solutions of linear systems. Only the entry of linear algebra imports this file. */
import { allocate } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { solveKernel } from '../executors/wasm/loops/solve-kernel.ts';
import { scalarSolve } from '../executors/wasm/scalar-solve.ts';
import { addMaybe, negate, sumTo } from '../ir/arithmetic.ts';
import { makeNode } from '../ir/build.ts';
import { broadcastShapes, broadcastStrides, offsets, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { addPrimitive } from './index.ts';
import { matmulNode, matrixTranspose, padBatchedRank } from './matmul.ts';
import type { Primitive } from './primitive.ts';

/** `A^-1 B`, or `A^-T B` when `transposed`; row exchanges unless `pivot` is false. */
export function solveNode(a: Tensor, b: Tensor, transposed: boolean, pivot: boolean): Tensor {
  const n = a.shape[a.rank - 1];
  if (a.shape[a.rank - 2] !== n)
    throw new ArgumentError('solve', 'a', 'be square in its last two axes', showShape(a.shape));
  if (b.shape[b.rank - 2] !== n) {
    throw new ArgumentError('solve', 'b', `have ${n} rows, as ${showShape(a.shape)} has`, showShape(b.shape));
  }
  const batch = broadcastShapes('solve', a.shape.slice(0, -2), b.shape.slice(0, -2));
  addPrimitive('solve', solvePrimitive);
  return makeNode('solve', [a, b], { transposed, pivot }, [...batch, n, b.shape[b.rank - 1]], a.dtype);
}

/** In-place Gaussian elimination of [A | B] (n x (n + m)), leaving the solution in the last m columns. */
function eliminate(work: Float64Array, n: number, m: number, pivot: boolean): void {
  const w = n + m;
  for (let k = 0; k < n; k++) {
    let best = k;
    if (pivot)
      for (let i = k + 1; i < n; i++) if (Math.abs(work[i * w + k]) > Math.abs(work[best * w + k])) best = i;
    if (best !== k) {
      for (let j = k; j < w; j++) {
        [work[k * w + j], work[best * w + j]] = [work[best * w + j], work[k * w + j]];
      }
    }
    for (let i = k + 1; i < n; i++) {
      const factor = work[i * w + k] / work[k * w + k];
      for (let j = k; j < w; j++) work[i * w + j] -= factor * work[k * w + j];
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let j = n; j < w; j++) {
      let sum = work[i * w + j];
      for (let l = i + 1; l < n; l++) sum -= work[i * w + l] * work[l * w + j];
      work[i * w + j] = sum / work[i * w + i];
    }
  }
}

const solvePrimitive: Primitive<'solve'> = {
  rebuild: ([a, b], { attributes: { transposed, pivot } }) => solveNode(a, b, transposed, pivot),
  evaluate([a, b], { transposed, pivot }, shape, dtype) {
    const n = shape[shape.length - 2];
    const m = shape[shape.length - 1];
    const batch = shape.slice(0, -2);
    const atA = offsets(batch, broadcastStrides(a.shape.slice(0, -2), batch));
    const atB = offsets(batch, broadcastStrides(b.shape.slice(0, -2), batch));
    const out = allocate(dtype, sizeOf(shape));
    const work = new Float64Array(n * (n + m));
    const [A, B] = [a.data, b.data];
    for (let s = 0; s < atA.length; s++) {
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          work[i * (n + m) + j] = A[atA[s] * n * n + (transposed ? j * n + i : i * n + j)];
        }
        for (let j = 0; j < m; j++) work[i * (n + m) + n + j] = B[(atB[s] * n + i) * m + j];
      }
      // A diagonally dominant matrix has a diagonally dominant-by-columns transpose: both need no pivots.
      eliminate(work, n, m, pivot);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) out[(s * n + i) * m + j] = work[i * (n + m) + n + j];
      }
    }
    return out;
  },
  jvp(node, [ta, tb]) {
    // A X = B gives A dX = dB - dA X.
    const [a] = node.inputs;
    const { transposed, pivot } = node.attributes;
    const moved = ta && negate(matmulNode(transposed ? matrixTranspose(ta) : ta, node));
    const right = addMaybe(tb, moved);
    return right && solveNode(a, right, transposed, pivot);
  },
  transpose(node, cotangent) {
    const [a, b] = node.inputs;
    const { transposed, pivot } = node.attributes;
    return [null, sumTo(solveNode(a, cotangent, !transposed, pivot), b.shape)];
  },
  batch([a, b], node, batched) {
    const { transposed, pivot } = node.attributes;
    const align = (x: Tensor, isBatched: boolean) => (isBatched ? padBatchedRank(x, node.rank) : x);
    return solveNode(align(a, batched[0]), align(b, batched[1]), transposed, pivot);
  },
  wasm: { kernel: solveKernel, scalars: scalarSolve },
};
