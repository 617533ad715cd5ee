/** Reductions, positions of maxima and running sums. */
import { sizeOf } from '../../../shape.ts';
import { asFloat, type Handle, inFloats, type Runtime } from '../runtime.ts';
import type { Lowering } from './lowering.ts';

/** The wasm backend adds float32 one after the other: longer lines are added in blocks of about this length. */
const BLOCK = 256;

/** The sums of the rows of a matrix, with an error that grows with the logarithm of their length. */
function rowSums(r: Runtime, x: Handle): Handle {
  const { tf } = r;
  const [rows, columns] = x.shape;
  if (columns <= 2 * BLOCK) return tf.sum(x, 1);
  const blocks = Math.floor(columns / BLOCK);
  const whole = blocks * BLOCK;
  const sums = tf.sum(tf.reshape(tf.slice(x, [0, 0], [rows, whole]), [rows, blocks, BLOCK]), 2);
  const rest = whole < columns ? [tf.sum(tf.slice(x, [0, whole], [rows, columns - whole]), 1, true)] : [];
  return rowSums(r, tf.concat([sums, ...rest], 1));
}

function sumInBlocks(r: Runtime, x: Handle, axes: readonly number[]): Handle {
  const { tf } = r;
  const kept = x.shape.flatMap((_, d) => (axes.includes(d) ? [] : [d]));
  const columns = sizeOf(axes.map((axis) => x.shape[axis]));
  const matrix = tf.reshape(tf.transpose(x, [...kept, ...axes]), [x.size / columns, columns]);
  return tf.reshape(
    rowSums(r, matrix),
    kept.map((d) => x.shape[d]),
  );
}

export const lowerReduce: Lowering<'reduce'> = (r, node, [x]) => {
  const { tf, backend } = r;
  const { kind } = node.attributes;
  const axes = [...node.attributes.axes];
  if (kind !== 'sum') return inFloats(r, x, node.dtype, (numbers) => tf[kind](numbers, axes));
  return backend === 'wasm' && node.dtype === 'float32' && x.size / node.size > 2 * BLOCK
    ? sumInBlocks(r, x, axes)
    : inFloats(r, x, node.dtype, (numbers) => tf.sum(numbers, axes));
};

/** The first maximum, or the first NaN, which backends pass over. */
export const lowerArgmax: Lowering<'argmax'> = (r, node, [x]) => {
  const { tf } = r;
  const { axis } = node.attributes;
  const { dtype } = node.inputs[0];
  if (r.backend === 'webgpu' && dtype !== 'float32') return tf.argMax(asFloat(r, x), axis);
  if (dtype === 'bool') return tf.argMax(tf.cast(x, 'int32'), axis);
  if (dtype !== 'float32') return tf.argMax(x, axis);
  const missing = asFloat(r, tf.notEqual(x, x));
  const has = tf.greater(tf.max(missing, axis), 0);
  return tf.where(has, tf.argMax(missing, axis), tf.argMax(x, axis));
};

export const lowerCumsum: Lowering<'cumsum'> = (r, node, [x]) =>
  inFloats(r, x, node.dtype, (numbers) =>
    r.tf.cumsum(numbers, node.attributes.axis, false, node.attributes.reverse),
  );
