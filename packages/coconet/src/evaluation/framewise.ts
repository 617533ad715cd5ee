/** Framewise negative log-likelihoods of every frame. */
import { ArgumentError, at, foldIn, permutation, split, type Tensor } from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import type { Conditionals } from '../model/conditionals.ts';
import { type FrameOptions, type FrameQuery, frameLogLikelihoods } from './frames.ts';
import { type Measured, type Nll, type Stratum, stratifiedMean } from './strata.ts';

/** The order in which frames become known: from first to last, or random. */
export type FrameOrder = 'chronological' | 'random';

/** Options of the framewise evaluations. */
export interface FramewiseOptions extends FrameOptions {
  readonly order: FrameOrder;
  /** M. */
  readonly orderings: number;
}

/** What an evaluation finds. */
export interface FramewiseResult {
  /** One ordering; the mean over the M that were drawn. A proper likelihood. */
  readonly single: Nll;
  /** M orderings as a mixture in every frame; with random orderings not a likelihood of a whole score. */
  readonly ensemble: Nll;
  readonly orderings: number;
  /** Number of frames. */
  readonly n: number;
}

/** log of the mean of exponentials. */
export function logMeanExp(x: readonly number[]): number {
  const top = Math.max(...x);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(x.reduce((sum, v) => sum + Math.exp(v - top), 0) / x.length);
}

/** The mean over M orderings, with its variance. */
function single(logs: readonly number[]): Measured {
  const M = logs.length;
  const loss = -logs.reduce((a, b) => a + b, 0) / M;
  const spread = logs.reduce((sum, log) => sum + (log + loss) ** 2, 0);
  return { loss, variance: M === 1 ? undefined : spread / (M - 1) / M };
}

/** The mixture of M orderings, with its variance by the jackknife, which on average is not too small. */
function ensemble(logs: readonly number[]): Measured {
  const M = logs.length;
  const loss = -logMeanExp(logs);
  if (M === 1) return { loss, variance: undefined };
  const others = logs.map((_, m) => -logMeanExp(logs.toSpliced(m, 1)));
  const center = others.reduce((a, b) => a + b, 0) / M;
  return { loss, variance: (others.reduce((sum, o) => sum + (o - center) ** 2, 0) * (M - 1)) / M };
}

/** Throws unless there are frames, and the options make sense. */
export function checkFramewise(
  fn: string,
  { order, orderings }: FramewiseOptions,
  scores: readonly Score[],
): void {
  if (order !== 'chronological' && order !== 'random')
    throw new ArgumentError(fn, 'order', 'be "chronological" or "random"', String(order));
  if (!Number.isInteger(orderings) || orderings < 1)
    throw new ArgumentError(fn, 'orderings', 'be a whole number of at least 1', String(orderings));
  if (scores.flat().length === 0) throw new ArgumentError(fn, 'scores', 'have frames', '0');
}

/** Each of M orderings asks for every frame of every score: [frames][M] by score. */
function allQueries(
  key: Tensor,
  scores: readonly Score[],
  { order, orderings }: FramewiseOptions,
): FrameQuery[] {
  return scores.flatMap((score, s) => {
    const byOrdering = Array.from({ length: orderings }, (_, m) => {
      const frames =
        order === 'chronological'
          ? [...score.keys()]
          : [...permutation(foldIn(foldIn(key, s), m), score.length).data];
      const known = new Uint8Array(score.length);
      const queries = new Array<FrameQuery>(score.length);
      for (const frame of frames) {
        queries[frame] = { score, frame, known: known.slice() };
        known[frame] = 1;
      }
      return queries;
    });
    return score.flatMap((_, frame) => byOrdering.map((queries) => queries[frame]));
  });
}

/** Losses of frames in strata, M queries a frame. */
export async function evaluateStrata(
  conditionals: Conditionals,
  strata: readonly Stratum[],
  queries: readonly FrameQuery[],
  key: Tensor,
  options: FramewiseOptions,
): Promise<FramewiseResult> {
  const logs = await frameLogLikelihoods(conditionals, queries, { ...options, key });
  const M = options.orderings;
  const n = logs.length / M;
  const byFrame = Array.from({ length: n }, (_, i) => [...logs.subarray(i * M, (i + 1) * M)]);
  return {
    single: stratifiedMean(strata, byFrame.map(single)),
    ensemble: stratifiedMean(strata, byFrame.map(ensemble)),
    orderings: M,
    n,
  };
}

/**
 * Framewise negative log-likelihood of scores, every frame under M orderings:
 * `-mean over frames t of log (1/M) sum over m of p(x_t | frames before t in ordering m)`.
 *
 * Within a frame, voices come in a random order and see what `conditioning` says of those before. The voices' order is
 * drawn anew for each frame and ordering, also when frames are in chronological order.
 *
 * Source: Cooijmans (2023), thesis, algorithm 1 and table 3.1.
 *
 * @throws ArgumentError when there is no frame, or an option is out of range; the signal's reason when it is aborted.
 *
 * @example
 * ```ts
 * import { framewiseNll, uniformBaseline } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const model = uniformBaseline({ instruments: 1, lowestPitch: 60, highestPitch: 69 });
 * const options = { key: key(0), order: 'random', orderings: 2 } as const;
 * const { single } = await framewiseNll(model, [[[60], [61], [-1]]], options);
 * single.mean; // => 1.535057
 * ```
 */
export async function framewiseNll(
  conditionals: Conditionals,
  scores: readonly Score[],
  options: FramewiseOptions,
): Promise<FramewiseResult> {
  checkFramewise('framewiseNll', options, scores);
  const keys = split(options.key);
  const queries = allQueries(at(keys, 0), scores, options);
  // Standard errors are those of a sample of frames like these.
  const all = { share: 1, fraction: 0, draws: queries.length / options.orderings };
  return evaluateStrata(conditionals, [all], queries, at(keys, 1), options);
}
