/** Reading and adding at computed indices. Backends fail on an index out of range, or read whatever lies there. */
import { sizeOf } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';
import { type Handle, inFloats, type Runtime, scalar } from '../runtime.ts';
import { select } from './elementwise.ts';
import type { Lowering } from './lowering.ts';

/** True when the indices are known and all in [0, size). */
const knownInRange = (indices: Tensor, size: number): boolean =>
  indices.isConcrete && indices.data.every((i) => i >= 0 && i < size);

const outOfRange = (r: Runtime, indices: Handle, size: number): Handle =>
  r.tf.logicalOr(
    r.tf.less(indices, scalar(r, 0, 'int32')),
    r.tf.greaterEqual(indices, scalar(r, size, 'int32')),
  );

/** Reads index 0 in place of an index out of range and replaces what it read by NaN (0 in integers and bool). */
export const lowerGather: Lowering<'gather'> = (r, node, [x, indices]) => {
  const { tf } = r;
  const [source, at] = node.inputs;
  const { axis } = node.attributes;
  const size = source.shape[axis];
  if (knownInRange(at, size)) return tf.gather(x, indices, axis);
  const flat = tf.reshape(indices, [at.size]);
  const outside = outOfRange(r, flat, size);
  const safe = tf.where(outside, scalar(r, 0, 'int32'), flat);
  // In three axes, the indexed one in the middle, because webgpu chooses in four at most.
  const [outer, inner] = [sizeOf(source.shape.slice(0, axis)), sizeOf(source.shape.slice(axis + 1))];
  const found = tf.gather(tf.reshape(x, [outer, size, inner]), safe, 1);
  const nothing = scalar(r, node.dtype === 'float32' ? Number.NaN : 0, node.dtype);
  return tf.reshape(select(r, tf.reshape(outside, [1, at.size, 1]), nothing, found), [...node.shape]);
};

/** Adds rows [index, ...] into rows of the result; what has an index out of range goes to one more, which is cut off. */
export const lowerScatterAdd: Lowering<'scatterAdd'> = (r, node, [updates, indices]) => {
  const { tf } = r;
  const at = node.inputs[1];
  const { axis, size } = node.attributes;
  const outer = sizeOf(node.shape.slice(0, axis));
  const inner = sizeOf(node.shape.slice(axis + 1));
  const safe = knownInRange(at, size)
    ? indices
    : tf.where(outOfRange(r, indices, size), scalar(r, size, 'int32'), indices);
  return inFloats(r, updates, node.dtype, (numbers) => {
    const rows = tf.transpose(tf.reshape(numbers, [outer, at.size, inner]), [1, 0, 2]);
    const sums = tf.scatterND(tf.reshape(safe, [at.size, 1]), tf.reshape(rows, [at.size, outer * inner]), [
      size + 1,
      outer * inner,
    ]);
    const kept = tf.reshape(tf.slice(sums, [0, 0], [size, outer * inner]), [size, outer, inner]);
    return tf.reshape(tf.transpose(kept, [1, 0, 2]), [...node.shape]);
  });
};
