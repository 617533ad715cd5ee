/** What is to be completed: scores with their free cells. */
import { ArgumentError } from '@descant/tensor-ops';
import { checkScore } from '../data/chorales.ts';
import type { Score } from '../data/score.ts';
import { REST } from '../model/input.ts';

/** A score to complete. */
export interface Task {
  /** The pitches of free cells do not matter. */
  readonly score: Score;
  /** 1 for cells to sample, 0 for cells to keep; row-major [T, I]. */
  readonly free: Uint8Array;
}

/** Says whether the cell of a step and a voice is free. */
type IsFree = (step: number, voice: number) => boolean;

const taskOf = (score: Score, isFree: IsFree): Task => ({
  score,
  free: Uint8Array.from(score.flatMap((frame, t) => frame.map((_, v) => (isFree(t, v) ? 1 : 0)))),
});

function checkCount(fn: string, argument: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new ArgumentError(fn, argument, `be a whole number of at least ${least}`, String(value));
}

const restsFor = (steps: number, voices: number): number[][] =>
  Array.from({ length: steps }, () => new Array<number>(voices).fill(REST));

/**
 * A score to be made of nothing.
 *
 * @param options.instruments - Number of voices; default 4.
 *
 * @example
 * ```ts
 * import { compose } from '@descant/coconet';
 * compose({ steps: 2, instruments: 2 }).free; // => [1, 1, 1, 1]
 * ```
 */
export function compose(options: { readonly steps: number; readonly instruments?: number }): Task {
  const { steps, instruments = 4 } = options;
  checkCount('compose', 'steps', steps, 1);
  checkCount('compose', 'instruments', instruments, 1);
  return taskOf(restsFor(steps, instruments), () => true);
}

/**
 * Other voices to a melody, which is kept as it is, with its rests.
 *
 * @param melody - MIDI numbers or -1, one a step.
 * @param options.voice - The voice that the melody is; default 0, the soprano.
 * @param options.instruments - Number of voices with the melody; default 4.
 * @throws ArgumentError when the melody is empty, has only rests, or the voice does not exist.
 *
 * @example
 * ```ts
 * import { harmonise } from '@descant/coconet';
 * const task = harmonise([72, 74]);
 * task.score; // => [[72, -1, -1, -1], [74, -1, -1, -1]]
 * task.free; // => [0, 1, 1, 1, 0, 1, 1, 1]
 * ```
 */
export function harmonise(
  melody: readonly number[],
  options: { readonly voice?: number; readonly instruments?: number } = {},
): Task {
  const { voice = 0, instruments = 4 } = options;
  checkCount('harmonise', 'instruments', instruments, 1);
  checkVoice('harmonise', voice, instruments);
  const score = melody.map((pitch) =>
    Array.from({ length: instruments }, (_, v) => (v === voice ? pitch : REST)),
  );
  checkScore('harmonise', 'melody', score);
  if (melody.every((pitch) => pitch === REST))
    throw new ArgumentError('harmonise', 'melody', 'have at least one note', `${melody.length} rests`);
  return taskOf(score, (_, v) => v !== voice);
}

function checkVoice(fn: string, voice: number, voices: number): void {
  if (!Number.isInteger(voice) || voice < 0 || voice >= voices)
    throw new ArgumentError(fn, 'voice', `be a voice in 0..${voices - 1}`, String(voice));
}

/**
 * The cells of a mask made anew, the others kept.
 *
 * @param mask - For each step and voice whether it is free.
 * @throws ArgumentError when the mask has another size than the score.
 *
 * @example
 * ```ts
 * import { infill } from '@descant/coconet';
 * infill([[72, 48], [74, 50]], [[false, true], [false, false]]).free; // => [0, 1, 0, 0]
 * ```
 */
export function infill(score: Score, mask: readonly (readonly boolean[])[]): Task {
  checkScore('infill', 'score', score);
  const wrong = mask.length !== score.length || mask.some((row) => row.length !== score[0].length);
  if (wrong) {
    const expected = `have ${score.length} steps of ${score[0].length} voices`;
    throw new ArgumentError('infill', 'mask', expected, `${mask.length} steps of ${mask[0]?.length ?? 0}`);
  }
  return taskOf(score, (t, v) => mask[t][v]);
}

