/** Sorting by comparisons of pairs, for the backend whose own sorting is wrong. */
import { asFloat, type Handle, type Runtime } from '../runtime.ts';

/** The elements of each row and where they came from. */
interface Rows {
  readonly keys: Handle;
  readonly origins: Handle;
}

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least));

/**
 * Where the elements of each row of a matrix come from in stable descending order, NaN last.
 *
 * Bitonic merge sort: in stage `run`, neighbouring runs of that length, sorted in opposite directions, are merged by
 * comparing elements `distance` apart, for distances run/2, run/4, ..., 1. What it compares does not depend on the
 * numbers, so that every step is a few operations on whole tensors: O(log^2 n) of them. Equal keys are ordered by
 * origin, which makes the order total and the sort stable. Source: K. Batcher, Sorting networks and their
 * applications, 1968.
 */
export function bitonicOrder(r: Runtime, keys: Handle): Handle {
  const { tf } = r;
  const [count, n] = keys.shape;
  const length = powerOfTwo(n);
  const numbers = asFloat(r, keys);
  // Behind everything else, because of their later origins.
  const padding = tf.fill([count, length - n], Number.NaN);
  let rows: Rows = {
    keys: length === n ? numbers : tf.concat([numbers, padding], 1),
    origins: tf.tile(tf.reshape(tf.range(0, length), [1, length]), [count, 1]),
  };
  for (let run = 2; run <= length; run *= 2)
    for (let distance = run / 2; distance >= 1; distance /= 2) rows = exchange(r, rows, run, distance);
  return tf.cast(tf.slice(rows.origins, [0, 0], [count, n]), 'int32');
}

/** Orders the pairs of elements `distance` apart: downwards in every other run, upwards in those between. */
function exchange(r: Runtime, { keys, origins }: Rows, run: number, distance: number): Rows {
  const { tf } = r;
  const [count, length] = keys.shape;
  const blocks = length / (2 * distance);
  const halves = (x: Handle) =>
    [0, 1].map((i) =>
      tf.slice(tf.reshape(x, [count, blocks, 2, distance]), [0, 0, i, 0], [count, blocks, 1, distance]),
    );
  const [[a, b], [i, j]] = [halves(keys), halves(origins)];
  const upwards = Array.from({ length: blocks }, (_, block) => ((block * 2 * distance) & run) !== 0);
  const swapped = tf.logicalXor(tf.tensor(upwards, [1, blocks, 1, 1], 'bool'), follows(r, a, i, b, j));
  const ordered = (x: Handle, y: Handle) =>
    tf.reshape(tf.concat([tf.where(swapped, y, x), tf.where(swapped, x, y)], 2), [count, length]);
  return { keys: ordered(a, b), origins: ordered(i, j) };
}

/** Whether key `a` of origin `i` comes after key `b` of origin `j`. */
function follows({ tf }: Runtime, a: Handle, i: Handle, b: Handle, j: Handle): Handle {
  const later = tf.greater(i, j);
  const [isA, isB] = [tf.equal(a, a), tf.equal(b, b)];
  const same = tf.logicalOr(tf.equal(a, b), tf.logicalNot(tf.logicalOr(isA, isB)));
  const below = tf.logicalOr(tf.less(a, b), tf.logicalAnd(isB, tf.logicalNot(isA)));
  return tf.logicalOr(below, tf.logicalAnd(same, later));
}
