/** The corpus of four-part chorales: its text, checked, and its three temporal resolutions. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Score } from './score.ts';

/** Scores for training, validation and tests. */
export interface Corpus {
  readonly train: readonly Score[];
  readonly valid: readonly Score[];
  readonly test: readonly Score[];
}

/** Length of a step: a quarter, an eighth or a sixteenth note. */
export type Resolution = 'quarter' | 'eighth' | 'sixteenth';

/** Sixteenths in a step. */
const SIXTEENTHS: Readonly<Record<Resolution, number>> = { quarter: 4, eighth: 2, sixteenth: 1 };

const SPLITS = ['train', 'valid', 'test'] as const;

const isPitch = (x: unknown): boolean => Number.isInteger(x) && Number(x) >= -1 && Number(x) <= 127;

/** The first thing wrong with a score, or nothing. */
function flaw(score: unknown): string | undefined {
  if (!Array.isArray(score) || score.length === 0) return 'no steps';
  const width = Array.isArray(score[0]) ? score[0].length : 0;
  for (const [t, frame] of score.entries()) {
    if (!Array.isArray(frame) || frame.length !== width || width === 0)
      return `${JSON.stringify(frame)} at step ${t}`;
    const wrong = frame.find((p) => !isPitch(p));
    if (wrong !== undefined) return `${JSON.stringify(wrong)} at step ${t}`;
  }
  return undefined;
}

/**
 * Throws unless a score has steps, each with the same number of voices, of MIDI numbers or -1.
 *
 * @param fn - The function that the message names.
 * @param argument - The argument that it names.
 * @throws ArgumentError saying which step is wrong.
 *
 * @example
 * ```ts
 * import { checkScore } from '@descant/coconet';
 * checkScore('play', 'score', [[60, 55], [62, -1]]);
 * ```
 */
export function checkScore(fn: string, argument: string, score: Score): void {
  const wrong = flaw(score);
  if (wrong !== undefined)
    throw new ArgumentError(
      fn,
      argument,
      'hold steps of equally many MIDI numbers in 0..127, or -1 for rests',
      wrong,
    );
}

/**
 * The corpus in the text of a file such as Jsb16thSeparated.json: `{ train, valid, test }`, lists of scores.
 *
 * @throws ArgumentError for other text, naming split, score and step.
 *
 * @example
 * ```ts
 * import { parseCorpus } from '@descant/coconet';
 * const corpus = parseCorpus('{ "train": [[[72, 67, 64, 48]]], "valid": [], "test": [] }');
 * corpus.train; // => [[[72, 67, 64, 48]]]
 * ```
 */
export function parseCorpus(text: string): Corpus {
  const fn = 'parseCorpus';
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new ArgumentError(fn, 'text', 'be JSON', error instanceof Error ? error.message : String(error));
  }
  const splits = typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
  for (const split of SPLITS) {
    const scores = splits[split];
    if (!Array.isArray(scores)) {
      const keys = Object.keys(splits).join(', ');
      throw new ArgumentError(
        fn,
        'text',
        `hold a list of scores "${split}"`,
        keys === '' ? 'none' : `only ${keys}`,
      );
    }
    for (const [i, score] of scores.entries()) checkScore(fn, `score ${i} of "${split}"`, score);
  }
  const { train, valid, test } = splits as Record<(typeof SPLITS)[number], Score[]>;
  return { train, valid, test };
}

/**
 * A corpus of sixteenths at another resolution: every second or fourth step.
 *
 * @throws ArgumentError for an unknown resolution.
 *
 * @example
 * ```ts
 * import { atResolution } from '@descant/coconet';
 * const scores = [[[60], [61], [62], [63], [64]]];
 * atResolution({ train: scores, valid: [], test: [] }, 'quarter').train; // => [[[60], [64]]]
 * ```
 */
export function atResolution(corpus: Corpus, resolution: Resolution): Corpus {
  const stride = Object.hasOwn(SIXTEENTHS, resolution) ? SIXTEENTHS[resolution] : undefined;
  if (stride === undefined) {
    const expected = `be one of ${Object.keys(SIXTEENTHS).join(', ')}`;
    throw new ArgumentError('atResolution', 'resolution', expected, String(resolution));
  }
  const thin = (scores: readonly Score[]) => scores.map((score) => score.filter((_, t) => t % stride === 0));
  return { train: thin(corpus.train), valid: thin(corpus.valid), test: thin(corpus.test) };
}
