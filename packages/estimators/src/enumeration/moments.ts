/** Exact means and variances of what a program returns, summed without losing digits. */
import { ArgumentError, flatten, type Tensor, tensor, unflatten } from '@descant/tensor-ops';
import type { Enumeration } from './enumerate.ts';

/** Mean and variance of a random tree. */
export interface Moments<Y> {
  /** A float64 tree like one value. */
  readonly mean: Y;
  /** The variance of every element. */
  readonly variance: Y;
  /** The trace of the covariance: the variances of all elements of all leaves, summed. */
  readonly totalVariance: number;
}

/** Neumaier's compensated sum of n terms. */
export function compensatedSum(n: number, term: (k: number) => number): number {
  let total = 0;
  let lost = 0;
  for (let k = 0; k < n; k++) {
    const x = term(k);
    const next = total + x;
    lost += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  return total + lost;
}

/** Weighted mean and central second moment of each element of a leaf [K, ...]; weight 0 does not count. */
export function leafMoments(
  leaf: Tensor,
  weights: ArrayLike<number>,
): { mean: Float64Array; second: Float64Array } {
  const { data, shape } = leaf;
  const outcomes = shape[0];
  const size = data.length / outcomes;
  const mean = new Float64Array(size);
  const second = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const weighted = (of: (x: number) => number) => (k: number) =>
      weights[k] === 0 ? 0 : weights[k] * of(data[k * size + i]);
    mean[i] = compensatedSum(
      outcomes,
      weighted((x) => x),
    );
    second[i] = compensatedSum(
      outcomes,
      weighted((x) => (x - mean[i]) ** 2),
    );
  }
  return { mean, second };
}

/** The error that names the first outcome whose value is not finite (or overflows in the sum). */
function notFinite({ data, shape }: Tensor, weights: ArrayLike<number>): ArgumentError {
  const size = data.length / shape[0];
  const wrong = data.findIndex((x, j) => weights[Math.floor(j / size)] !== 0 && !Number.isFinite(x));
  const received = wrong < 0 ? 'an overflow' : `${data[wrong]} in outcome ${Math.floor(wrong / size)}`;
  return new ArgumentError('moments', 'values', 'be finite', received);
}

/**
 * The exact mean and variance of what a program returns, from all its outcomes.
 *
 * `mean = sum_k p_k y_k` and `variance = sum_k p_k (y_k - mean)^2` for each element, in float64 with compensated
 * sums, so that only the rounding of the values themselves is left. Outcomes of probability 0 do not count.
 *
 * @param enumeration - What `enumerate` returned, outside of any transformation.
 * @returns Trees like one value, and the total variance.
 * @throws ArgumentError when a value is not finite where the probability is not 0.
 *
 * @example
 * ```ts
 * import { enumerate, moments } from '@descant/estimators';
 * import { sum } from '@descant/tensor-ops';
 *
 * const { mean, variance } = moments(enumerate((chance) => sum(chance.signs([4]))));
 * mean.item(); // => 0
 * variance.item(); // => 4
 * ```
 */
export function moments<Y>({ probabilities, values }: Enumeration<Y>): Moments<Y> {
  const { leaves, structure } = flatten(values, 'moments');
  const each = leaves.map((leaf) => leafMoments(leaf, probabilities.data));
  each.forEach(({ mean }, i) => {
    if (!mean.every(Number.isFinite)) throw notFinite(leaves[i], probabilities.data);
  });
  const treeOf = (part: 'mean' | 'second') =>
    unflatten<Y>(
      structure,
      each.map((leaf, i) => tensor(leaf[part], { shape: leaves[i].shape.slice(1) })),
    );
  const totalVariance = each.reduce(
    (total, { second }) => total + compensatedSum(second.length, (i) => second[i]),
    0,
  );
  return { mean: treeOf('mean'), variance: treeOf('second'), totalVariance };
}
