/** Changes of shape. */
import { type Shape, sizeOf } from '../../../shape.ts';
import { type Handle, inFloats, type Runtime } from '../runtime.ts';
import type { Lowering } from './lowering.ts';

/** Repeats along one axis after the other, each the middle one of three: webgpu repeats no more than four. */
export function broadcast({ tf }: Runtime, x: Handle, shape: Shape): Handle {
  const lengths = [...new Array<number>(shape.length - x.rank).fill(1), ...x.shape];
  const repeated = shape.reduceRight<Handle>((y, length, axis) => {
    if (lengths[axis] === length) return y;
    const after = sizeOf(shape.slice(axis + 1));
    return tf.tile(tf.reshape(y, [y.size / after, 1, after]), [1, length, 1]);
  }, x);
  return tf.reshape(repeated, [...shape]);
}

export const lowerBroadcast: Lowering<'broadcast'> = (r, node, [x]) => broadcast(r, x, node.shape);

export const lowerReshape: Lowering<'reshape'> = ({ tf }, node, [x]) => tf.reshape(x, [...node.shape]);

/** Transposes with axes of length one left out and those that stay neighbours as one: webgpu has six at most. */
export function transpose(r: Runtime, x: Handle, permutation: readonly number[]): Handle {
  const { tf } = r;
  const long = [...x.shape.keys()].filter((axis) => x.shape[axis] !== 1);
  const order = permutation.filter((axis) => long.includes(axis)).map((axis) => long.indexOf(axis));
  const firsts = order.filter((axis, i) => i === 0 || axis !== order[i - 1] + 1).sort((a, b) => a - b);
  const lengths = firsts.map((axis, i) => sizeOf(long.slice(axis, firsts[i + 1]).map((d) => x.shape[d])));
  const merged = order.flatMap((axis) => (firsts.includes(axis) ? [firsts.indexOf(axis)] : []));
  const result = inFloats(r, x, x.dtype, (numbers) => tf.transpose(tf.reshape(numbers, lengths), merged));
  return tf.reshape(
    result,
    permutation.map((axis) => x.shape[axis]),
  );
}

export const lowerTranspose: Lowering<'transpose'> = (r, node, [x]) =>
  transpose(r, x, node.attributes.permutation);

export const lowerSlice: Lowering<'slice'> = ({ tf }, node, [x]) =>
  tf.slice(x, [...node.attributes.begin], [...node.shape]);
