/** Repetition along axes of length one and along new leading axes. */
import { allocate } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { sumTo } from '../ir/arithmetic.ts';
import { constant, makeNode } from '../ir/build.ts';
import { broadcastStrides, offsets, type Shape, sameShape, tryBroadcast } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import type { Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';

/** Repeats `x` to `shape`, which NumPy's rules must allow. */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const joint = tryBroadcast([x.shape, shape]);
  if (!joint || !sameShape(joint, shape)) {
    throw new ArgumentError(
      'broadcastTo',
      'shape',
      `be one to which ${showShape(x.shape)} broadcasts`,
      showShape(shape),
    );
  }
  const source = x.is('broadcast') ? x.inputs[0] : x;
  if (source.is('constant') && source.size !== 1) {
    return constant(repeat(source, shape), shape, x.dtype);
  }
  const bare = source.is('constant') ? reshape(source, []) : source;
  return makeNode('broadcast', [bare], {}, shape, x.dtype);
}

function repeat(x: Tensor, shape: Shape) {
  const { data } = x;
  const at = offsets(shape, broadcastStrides(x.shape, shape));
  const out = allocate(x.dtype, at.length);
  for (let i = 0; i < out.length; i++) out[i] = data[at[i]];
  return out;
}

export const broadcastPrimitive: Primitive<'broadcast'> = {
  rebuild: ([x], node) => broadcast(x, node.shape),
  evaluate: ([x], _, shape) => repeat(x, shape),
  jvp: (node, [t]) => t && broadcast(t, node.shape),
  transpose: (node, cotangent) => [sumTo(cotangent, node.inputs[0].shape)],
  batch([x], node, _, size) {
    const own = x.shape.slice(1);
    const lead = node.shape.length - own.length;
    return broadcast(reshape(x, [size, ...new Array<number>(lead).fill(1), ...own]), [size, ...node.shape]);
  },
};
