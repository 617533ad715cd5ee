/** Stratified sampling from frames, without replacement, and means with standard errors. */
import { foldIn, permutation, type Tensor } from '@descant/tensor-ops';

/** A negative log-likelihood in nats for each frame, over all voices. */
export interface Nll {
  readonly mean: number;
  /** Over frames. */
  readonly standardError: number;
}

/** A part of all frames, and how many of it are drawn. */
export interface Stratum {
  /** Its part of all frames, in (0, 1]. */
  readonly share: number;
  /** The part of it that is drawn; 0 for draws with replacement. */
  readonly fraction: number;
  readonly draws: number;
}

/** A stratum with its frames, by number. */
export interface FrameStratum extends Stratum {
  readonly frames: readonly number[];
}

/** Enough that standard errors stand on something, and few, so that strata are narrow. */
const DRAWS = 8;

/**
 * Frames in strata of like losses, from high to low, each with an equal share of the sum of all losses and as many
 * draws: where the losses' spread is as large as the losses, that is Neyman's allocation. A stratum has at least as
 * many frames as draws.
 *
 * @param losses - Of all frames, by a cheap model; not negative.
 * @param draws - In all, 2 to the number of frames.
 */
export function strataOf(losses: ArrayLike<number>, draws: number): FrameStratum[] {
  const order = Array.from(losses, (_, i) => i).toSorted((a, b) => losses[b] - losses[a]);
  const count = Math.max(1, Math.floor(draws / DRAWS));
  const strata: FrameStratum[] = [];
  let [start, left, rest] = [0, draws, order.reduce((sum, i) => sum + losses[i], 0)];
  for (let remaining = count; remaining > 0; remaining--) {
    const own = Math.round(left / remaining);
    let [end, sum] = [start, 0];
    const isFull = () => end - start >= own && sum >= rest / remaining;
    while (end < order.length && (remaining === 1 || !isFull())) sum += losses[order[end++]];
    // The frames after these suffice for the draws that are left.
    end = Math.min(end, order.length - (left - own));
    const frames = order.slice(start, end);
    strata.push({
      frames,
      share: frames.length / order.length,
      fraction: own / frames.length,
      draws: own,
    });
    [start, left, rest] = [end, left - own, frames.reduce((r, i) => r - losses[i], rest)];
  }
  return strata;
}

/** Frames of every stratum, drawn without replacement, one stratum after the other. */
export const drawFrames = (key: Tensor, strata: readonly FrameStratum[]): number[] =>
  strata.flatMap(({ frames, draws }, h) =>
    [...permutation(foldIn(key, h), frames.length).data.subarray(0, draws)].map((i) => frames[i]),
  );

/** What was measured of a drawn frame. */
export interface Measured {
  readonly loss: number;
  /** Of the loss, for this frame: its orderings and samples; undefined where one ordering does not tell. */
  readonly variance: number | undefined;
}

/**
 * The mean over all frames, from those drawn of each stratum: `sum_h W_h y_h`, with y_h the mean of the n_h drawn, W_h the
 * share. Unbiased.
 *
 * Its variance is `sum_h W_h^2 ((1 - f_h) s_h^2 + f_h v_h) / n_h`, with f_h the fraction drawn, s_h^2 the sample variance
 * and v_h the mean variance of single losses: the finite population spares the spread between frames, not that within
 * them. Where v_h is not known, s_h^2, which is no smaller, stands for it.
 *
 * Source: Cochran (1977), Sampling Techniques, eq. 5.7 and 10.15 (two stages, the second from an infinite population).
 *
 * @param measured - In the order of `drawFrames`.
 */
export function stratifiedMean(strata: readonly Stratum[], measured: readonly Measured[]): Nll {
  let [start, mean, variance] = [0, 0, 0];
  for (const { share, fraction, draws } of strata) {
    const own = measured.slice(start, start + draws);
    const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / draws;
    const center = average(own.map(({ loss }) => loss));
    const spread = (average(own.map(({ loss }) => (loss - center) ** 2)) * draws) / (draws - 1);
    const within = average(own.map((m) => m.variance ?? spread));
    mean += share * center;
    variance += (share ** 2 * ((1 - fraction) * spread + fraction * within)) / draws;
    start += draws;
  }
  return { mean, standardError: Math.sqrt(variance) };
}
