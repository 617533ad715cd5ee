/** Summaries of repeated measurements. */

/** The quantile of a sample by linear interpolation between its order statistics; 0 <= share <= 1. */
export function quantile(sample: readonly number[], share: number): number {
  if (sample.length === 0) throw new RangeError('quantile: sample must not be empty');
  const sorted = Float64Array.from(sample).sort();
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  // One product only: the two weighted terms of the symmetric form round apart among subnormal numbers.
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

/** The middle of a sample; the mean of the two middle values of an even one. */
export function median(sample: readonly number[]): number {
  return quantile(sample, 0.5);
}

/**
 * The median of the ratios of measurements taken in the same round, other / own.
 *
 * Pairing within rounds cancels what changes between rounds, such as the load of the machine.
 */
export function medianRatio(other: readonly number[], own: readonly number[]): number {
  if (other.length !== own.length) {
    throw new RangeError(`medianRatio: samples must have one length; got ${other.length} and ${own.length}`);
  }
  return median(other.map((value, round) => value / own[round]));
}