/**
 * The continuation of a beginning: as many steps more as asked for.
 *
 * @example
 * ```ts
 * import { complete } from '@descant/coconet';
 * complete([[72, 48]], { steps: 1 }).free; // => [0, 0, 1, 1]
 * ```
 */
export function complete(beginning: Score, options: { readonly steps: number }): Task {
  checkScore('complete', 'beginning', beginning);
  checkCount('complete', 'steps', options.steps, 1);
  const score = [...beginning, ...restsFor(options.steps, beginning[0].length)];
  return taskOf(score, (t) => t >= beginning.length);
}

/**
 * A transition between two fragments: the steps asked for, in between.
 *
 * @throws ArgumentError when the fragments have different numbers of voices.
 *
 * @example
 * ```ts
 * import { transition } from '@descant/coconet';
 * transition([[72, 48]], [[60, 40]], { steps: 1 }).free; // => [0, 0, 1, 1, 0, 0]
 * ```
 */
export function transition(before: Score, after: Score, options: { readonly steps: number }): Task {
  checkScore('transition', 'before', before);
  checkScore('transition', 'after', after);
  checkCount('transition', 'steps', options.steps, 1);
  const voices = before[0].length;
  if (after[0].length !== voices)
    throw new ArgumentError('transition', 'after', `have ${voices} voices`, String(after[0].length));
  const end = before.length + options.steps;
  return taskOf(
    [...before, ...restsFor(options.steps, voices), ...after],
    (t) => t >= before.length && t < end,
  );
}

/**
 * Some voices made anew, the others kept.
 *
 * @example
 * ```ts
 * import { revoice } from '@descant/coconet';
 * revoice([[72, 67, 48]], { voices: [1, 2] }).free; // => [0, 1, 1]
 * ```
 */
export function revoice(score: Score, options: { readonly voices: readonly number[] }): Task {
  checkScore('revoice', 'score', score);
  for (const voice of options.voices) checkVoice('revoice', voice, score[0].length);
  return taskOf(score, (_, v) => options.voices.includes(v));
}

/**
 * A score at a finer resolution: its steps are kept at every `factor`-th step, those between are free.
 *
 * @example
 * ```ts
 * import { upsample } from '@descant/coconet';
 * upsample([[72], [74]], { factor: 2 }).free; // => [0, 1, 0, 1]
 * ```
 */
export function upsample(score: Score, options: { readonly factor: number }): Task {
  checkScore('upsample', 'score', score);
  checkCount('upsample', 'factor', options.factor, 2);
  const { factor } = options;
  const stretched = score.flatMap((frame) => Array.from({ length: factor }, () => frame));
  return taskOf(stretched, (t) => t % factor !== 0);
}

/** A rectangle of steps and voices. */
export interface Region {
  /** First step, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Default: all. */
  readonly voices?: readonly number[];
}

/**
 * A region made anew, the rest kept.
 *
 * @throws ArgumentError when the region is empty or reaches beyond the score.
 *
 * @example
 * ```ts
 * import { regenerate } from '@descant/coconet';
 * regenerate([[72, 48], [74, 50]], { from: 1, to: 2, voices: [1] }).free; // => [0, 0, 0, 1]
 * ```
 */
export function regenerate(score: Score, { from, to, voices }: Region): Task {
  checkScore('regenerate', 'score', score);
  const whole = [from, to].every(Number.isInteger) && from >= 0 && to > from && to <= score.length;
  if (!whole) {
    const expected = `have 0 <= from < to <= ${score.length}`;
    throw new ArgumentError('regenerate', 'region', expected, `${from} and ${to}`);
  }
  for (const voice of voices ?? []) checkVoice('regenerate', voice, score[0].length);
  return taskOf(score, (t, v) => t >= from && t < to && (voices?.includes(v) ?? true));
}
