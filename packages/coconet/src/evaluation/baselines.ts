/** Models to compare with: uniform, unigram, repeating, Markov, copying the nearest known step. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import { type Conditionals, checkFit, type PartialScores, pitchCount } from '../model/conditionals.ts';
import { type PitchRange, REST } from '../model/input.ts';

/** Voices and pitches of a model. */
export interface Range extends PitchRange {
  readonly instruments: number;
}

/** Log-probabilities of all pitches for the cell of a step and a voice in one score. */
type CellModel = (context: Context, step: number, voice: number) => readonly number[];

/** What is known of one score. */
interface Context {
  readonly steps: number;
  /** The pitch of a known, sounding cell as a number from 0 on; undefined for others and beyond the ends. */
  pitch(step: number, voice: number): number | undefined;
}

function conditionalsFrom(range: Range, reach: Conditionals['reach'], cell: CellModel): Conditionals {
  const { instruments, lowestPitch } = range;
  const count = pitchCount(range);
  return {
    instruments,
    lowestPitch,
    highestPitch: range.highestPitch,
    reach,
    predict({ batch, steps, pitches, known }: PartialScores) {
      const logs = new Float64Array(batch * steps * count * instruments);
      for (let b = 0; b < batch; b++) {
        const context: Context = {
          steps,
          pitch(t, i) {
            const at = (b * steps + t) * instruments + i;
            return t >= 0 && t < steps && known[at] === 1 && pitches[at] !== REST
              ? pitches[at] - lowestPitch
              : undefined;
          },
        };
        for (let t = 0; t < steps; t++)
          for (let i = 0; i < instruments; i++) {
            const own = cell(context, t, i);
            for (let p = 0; p < count; p++) logs[((b * steps + t) * count + p) * instruments + i] = own[p];
          }
      }
      return logs;
    },
  };
}

const NOWHERE = { before: 0, after: 0 };

/**
 * Every pitch alike.
 *
 * @example
 * ```ts
 * import { uniformBaseline } from '@descant/coconet';
 * const model = uniformBaseline({ instruments: 1, lowestPitch: 60, highestPitch: 63 });
 * model.predict({ batch: 1, steps: 1, pitches: new Int32Array(1), known: new Uint8Array(1) })[0]; // => -1.386294
 * ```
 */
export function uniformBaseline(range: Range): Conditionals {
  const logs = new Array<number>(pitchCount(range)).fill(-Math.log(pitchCount(range)));
  return conditionalsFrom(range, NOWHERE, () => logs);
}

/** Probabilities of the pitches of each voice, every count one more than it is, so that none is zero. */
function unigrams(fn: string, scores: readonly Score[], range: Range): number[][] {
  if (scores.length === 0) throw new ArgumentError(fn, 'scores', 'hold at least one score', '0');
  for (const score of scores) checkFit(fn, 'scores', range, score);
  return Array.from({ length: range.instruments }, (_, i) => {
    const counts = new Array<number>(pitchCount(range)).fill(1);
    for (const frame of scores.flat()) if (frame[i] !== REST) counts[frame[i] - range.lowestPitch]++;
    const total = counts.reduce((a, b) => a + b, 0);
    return counts.map((c) => c / total);
  });
}

/**
 * The frequencies of pitches in each voice, whatever the context.
 *
 * @param scores - To count in; each count is one more than it is.
 *
 * @example
 * ```ts
 * import { unigramBaseline } from '@descant/coconet';
 * const model = unigramBaseline([[[60], [60], [61]]], { instruments: 1, lowestPitch: 60, highestPitch: 61 });
 * model.predict({ batch: 1, steps: 1, pitches: new Int32Array(1), known: new Uint8Array(1) }); // => [-0.5108256, -0.9162907]
 * ```
 */
export function unigramBaseline(scores: readonly Score[], range: Range): Conditionals {
  const logs = logarithms(unigrams('unigramBaseline', scores, range));
  return conditionalsFrom(range, NOWHERE, (_context, _step, voice) => logs[voice]);
}

/** A pitch that was heard and the one to predict from it. */
type Pair = readonly [heard: number, next: number];

/** Pairs of sounding pitches of a voice at a distance in steps. */
function pairsAt(scores: readonly Score[], voice: number, distance: number, { lowestPitch }: Range): Pair[] {
  return scores.flatMap((score) =>
    score.slice(distance).flatMap((frame, t): Pair[] => {
      const [heard, next] = [score[t][voice], frame[voice]];
      return heard === REST || next === REST ? [] : [[heard - lowestPitch, next - lowestPitch]];
    }),
  );
}

/** Rounds of expectation maximisation; the share has converged long before. */
const ROUNDS = 50;

/** The share lambda of repetition in `lambda [next = heard] + (1 - lambda) unigram` that makes pairs most likely. */
function repetitionShare(pairs: readonly Pair[], unigram: readonly number[]): number {
  const repeats = unigram.map(() => 0);
  for (const [heard, next] of pairs) if (heard === next) repeats[next]++;
  let share = 0.5;
  for (let round = 0; round < ROUNDS && pairs.length > 0; round++) {
    const repeated = repeats.reduce((sum, n, p) => sum + (n * share) / (share + (1 - share) * unigram[p]), 0);
    share = repeated / pairs.length;
  }
  return share;
}

