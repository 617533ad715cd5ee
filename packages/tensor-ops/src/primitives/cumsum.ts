/** Running sums along an axis. */
import { allocate } from '../dtype.ts';
import { makeNode } from '../ir/build.ts';
import { stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Primitive } from './primitive.ts';

/** Inclusive running sum; from the end when `reverse`. */
export function cumsumNode(x: Tensor, axis: number, reverse: boolean): Tensor {
  return x.shape[axis] <= 1 ? x : makeNode('cumsum', [x], { axis, reverse }, x.shape, x.dtype);
}

export const cumsumPrimitive: Primitive<'cumsum'> = {
  rebuild: ([x], { attributes: { axis, reverse } }) => cumsumNode(x, axis, reverse),
  evaluate([x], { axis, reverse }, shape, dtype) {
    const { data } = x;
    const out = allocate(dtype, data.length);
    const step = stridesOf(shape)[axis];
    const n = shape[axis];
    for (let outer = 0; outer < data.length; outer += step * n) {
      for (let inner = 0; inner < step; inner++) {
        let sum = 0;
        for (let i = 0; i < n; i++) {
          const at = outer + inner + (reverse ? n - 1 - i : i) * step;
          sum += data[at];
          out[at] = sum;
        }
      }
    }
    return out;
  },
  jvp: ({ attributes: { axis, reverse } }, [t]) => t && cumsumNode(t, axis, reverse),
  transpose: ({ attributes: { axis, reverse } }, cotangent) => [cumsumNode(cotangent, axis, !reverse)],
  batch: ([x], { attributes: { axis, reverse } }) => cumsumNode(x, axis + 1, reverse),
};
