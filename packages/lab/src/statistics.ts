/** Sample statistics of the numbers that experiments measure. */

/** The sample mean with its standard error; both null where the sample is too small to have one. */
export interface Summary {
  readonly mean: number | null;
  /** sd / sqrt(n) with the unbiased variance; needs two values. */
  readonly standardError: number | null;
  readonly n: number;
}

/**
 * The mean of a sample and its standard error, `sd / sqrt(n)` with `sd^2 = sum (x - mean)^2 / (n - 1)`.
 *
 * @param values - Finite numbers.
 * @returns Null for the mean of no value, and for the standard error of fewer than two.
 * @throws RangeError when a value is not finite: diverged runs are counted, not averaged.
 *
 * @example
 * ```ts
 * import { summarise } from 'descant';
 *
 * summarise([1, 2, 3, 6]); // => { mean: 3, standardError: 1.0801234, n: 4 }
 * ```
 */
export function summarise(values: readonly number[]): Summary {
  const n = values.length;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new RangeError(`summarise: values must be finite; got ${values[bad]} at index ${bad}`);
  if (n === 0) return { mean: null, standardError: null, n };
  const mean = values.reduce((total, value) => total + value, 0) / n;
  if (n === 1) return { mean, standardError: null, n };
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n), n };
}

/**
 * The standard deviation of a sample and its standard error, `sqrt((m4 - m2^2) / n) / (2 sd)` with the central moments
 * m2 and m4 (the delta method); both null for fewer than two values.
 */
export function deviation(values: readonly number[]): { value: number | null; standardError: number | null } {
  const { mean, n } = summarise(values);
  if (mean === null || n < 2) return { value: null, standardError: null };
  const moment = (power: number) => values.reduce((total, v) => total + (v - mean) ** power, 0) / n;
  const [second, fourth] = [moment(2), moment(4)];
  const value = Math.sqrt((second * n) / (n - 1));
  // Rounding can make the difference of equal numbers negative.
  const spread = Math.sqrt(Math.max(0, fourth - second ** 2) / n);
  return { value, standardError: value === 0 ? 0 : spread / (2 * value) };
}

/**
 * The q-quantile of a sample by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996,
 * the default of NumPy and R).
 *
 * @param values - At least one finite number.
 * @param q - In [0, 1].
 * @throws RangeError for an empty sample or q out of range.
 *
 * @example
 * ```ts
 * import { quantile } from 'descant';
 *
 * quantile([4, 1, 3, 2], 0.5); // => 2.5
 * ```
 */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('quantile: values must not be empty; got 0 values');
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile: q must be in [0, 1]; got ${q}`);
  const sorted = [...values].sort((a, b) => a - b);
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  // Between equal numbers there is only themselves, -0 and the largest and smallest included.
  if (sorted[below] === sorted[above]) return sorted[below];
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/** The share of the values, in percent, that lie within `tolerance` of their targets. */
export function percentWithin(
  values: readonly number[],
  targets: readonly number[],
  tolerance: number,
): number {
  const hits = values.filter((value, i) => Math.abs(value - targets[i]) <= tolerance).length;
  return (100 * hits) / values.length;
}
