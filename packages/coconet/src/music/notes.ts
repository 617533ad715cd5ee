/** Scores as notes, and notes as scores. */
import { ArgumentError } from '@descant/tensor-ops';
import { checkScore } from '../data/chorales.ts';
import type { Score } from '../data/score.ts';
import { REST } from '../model/input.ts';

/** A note of a voice, from one step to another. */
export interface Note {
  readonly voice: number;
  readonly pitch: number;
  readonly start: number;
  /** The step after the last. */
  readonly end: number;
}

/**
 * The notes of a score, voice by voice: equal pitches that follow each other are one note.
 *
 * A score does not tell a repeated note from a held one.
 *
 * @example
 * ```ts
 * import { notesOf } from '@descant/coconet';
 * notesOf([[60], [60], [-1], [62]]);
 * // => [{ voice: 0, pitch: 60, start: 0, end: 2 }, { voice: 0, pitch: 62, start: 3, end: 4 }]
 * ```
 */
export function notesOf(score: Score): Note[] {
  checkScore('notesOf', 'score', score);
  return score[0].flatMap((_, voice) => {
    const notes: Note[] = [];
    for (const [t, frame] of score.entries()) {
      const pitch = frame[voice];
      const last = notes.at(-1);
      if (pitch === REST) continue;
      if (last && last.end === t && last.pitch === pitch) notes[notes.length - 1] = { ...last, end: t + 1 };
      else notes.push({ voice, pitch, start: t, end: t + 1 });
    }
    return notes;
  });
}

/**
 * The score with the given notes, and rests elsewhere; of notes of a voice that overlap, the last one given sounds.
 *
 * @param options.steps - Length; default: where the last note ends.
 * @throws ArgumentError when a note lies outside of the score, or there is none and no length.
 *
 * @example
 * ```ts
 * import { scoreOf } from '@descant/coconet';
 * scoreOf([{ voice: 1, pitch: 60, start: 0, end: 2 }], { instruments: 2 }); // => [[-1, 60], [-1, 60]]
 * ```
 */
export function scoreOf(
  notes: readonly Note[],
  options: { readonly instruments: number; readonly steps?: number },
): Score {
  const { instruments, steps = Math.max(0, ...notes.map(({ end }) => end)) } = options;
  if (steps < 1)
    throw new ArgumentError('scoreOf', 'notes', 'hold at least one note, or steps be given', '0');
  const score = Array.from({ length: steps }, () => new Array<number>(instruments).fill(REST));
  for (const { voice, pitch, start, end } of notes) {
    if (!(voice >= 0 && voice < instruments && start >= 0 && end <= steps && start < end)) {
      const expected = `lie in ${instruments} voices and ${steps} steps`;
      throw new ArgumentError('scoreOf', 'notes', expected, `voice ${voice}, steps ${start} to ${end}`);
    }
    for (let t = start; t < end; t++) score[t][voice] = pitch;
  }
  checkScore('scoreOf', 'notes', score);
  return score;
}
