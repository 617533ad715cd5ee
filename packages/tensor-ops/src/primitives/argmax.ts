/** The index of the largest element along an axis. */
import { makeNode } from '../ir/build.ts';
import { offsets, sizeOf, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { notLinear, type Primitive } from './primitive.ts';

/** Index (int32) of the first maximum along `axis`; the first NaN where there is one. */
export function argmaxNode(x: Tensor, axis: number): Tensor {
  return makeNode('argmax', [x], { axis }, x.shape.toSpliced(axis, 1), 'int32');
}

export const argmaxPrimitive: Primitive<'argmax'> = {
  rebuild: ([x], node) => argmaxNode(x, node.attributes.axis),
  evaluate([x], { axis }, shape) {
    const { data } = x;
    const strides = stridesOf(x.shape);
    const step = strides[axis];
    const at = offsets(shape, strides.toSpliced(axis, 1));
    const out = new Int32Array(sizeOf(shape));
    for (let o = 0; o < out.length; o++) {
      let best = 0;
      for (let i = 1; i < x.shape[axis]; i++) {
        const [value, record] = [data[at[o] + i * step], data[at[o] + best * step]];
        if (!Number.isNaN(record) && (value > record || Number.isNaN(value))) best = i;
      }
      out[o] = best;
    }
    return out;
  },
  jvp: () => null,
  transpose() {
    throw notLinear('argmax');
  },
  batch: ([x], node) => argmaxNode(x, node.attributes.axis + 1),
};
