/** How a number, such as the probability with which cells are masked, changes in the course of Gibbs sampling. */
import { ArgumentError } from '@descant/tensor-ops';

/** The value at step n = 0..N-1 of N. */
export type Schedule = (n: number, N: number) => number;

/** Options of `annealedSchedule`. */
export interface AnnealedOptions {
  /** alpha_max; default 0.9. */
  readonly largest?: number;
  /** alpha_min; default 0.1. */
  readonly smallest?: number;
  /** eta, the share of the steps before the smallest value is reached; default 0.7. */
  readonly share?: number;
}

/**
 * Falls linearly from the largest to the smallest value, and stays there:
 * `alpha_n = max(alpha_min, alpha_max - n (alpha_max - alpha_min) / (eta N))`.
 *
 * Source: Yao et al. (2014); Cooijmans (2023), thesis, section 3.5.2. The released JavaScript computes another number,
 * which masks everything for the first quarter of the steps.
 *
 * @throws ArgumentError unless 0 <= smallest <= largest and 0 < share.
 *
 * @example
 * ```ts
 * import { annealedSchedule } from '@descant/coconet';
 * const alpha = annealedSchedule();
 * [0, 35, 70, 99].map((n) => alpha(n, 100)); // => [0.9, 0.5, 0.1, 0.1]
 * ```
 */
export function annealedSchedule(options: AnnealedOptions = {}): Schedule {
  const { largest = 0.9, smallest = 0.1, share = 0.7 } = options;
  if (!(smallest >= 0 && largest >= smallest && largest < Number.POSITIVE_INFINITY)) {
    const expected = 'be numbers with 0 <= smallest <= largest';
    throw new ArgumentError(
      'annealedSchedule',
      'largest and smallest',
      expected,
      `${largest} and ${smallest}`,
    );
  }
  if (!(share > 0)) throw new ArgumentError('annealedSchedule', 'share', 'be positive', String(share));
  return (n, N) => Math.max(smallest, largest - (n * (largest - smallest)) / (share * N));
}

/**
 * The same value at every step.
 *
 * @example
 * ```ts
 * import { constantSchedule } from '@descant/coconet';
 * constantSchedule(0.5)(3, 10); // => 0.5
 * ```
 */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    value;
