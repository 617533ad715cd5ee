/** Conversion between dtypes. */
import { allocate, type DType, isFloat } from '../dtype.ts';
import { makeNode, scalar, uniformValue } from '../ir/build.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import { notLinear, type Primitive } from './primitive.ts';

/** Limits to which floats saturate when they become integers. */
const RANGE = { int32: [-2147483648, 2147483647], uint32: [0, 4294967295] } as const;

/** One element: floats truncate towards zero and saturate (NaN gives 0); anything but zero is true. */
function convert(value: number, from: DType, to: DType): number {
  if (to === 'bool') return value !== 0 ? 1 : 0;
  if (isFloat(to) || !isFloat(from)) return value;
  const [low, high] = RANGE[to as 'int32' | 'uint32'];
  return Number.isNaN(value) ? 0 : Math.trunc(Math.min(high, Math.max(low, value)));
}

/** The same values in another dtype. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const value = uniformValue(x);
  if (value !== undefined) return broadcast(scalar(convert(value, x.dtype, dtype), dtype), x.shape);
  if (x.is('broadcast')) return broadcast(cast(x.inputs[0], dtype), x.shape);
  return makeNode('cast', [x], {}, x.shape, dtype);
}

export const castPrimitive: Primitive<'cast'> = {
  rebuild: ([x], node) => cast(x, node.dtype),
  evaluate([x], _, _shape, dtype) {
    const { data } = x;
    const out = allocate(dtype, data.length);
    for (let i = 0; i < out.length; i++) out[i] = convert(data[i], x.dtype, dtype);
    return out;
  },
  jvp: (node, [t]) => (t && isFloat(node.dtype) ? cast(t, node.dtype) : null),
  transpose(node, cotangent) {
    if (!isFloat(node.inputs[0].dtype)) throw notLinear('cast');
    return [cast(cotangent, node.inputs[0].dtype)];
  },
  batch: ([x], node) => cast(x, node.dtype),
};
