/** A corpus of the user's own from MIDI files. */
import { ArgumentError, key, permutation } from '@descant/tensor-ops';
import type { Corpus } from '../data/chorales.ts';
import type { Score } from '../data/score.ts';
import { type PitchRange, REST } from '../model/input.ts';
import { decodeMidi, type ReadOptions, type ReadReport } from './read-midi.ts';

/** A file with its name, which the report repeats. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Options of `importCorpus`. */
export interface ImportOptions extends ReadOptions, PitchRange {
  /** Scores with fewer steps are dropped; default 16. */
  readonly shortest?: number;
  /** Shares of the scores for validation and for tests; default [0.2, 0.2]. */
  readonly shares?: readonly [valid: number, test: number];
  /** Of the split; default 0. */
  readonly seed?: number;
}

/** What became of a file. */
export interface ImportedFile {
  readonly name: string;
  /** Why the file was dropped; undefined when it is part of the corpus. */
  readonly dropped?: string;
  readonly report?: ReadReport;
}

/** Why a score cannot be used, or nothing. */
function objection(
  score: Score,
  { lowestPitch, highestPitch, shortest = 16 }: ImportOptions,
): string | undefined {
  if (score.length < shortest) return `${score.length} steps; at least ${shortest} are needed`;
  const outside = score.flat().filter((p) => p !== REST && (p < lowestPitch || p > highestPitch));
  if (outside.length > 0) {
    const [low, high] = [Math.min(...outside), Math.max(...outside)];
    return `${outside.length} cells outside of ${lowestPitch}..${highestPitch}, from ${low} to ${high}`;
  }
  return undefined;
}

/**
 * A corpus from MIDI files, split at random, and a report on every file: what was dropped and why.
 *
 * Files that are broken, too short or out of range are dropped; see `decodeMidi` for what happens to notes.
 *
 * @throws ArgumentError when no file can be used, or the shares are no shares.
 *
 * @example
 * ```ts
 * import { encodeMidi, importCorpus } from '@descant/coconet';
 * const bytes = encodeMidi([[72, 48], [72, 50]]);
 * const files = [{ name: 'a.mid', bytes }, { name: 'b.mid', bytes: bytes.slice(0, 9) }];
 * const options = { instruments: 2, lowestPitch: 36, highestPitch: 81, shortest: 2, shares: [0, 0] } as const;
 * const { corpus, files: report } = importCorpus(files, options);
 * corpus.train; // => [[[72, 48], [72, 50]]]
 * report[1].dropped !== undefined; // => true
 * ```
 */
export function importCorpus(
  files: readonly NamedFile[],
  options: ImportOptions,
): { corpus: Corpus; files: ImportedFile[] } {
  const { shares = [0.2, 0.2], seed = 0 } = options;
  if (!(shares.every((share) => share >= 0) && shares[0] + shares[1] < 1))
    throw new ArgumentError(
      'importCorpus',
      'shares',
      'be at least 0 and leave some for training',
      shares.join(', '),
    );
  const scores: Score[] = [];
  const report = files.map(({ name, bytes }): ImportedFile => {
    try {
      const { score, report: read } = decodeMidi(bytes, options);
      const dropped = objection(score, options);
      if (dropped !== undefined) return { name, dropped, report: read };
      scores.push(score);
      return { name, report: read };
    } catch (error) {
      if (!(error instanceof ArgumentError)) throw error;
      return { name, dropped: error.message };
    }
  });
  if (scores.length === 0) {
    const reasons = report.map(({ name, dropped }) => `${name}: ${dropped}`).join('; ');
    throw new ArgumentError(
      'importCorpus',
      'files',
      'hold a usable score',
      reasons === '' ? 'no files' : reasons,
    );
  }
  const order = [...permutation(key(seed), scores.length).data].map((i) => scores[i]);
  const [valid, test] = shares.map((share) => Math.floor(share * scores.length));
  return {
    corpus: {
      valid: order.slice(0, valid),
      test: order.slice(valid, valid + test),
      train: order.slice(valid + test),
    },
    files: report,
  };
}
