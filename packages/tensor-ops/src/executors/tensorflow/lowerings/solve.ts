/** Solutions of linear systems. */
import { sizeOf } from '../../../shape.ts';
import type { Handle, Runtime } from '../runtime.ts';
import type { Lowering } from './lowering.ts';
import { broadcast } from './shapes.ts';

/**
 * Gauss-Jordan elimination of [A | B], all matrices of the batch at once, one column after the other.
 *
 * Row exchanges as the primitive asks for. A singular system gives infinities or NaN.
 */
export const lowerSolve: Lowering<'solve'> = (r, node, [a, b]) => {
  const { tf } = r;
  const { transposed, pivot } = node.attributes;
  const batch = node.shape.slice(0, -2);
  const [n, m] = node.shape.slice(-2);
  const count = sizeOf(batch);
  const swap = [...a.shape.keys()].slice(0, -2).concat(a.rank - 1, a.rank - 2);
  const whole = (x: Handle, columns: number) =>
    tf.reshape(broadcast(r, x, [...batch, n, columns]), [count, n, columns]);
  const left = whole(transposed ? tf.transpose(a, swap) : a, n);
  const rows = tf.reshape(tf.range(0, n, 1, 'int32'), [1, n, 1]);
  let work: Handle = tf.concat([left, whole(b, m)], 2);
  for (let k = 0; k < n; k++) {
    const next = tf.tidy(() => clearColumn(r, work, k, rows, pivot));
    work.dispose();
    work = next;
  }
  return tf.reshape(tf.slice(work, [0, 0, n], [count, n, m]), [...node.shape]);
};

/** Brings the pivot's row to row k, divides it by the pivot, and subtracts it from the other rows. */
function clearColumn(r: Runtime, matrix: Handle, k: number, rows: Handle, pivot: boolean): Handle {
  const { tf } = r;
  const [count, n, width] = matrix.shape;
  const columnOf = (x: Handle) => tf.slice(x, [0, 0, k], [count, x.shape[1] as number, 1]);
  const isTop = tf.equal(rows, tf.scalar(k, 'int32'));
  const top = tf.slice(matrix, [0, k, 0], [count, 1, width]);
  let [pivotRow, exchanged] = [top, matrix];
  if (pivot) {
    const below = tf.less(rows, tf.scalar(k, 'int32'));
    const candidates = tf.where(below, tf.scalar(-1), tf.abs(columnOf(matrix)));
    const best = tf.reshape(tf.argMax(candidates, 1), [count, 1, 1]);
    const isBest = tf.equal(rows, best);
    pivotRow = tf.sum(tf.where(isBest, matrix, tf.scalar(0)), 1, true);
    exchanged = tf.where(isBest, top, matrix);
  }
  const scaled = tf.div(pivotRow, columnOf(pivotRow));
  const cleared = tf.sub(exchanged, tf.mul(columnOf(exchanged), scaled));
  return tf.where(isTop, broadcast(r, scaled, [count, n, width]), cleared);
}
