/** Framewise negative log-likelihoods: every frame of a score, or an unbiased estimate from random ones. */
import { ArgumentError, at, foldIn, permutation, randint, split, type Tensor } from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import type { Conditionals } from '../model/conditionals.ts';
import { type FrameOptions, type FrameQuery, frameLogLikelihoods } from './frames.ts';

/** The order in which frames become known: from first to last, or random. */
export type FrameOrder = 'chronological' | 'random';

/** Options of the framewise evaluations. */
export interface FramewiseOptions extends FrameOptions {
  readonly order: FrameOrder;
  /** M. */
  readonly orderings: number;
}

/** A negative log-likelihood in nats for each frame, over all voices. */
export interface Nll {
  readonly mean: number;
  /** Over frames. */
  readonly standardError: number;
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

function nllOf(losses: readonly number[]): Nll {
  const n = losses.length;
  const mean = losses.reduce((a, b) => a + b, 0) / n;
  const variance = losses.reduce((a, b) => a + (b - mean) ** 2, 0) / (n - 1);
  return { mean, standardError: Math.sqrt(variance / n) };
}

/** From log-likelihoods by frame and ordering, [n][M]. */
function summarise(logs: readonly (readonly number[])[]): FramewiseResult {
  const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
  return {
    single: nllOf(logs.map((own) => -mean(own))),
    ensemble: nllOf(logs.map((own) => -logMeanExp(own))),
    orderings: logs[0].length,
    n: logs.length,
  };
}

function checkOptions(fn: string, { order, orderings }: FramewiseOptions, scores: readonly Score[]): void {
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

async function evaluate(
  conditionals: Conditionals,
  queries: readonly FrameQuery[],
  key: Tensor,
  options: FramewiseOptions,
): Promise<FramewiseResult> {
  const logs = await frameLogLikelihoods(conditionals, queries, { ...options, key });
  const M = options.orderings;
  return summarise(Array.from({ length: logs.length / M }, (_, i) => [...logs.subarray(i * M, (i + 1) * M)]));
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
  checkOptions('framewiseNll', options, scores);
  const keys = split(options.key);
  return evaluate(conditionals, allQueries(at(keys, 0), scores, options), at(keys, 1), options);
}

/** Options of `estimateFramewiseNll`. */
export interface EstimateOptions extends FramewiseOptions {
  /** Number n of frames, drawn uniformly with replacement. */
  readonly frames: number;
}

/** A frame and M sets of known frames for it, as random orderings would have them before it. */
function randomQueries(
  key: Tensor,
  scores: readonly Score[],
  { order, orderings }: FramewiseOptions,
): FrameQuery[] {
  const lengths = scores.map((score) => score.length);
  const keys = split(key);
  let place = randint(
    at(keys, 0),
    [],
    0,
    lengths.reduce((a, b) => a + b, 0),
  ).item();
  let s = 0;
  while (place >= lengths[s]) place -= lengths[s++];
  const [score, frame] = [scores[s], place];
  return Array.from({ length: orderings }, (_, m) => {
    const known = new Uint8Array(score.length);
    // The frames before this one in a random ordering are a set of uniform size, uniform among those of its size.
    const sequence =
      order === 'chronological' ? score.keys() : permutation(foldIn(at(keys, 1), m), score.length).data;
    for (const t of sequence) {
      if (t === frame) break;
      known[t] = 1;
    }
    return { score, frame, known };
  });
}

/**
 * An unbiased estimate of `framewiseNll` with independent orderings for every frame: n frames drawn uniformly, each
 * under M independent orderings.
 *
 * @returns As `framewiseNll`; the standard errors are those of the estimate.
 * @throws ArgumentError when there is no frame, or an option is out of range; the signal's reason when it is aborted.
 *
 * @example
 * ```ts
 * import { estimateFramewiseNll, uniformBaseline } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const model = uniformBaseline({ instruments: 1, lowestPitch: 60, highestPitch: 69 });
 * const options = { key: key(0), order: 'random', orderings: 2, frames: 5 } as const;
 * const { ensemble } = await estimateFramewiseNll(model, [[[60], [61]]], options);
 * ensemble.mean; // => 2.302585
 * ```
 */
export async function estimateFramewiseNll(
  conditionals: Conditionals,
  scores: readonly Score[],
  options: EstimateOptions,
): Promise<FramewiseResult> {
  const fn = 'estimateFramewiseNll';
  checkOptions(fn, options, scores);
  if (!Number.isInteger(options.frames) || options.frames < 2)
    throw new ArgumentError(fn, 'frames', 'be a whole number of at least 2', String(options.frames));
  const keys = split(options.key);
  const drawn = Array.from({ length: options.frames }, (_, i) => foldIn(at(keys, 0), i));
  const queries = drawn.flatMap((k) => randomQueries(k, scores, options));
  return evaluate(conditionals, queries, at(keys, 1), options);
}
