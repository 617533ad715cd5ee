/** Batches of random crops, transposed and masked: a pure function of a key and a step, so that training resumes. */
import {
  ArgumentError,
  at,
  foldIn,
  permutation,
  randint,
  split,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import { type PitchRange, REST } from '../model/input.ts';
import { orderlessMask } from './masks.ts';

/** Scores of equal length with their masks, all [B, T, I]. */
export interface Batch {
  /** MIDI numbers or -1, int32. */
  readonly pitches: Tensor;
  /** 1 for hidden cells; 1 for known cells; neither beyond the end of a shorter score. float32. */
  readonly hidden: Tensor;
  readonly known: Tensor;
}

/** Options of `trainingBatch`. */
export interface BatchOptions extends PitchRange {
  readonly batchSize: number;
  /** T, the length of the crops. */
  readonly steps: number;
  /** Lowest and highest transposition in semitones; default [0, 0]. Those that leave the range are not drawn. */
  readonly transposition?: readonly [number, number];
}

/** One crop, padded to the length asked for. */
interface Example {
  readonly frames: Score;
  readonly hidden: Float32Array;
}

function randomExample(key: Tensor, score: Score, options: BatchOptions): Example {
  const { steps, lowestPitch, highestPitch, transposition = [0, 0] } = options;
  const [cropKey, shiftKey, maskKey] = [0, 1, 2].map((i) => at(split(key, 3), i));
  const starts = Math.max(0, score.length - steps) + 1;
  const first = randint(cropKey, [], 0, starts).item();
  const crop = score.slice(first, first + steps);
  const sounding = crop.flat().filter((p) => p !== REST);
  const low = Math.max(transposition[0], lowestPitch - Math.min(...sounding));
  const high = Math.min(transposition[1], highestPitch - Math.max(...sounding));
  const shift = sounding.length > 0 && low < high ? randint(shiftKey, [], low, high + 1).item() : 0;
  return {
    frames: crop.map((frame) => frame.map((p) => (p === REST ? REST : p + shift))),
    hidden: orderlessMask(maskKey, crop.length * crop[0].length),
  };
}

function collate(examples: readonly Example[], steps: number): Batch {
  const voices = examples[0].frames[0].length;
  const shape = [examples.length, steps, voices];
  const size = examples.length * steps * voices;
  const pitches = new Int32Array(size).fill(REST);
  const [hidden, known] = [new Float32Array(size), new Float32Array(size)];
  examples.forEach(({ frames, hidden: mask }, b) => {
    const start = b * steps * voices;
    pitches.set(frames.flat(), start);
    hidden.set(mask, start);
    known.set(
      mask.map((m) => 1 - m),
      start,
    );
  });
  return {
    pitches: tensor(pitches, { shape, dtype: 'int32' }),
    hidden: tensor(hidden, { shape }),
    known: tensor(known, { shape }),
  };
}

/**
 * The batch of a training step: every epoch visits each score once in a random order, with a random crop,
 * transposition and mask.
 *
 * Source: Cooijmans (2023), thesis, section 3.3; transposition is an addition.
 *
 * @param key - The key of the whole training; the same key and step give the same batch.
 * @param step - Number of batches before this one.
 * @throws ArgumentError when there are no scores, or an empty one.
 *
 * @example
 * ```ts
 * import { trainingBatch } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const score = Array.from({ length: 8 }, (_, t) => [60 + t, 55]);
 * const options = { batchSize: 2, steps: 4, lowestPitch: 48, highestPitch: 72 };
 * trainingBatch(key(0), [score], 0, options).pitches.shape; // => [2, 4, 2]
 * ```
 */
export function trainingBatch(
  key: Tensor,
  scores: readonly Score[],
  step: number,
  options: BatchOptions,
): Batch {
  if (scores.length === 0) throw new ArgumentError('trainingBatch', 'scores', 'hold at least one score', '0');
  const empty = scores.findIndex((score) => score.length === 0);
  if (empty >= 0)
    throw new ArgumentError(
      'trainingBatch',
      'scores',
      'have at least one step each',
      `none in score ${empty}`,
    );
  const [orderKey, exampleKey] = [0, 1].map((i) => at(split(key), i));
  const stepKeys = split(foldIn(exampleKey, step), options.batchSize);
  const orders = new Map<number, ArrayLike<number>>();
  const examples = Array.from({ length: options.batchSize }, (_, b) => {
    const place = step * options.batchSize + b;
    const epoch = Math.floor(place / scores.length);
    let order = orders.get(epoch);
    if (!order) {
      order = permutation(foldIn(orderKey, epoch), scores.length).data;
      orders.set(epoch, order);
    }
    return randomExample(at(stepKeys, b), scores[order[place % scores.length]], options);
  });
  return collate(examples, options.steps);
}