const mixture = (share: number, heard: number, unigram: readonly number[]): number[] =>
  unigram.map((u, p) => Math.log((p === heard ? share : 0) + (1 - share) * u));

/** A model of each voice by its pitch of the step before; `alone` where that is unknown or a rest. */
const chain = (range: Range, alone: readonly number[][], tables: readonly number[][][]): Conditionals =>
  conditionalsFrom(range, { before: 1, after: 0 }, (context, step, voice) => {
    const heard = context.pitch(step - 1, voice);
    return heard === undefined ? alone[voice] : tables[voice][heard];
  });

const logarithms = (rows: readonly number[][]): number[][] => rows.map((row) => row.map(Math.log));

/**
 * The pitch of the step before, or one of the unigram: a mixture in each voice, with the share that makes the scores
 * most likely. The unigram alone where the step before is unknown or a rest.
 *
 * @example
 * ```ts
 * import { repeatBaseline } from '@descant/coconet';
 * const model = repeatBaseline([[[60], [60], [61]]], { instruments: 1, lowestPitch: 60, highestPitch: 61 });
 * const scores = { batch: 1, steps: 2, pitches: Int32Array.of(60, 0), known: Uint8Array.of(1, 0) };
 * model.predict(scores)[2] > model.predict(scores)[3]; // => true
 * ```
 */
export function repeatBaseline(scores: readonly Score[], range: Range): Conditionals {
  const base = unigrams('repeatBaseline', scores, range);
  const tables = base.map((own, voice) => {
    const share = repetitionShare(pairsAt(scores, voice, 1, range), own);
    return own.map((_, heard) => mixture(share, heard, own));
  });
  return chain(range, logarithms(base), tables);
}

/** Weight of the unigram in a row of transitions, as that many pairs more. */
const PRIOR_PAIRS = 5;

/**
 * A Markov chain in each voice: frequencies of the pitches after the one of the step before, with the unigram as five
 * pairs more.
 *
 * @example
 * ```ts
 * import { markovBaseline } from '@descant/coconet';
 * const model = markovBaseline([[[60], [61], [60], [61]]], { instruments: 1, lowestPitch: 60, highestPitch: 61 });
 * const scores = { batch: 1, steps: 2, pitches: Int32Array.of(60, 0), known: Uint8Array.of(1, 0) };
 * model.predict(scores)[3] > model.predict(scores)[2]; // => true
 * ```
 */
export function markovBaseline(scores: readonly Score[], range: Range): Conditionals {
  const base = unigrams('markovBaseline', scores, range);
  const tables = base.map((own, voice) => {
    const counts = own.map(() => own.map((u) => PRIOR_PAIRS * u));
    for (const [heard, next] of pairsAt(scores, voice, 1, range)) counts[heard][next]++;
    return counts.map((row) => {
      const total = row.reduce((a, b) => a + b, 0);
      return row.map((c) => Math.log(c / total));
    });
  });
  return chain(range, logarithms(base), tables);
}

/** Beyond this distance in steps nothing is copied. */
const FARTHEST = 32;

/**
 * The pitch of the nearest known step of the voice, before or after, or one of the unigram: mixtures with a share for
 * each voice and distance; both neighbours, where two are as near.
 *
 * It knows nothing of harmony, and still does well under "random, M = 5": that is no likelihood.
 *
 * @example
 * ```ts
 * import { copyNearestBaseline } from '@descant/coconet';
 * const model = copyNearestBaseline([[[60], [60], [61]]], { instruments: 1, lowestPitch: 60, highestPitch: 61 });
 * const scores = { batch: 1, steps: 2, pitches: Int32Array.of(0, 60), known: Uint8Array.of(0, 1) };
 * model.predict(scores)[0] > model.predict(scores)[1]; // => true
 * ```
 */
export function copyNearestBaseline(scores: readonly Score[], range: Range): Conditionals {
  const base = unigrams('copyNearestBaseline', scores, range);
  const alone = logarithms(base);
  const shares = base.map((own, voice) =>
    Array.from({ length: FARTHEST + 1 }, (_, d) =>
      d === 0 ? 0 : repetitionShare(pairsAt(scores, voice, d, range), own),
    ),
  );
  return conditionalsFrom(range, { before: FARTHEST, after: FARTHEST }, (context, step, voice) => {
    for (let d = 1; d <= Math.min(FARTHEST, context.steps); d++) {
      const near = [step - d, step + d].map((t) => context.pitch(t, voice)).filter((p) => p !== undefined);
      if (near.length === 0) continue;
      const share = shares[voice][d];
      return base[voice].map((u, p) => {
        const copied = near.filter((heard) => heard === p).length / near.length;
        return Math.log(share * copied + (1 - share) * u);
      });
    }
    return alone[voice];
  });
}
