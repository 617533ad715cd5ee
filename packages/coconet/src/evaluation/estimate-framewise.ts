/** An unbiased estimate of framewise negative log-likelihoods, from some of the frames. */
import {
  ArgumentError,
  at,
  foldIn,
  key,
  permutation,
  randint,
  split,
  type Tensor,
} from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import type { Conditionals } from '../model/conditionals.ts';
import { type FrameQuery, frameLogLikelihoods } from './frames.ts';
import { checkFramewise, evaluateStrata, type FramewiseOptions, type FramewiseResult } from './framewise.ts';
import { drawFrames, type FrameStratum, strataOf } from './strata.ts';

/** Options of `estimateFramewiseNll`. */
export interface EstimateOptions extends FramewiseOptions {
  /** Number n of frames. */
  readonly frames: number;
  /**
   * A cheap model, such as `markovBaseline`, which is asked about every frame in chronological order. With it, frames
   * are drawn without replacement from strata of like losses, which makes the standard error smaller; without, uniformly
   * with replacement.
   */
  readonly stratifyBy?: Conditionals;
}

/** A frame of some scores. */
interface Place {
  readonly score: Score;
  readonly frame: number;
}

/** M sets of known frames for a frame, as orderings would have them before it. */
function queriesAt(
  ownKey: Tensor,
  { score, frame }: Place,
  { order, orderings }: Pick<FramewiseOptions, 'order' | 'orderings'>,
): FrameQuery[] {
  return Array.from({ length: orderings }, (_, m) => {
    const known = new Uint8Array(score.length);
    // The frames before this one in a random ordering are a set of uniform size, uniform among those of its size.
    const sequence =
      order === 'chronological' ? score.keys() : permutation(foldIn(ownKey, m), score.length).data;
    for (const t of sequence) {
      if (t === frame) break;
      known[t] = 1;
    }
    return { score, frame, known };
  });
}

/** Strata of all frames by the losses of a cheap model. */
async function strataBy(
  model: Conditionals,
  places: readonly Place[],
  draws: number,
  { signal }: FramewiseOptions,
): Promise<FrameStratum[]> {
  const chronological = { order: 'chronological', orderings: 1 } as const;
  // Nothing is drawn in chronological order, given the truth.
  const unused = key(0);
  const queries = places.flatMap((place) => queriesAt(unused, place, chronological));
  const logs = await frameLogLikelihoods(model, queries, {
    key: unused,
    conditioning: 'teacherForced',
    batchSize: 256,
    ...(signal ? { signal } : {}),
  });
  return strataOf(
    logs.map((log) => -log),
    draws,
  );
}

/**
 * An unbiased estimate of `framewiseNll` with independent orderings for every frame: n frames, each under M independent
 * orderings.
 *
 * Frames are drawn uniformly, or from strata (`stratifyBy`): sorted by the loss of a cheap model, they are parted so that
 * every stratum has an equal share of the sum of these losses, and as many are drawn from each. See `stratifiedMean`, which
 * is not exported, for the estimate and its standard error: Cochran (1977), Sampling Techniques, chapters 5 and 10.
 *
 * @returns As `framewiseNll`; the standard errors are those of the estimate.
 * @throws ArgumentError when there is no frame, or an option is out of range; the signal's reason when it is aborted.
 *
 * @example
 * ```ts
 * import { estimateFramewiseNll, markovBaseline, uniformBaseline } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const range = { instruments: 1, lowestPitch: 60, highestPitch: 69 };
 * const scores = [[[60], [61], [61]]];
 * const stratifyBy = markovBaseline(scores, range);
 * const options = { key: key(0), order: 'random', orderings: 2, frames: 2, stratifyBy } as const;
 * const { ensemble } = await estimateFramewiseNll(uniformBaseline(range), scores, options);
 * ensemble.mean; // => 2.302585
 * ```
 */
export async function estimateFramewiseNll(
  conditionals: Conditionals,
  scores: readonly Score[],
  options: EstimateOptions,
): Promise<FramewiseResult> {
  const fn = 'estimateFramewiseNll';
  checkFramewise(fn, options, scores);
  const places = scores.flatMap((score) => score.map((_, frame) => ({ score, frame })));
  const { frames: n, stratifyBy } = options;
  const most = stratifyBy ? places.length : Number.POSITIVE_INFINITY;
  if (!Number.isInteger(n) || n < 2 || n > most) {
    const expected = 'be a whole number of at least 2';
    const limit = n > most ? `, and with stratifyBy at most ${most}, the number of frames` : '';
    throw new ArgumentError(fn, 'frames', expected + limit, String(n));
  }
  const keys = split(options.key);
  const own = Array.from({ length: n }, (_, i) => split(foldIn(at(keys, 0), i)));
  const strata = stratifyBy ? await strataBy(stratifyBy, places, n, options) : undefined;
  const drawn = strata
    ? drawFrames(at(split(at(keys, 0)), 0), strata)
    : own.map((k) => randint(at(k, 0), [], 0, places.length).item());
  const queries = drawn.flatMap((place, i) => queriesAt(at(own[i], 1), places[place], options));
  const withReplacement = [{ share: 1, fraction: 0, draws: n }];
  return evaluateStrata(conditionals, strata ?? withReplacement, queries, at(keys, 1), options);
}
