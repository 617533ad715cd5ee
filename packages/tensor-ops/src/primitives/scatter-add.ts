/** Adding at computed indices along an axis: the transpose of gather. */
import { allocate } from '../dtype.ts';
import { filled } from '../ir/arithmetic.ts';
import { makeNode } from '../ir/build.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import { elementwise } from './elementwise.ts';
import { batchedIndices, gatherNode } from './gather.ts';
import type { Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';
import { moveAxis } from './transpose.ts';

/** Zeros of `size` along `axis` to which `updates` are added at `indices`; indices out of range are dropped. */
export function scatterAddNode(updates: Tensor, indices: Tensor, axis: number, size: number): Tensor {
  const shape = [...updates.shape.slice(0, axis), size, ...updates.shape.slice(axis + indices.rank)];
  return makeNode('scatterAdd', [updates, indices], { axis, size }, shape, updates.dtype);
}

/** What arrives for updates whose index was out of range: nothing. */
function inRange(x: Tensor, indices: Tensor, axis: number, size: number): Tensor {
  const low = elementwise('lessEqual', [filled(0, indices.shape, 'int32'), indices]);
  const high = elementwise('less', [indices, filled(size, indices.shape, 'int32')]);
  const inner = new Array<number>(x.rank - axis - indices.rank).fill(1);
  const mask = reshape(elementwise('and', [low, high]), [...indices.shape, ...inner]);
  return elementwise('select', [mask, x, filled(0, x.shape, x.dtype)]);
}

export const scatterAddPrimitive: Primitive<'scatterAdd'> = {
  rebuild: ([updates, indices], { attributes: { axis, size } }) =>
    scatterAddNode(updates, indices, axis, size),
  evaluate([updates, indices], { axis, size }, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    const inner = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const [data, at] = [updates.data, indices.data];
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < at.length; j++) {
        if (at[j] < 0 || at[j] >= size) continue;
        const to = (o * size + at[j]) * inner;
        const from = (o * at.length + j) * inner;
        for (let i = 0; i < inner; i++) out[to + i] += data[from + i];
      }
    }
    return out;
  },
  jvp: (node, [t]) => t && scatterAddNode(t, node.inputs[1], node.attributes.axis, node.attributes.size),
  transpose(node, cotangent) {
    const { axis, size } = node.attributes;
    const indices = node.inputs[1];
    return [inRange(gatherNode(cotangent, indices, axis), indices, axis, size), null];
  },
  batch([updates, indices], node, batched, size) {
    const { axis, size: n } = node.attributes;
    const all = batched[0] ? updates : broadcast(updates, [size, ...updates.shape]);
    if (!batched[1]) return scatterAddNode(all, indices, axis + 1, n);
    // [B, before, index, after] to [B, index, before, after], then one scatter into B * n rows.
    const indexRank = indices.rank - 1;
    let rows = all;
    for (let i = 0; i < axis; i++) rows = moveAxis(rows, 1, axis + indexRank);
    const flat = scatterAddNode(rows, batchedIndices(indices, size, n), 0, size * n);
    return moveAxis(reshape(flat, [size, n, ...flat.shape.slice(1)]), 1, axis + 1);
  },
};
