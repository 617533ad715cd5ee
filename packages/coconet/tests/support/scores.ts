import type { Score } from '@descant/coconet';
import fc from 'fast-check';

/** Scores of one to five voices, with rests, each voice with at least one note. */
export const scores: fc.Arbitrary<Score> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 12 }))
  .chain(([voices, steps]) =>
    fc.array(
      fc.array(fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 4 }) }, fc.constant(-1)), {
        minLength: voices,
        maxLength: voices,
      }),
      { minLength: steps, maxLength: steps },
    ),
  )
  // Voices far apart, so that the order of the tracks by pitch is theirs.
  .map((score) => score.map((frame) => frame.map((p, v) => (p < 0 ? -1 : 100 - 20 * v + p))))
  .filter((score) => score[0].every((_, v) => score.some((frame) => frame[v] !== -1)));
