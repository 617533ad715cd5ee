/** Reading at computed indices along an axis. */
import { allocate } from '../dtype.ts';
import { add, multiply } from '../ir/arithmetic.ts';
import { constant, makeNode, scalar } from '../ir/build.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { elementwise } from './elementwise.ts';
import type { Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';
import { scatterAddNode } from './scatter-add.ts';
import { moveAxis } from './transpose.ts';

/** `x[..., indices, ...]` along `axis`: the index's axes take the place of `axis`. */
export function gatherNode(x: Tensor, indices: Tensor, axis: number): Tensor {
  const shape = x.shape.toSpliced(axis, 1, ...indices.shape);
  return makeNode('gather', [x, indices], { axis }, shape, x.dtype);
}

/** Indices into the `n`-fold rows of a flattened batch: out-of-range indices stay out of range. */
export function batchedIndices(indices: Tensor, size: number, n: number): Tensor {
  const batch = reshape(
    constant(
      Int32Array.from({ length: size }, (_, b) => b),
      [size],
      'int32',
    ),
    [size, ...new Array<number>(indices.rank - 1).fill(1)],
  );
  const low = elementwise('less', [indices, scalar(0, 'int32')]);
  const high = elementwise('lessEqual', [scalar(n, 'int32'), indices]);
  const flat = add(indices, multiply(batch, scalar(n, 'int32')));
  return elementwise('select', [elementwise('or', [low, high]), scalar(-1, 'int32'), flat]);
}

export const gatherPrimitive: Primitive<'gather'> = {
  rebuild: ([x, indices], node) => gatherNode(x, indices, node.attributes.axis),
  evaluate([x, indices], { axis }, shape, dtype) {
    const outOfRange = dtype === 'float32' || dtype === 'float64' ? Number.NaN : 0;
    const out = allocate(dtype, sizeOf(shape)).fill(outOfRange);
    const inner = sizeOf(x.shape.slice(axis + 1));
    const n = x.shape[axis];
    const outer = sizeOf(x.shape.slice(0, axis));
    const [data, at] = [x.data, indices.data];
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < at.length; j++) {
        if (at[j] < 0 || at[j] >= n) continue;
        const from = (o * n + at[j]) * inner;
        out.set(data.subarray(from, from + inner), (o * at.length + j) * inner);
      }
    }
    return out;
  },
  jvp: (node, [t]) => t && gatherNode(t, node.inputs[1], node.attributes.axis),
  transpose(node, cotangent) {
    const [x, indices] = node.inputs;
    const { axis } = node.attributes;
    return [scatterAddNode(cotangent, indices, axis, x.shape[axis]), null];
  },
  batch([x, indices], node, batched, size) {
    const { axis } = node.attributes;
    if (!batched[1]) return gatherNode(x, indices, axis + 1);
    if (!batched[0]) return moveAxis(gatherNode(x, indices, axis), axis, 0);
    const n = x.shape[axis + 1];
    const rows = moveAxis(x, axis + 1, 1);
    const flat = reshape(rows, [size * n, ...rows.shape.slice(2)]);
    let out = gatherNode(flat, batchedIndices(indices, size, n), 0);
    // The axes that stood before `axis` now follow the index's axes: bring them back in front of these.
    const last = indices.rank - 1 + axis;
    for (let i = 0; i < axis; i++) out = moveAxis(out, last, 1);
    return out;
  },
};
