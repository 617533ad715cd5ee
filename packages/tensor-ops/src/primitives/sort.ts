/** The order of the elements along an axis. */
import { makeNode } from '../ir/build.ts';
import { offsets, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { notLinear, type Primitive } from './primitive.ts';

/** The positions (int32) of the elements of each line along `axis`, in order; equal elements keep theirs, NaN is last. */
export function sortNode(x: Tensor, axis: number, descending: boolean): Tensor {
  return makeNode('sort', [x], { axis, descending }, x.shape, 'int32');
}

/** Negative when `a` comes first, zero where both stay as they are. */
function compare(a: number, b: number, descending: boolean): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === b) return 0;
  return a < b !== descending ? -1 : 1;
}

export const sortPrimitive: Primitive<'sort'> = {
  rebuild: ([x], { attributes: { axis, descending } }) => sortNode(x, axis, descending),
  evaluate([x], { axis, descending }, shape) {
    const { data } = x;
    const strides = stridesOf(shape);
    const step = strides[axis];
    const out = new Int32Array(data.length);
    const lines = offsets(shape.toSpliced(axis, 1), strides.toSpliced(axis, 1));
    for (const start of lines) {
      const order = Array.from({ length: shape[axis] }, (_, i) => i);
      order.sort((i, j) => compare(data[start + i * step], data[start + j * step], descending));
      order.forEach((position, i) => {
        out[start + i * step] = position;
      });
    }
    return out;
  },
  jvp: () => null,
  transpose() {
    throw notLinear('sort');
  },
  batch: ([x], { attributes: { axis, descending } }) => sortNode(x, axis + 1, descending),
};
