/** A contiguous block of a tensor. */
import { allocate } from '../dtype.ts';
import { makeNode } from '../ir/build.ts';
import { offsets, type Shape, sameShape, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { assemble, NOTHING, sliceOfAssembly } from './assemble.ts';
import { broadcast } from './broadcast.ts';
import type { Primitive } from './primitive.ts';

/** The block of `shape` that starts at `begin`. */
export function slice(x: Tensor, begin: readonly number[], shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (x.is('slice')) {
    const outer = x.attributes.begin;
    return slice(
      x.inputs[0],
      begin.map((b, d) => b + outer[d]),
      shape,
    );
  }
  if (x.is('broadcast')) {
    const source = x.inputs[0];
    const lead = x.rank - source.rank;
    const from = source.shape.map((d, i) => (d === 1 ? 0 : begin[i + lead]));
    return broadcast(
      slice(
        source,
        from,
        source.shape.map((d, i) => (d === 1 ? 1 : shape[i + lead])),
      ),
      shape,
    );
  }
  if (x.is('assemble')) return sliceOfAssembly(x, begin, shape);
  return makeNode('slice', [x], { begin: [...begin] }, shape, x.dtype);
}

export const slicePrimitive: Primitive<'slice'> = {
  rebuild: ([x], node) => slice(x, node.attributes.begin, node.shape),
  evaluate([x], { begin }, shape) {
    const { data } = x;
    const strides = stridesOf(x.shape);
    const start = begin.reduce((sum, b, d) => sum + b * strides[d], 0);
    const at = offsets(shape, strides, start);
    const out = allocate(x.dtype, at.length);
    for (let i = 0; i < out.length; i++) out[i] = data[at[i]];
    return out;
  },
  jvp: (node, [t]) => t && slice(t, node.attributes.begin, node.shape),
  transpose: (node, cotangent) => [
    assemble([{ part: cotangent, begin: node.attributes.begin }], node.inputs[0].shape, NOTHING),
  ],
  batch: ([x], node, _, size) => slice(x, [0, ...node.attributes.begin], [size, ...node.shape]),
};
