/** Order along an axis. */
import { sizeOf } from '../../../shape.ts';
import { type Handle, type Runtime, scalar } from '../runtime.ts';
import { bitonicOrder } from './bitonic.ts';
import type { Lowering } from './lowering.ts';
import { transpose } from './shapes.ts';

/** Numbers read from each row of a matrix at the positions in the same row of another one. */
function pick({ tf }: Runtime, x: Handle, at: Handle): Handle {
  const [rows, columns] = x.shape;
  const starts = tf.reshape(tf.range(0, rows * columns, columns, 'int32'), [rows, 1]);
  return tf.gather(tf.reshape(x, [rows * columns]), tf.add(at, starts));
}

/** Positions of the elements of each row in descending order; equal elements keep theirs. There are no NaN. */
const descendingOrder = ({ tf }: Runtime, x: Handle): Handle => tf.topk(x, x.shape[1] as number).indices;

/**
 * The stable order with NaN last. Backends sort rows, downwards and without regard to NaN: upwards is the order of
 * the negative (for integers, of -1 - x, which does not overflow), and a second sort brings NaN to the end.
 */
export const lowerSort: Lowering<'sort'> = (r, node, [x]) => {
  const { tf } = r;
  const { axis, descending } = node.attributes;
  const length = node.shape[axis];
  const last = node.shape.flatMap((_, d) => (d === axis ? [] : [d])).concat(axis);
  const shape = last.map((d) => node.shape[d]);
  const rows = tf.reshape(transpose(r, x, last), [sizeOf(shape) / length, length]);
  const numbers = rows.dtype === 'bool' ? tf.cast(rows, 'int32') : rows;
  const isInteger = numbers.dtype === 'int32';
  const negative = isInteger ? tf.sub(scalar(r, -1, 'int32'), numbers) : tf.neg(numbers);
  const keys = descending ? numbers : negative;
  const order = orderOf(r, keys);
  return transpose(
    r,
    tf.reshape(order, shape),
    last.map((_, d) => last.indexOf(d)),
  );
};

function orderOf(r: Runtime, keys: Handle): Handle {
  // The topk of webgpu reads its own indices as floats.
  if (r.backend === 'webgpu') return bitonicOrder(r, keys);
  return keys.dtype === 'int32' ? descendingOrder(r, keys) : orderWithNaN(r, keys);
}

function orderWithNaN(r: Runtime, keys: Handle): Handle {
  const { tf } = r;
  const isNumber = tf.equal(keys, keys);
  const order = descendingOrder(r, tf.where(isNumber, keys, tf.scalar(0)));
  const numbersFirst = descendingOrder(r, pick(r, tf.cast(isNumber, 'int32'), order));
  return pick(r, order, numbersFirst);
}
