/** Notewise negative log-likelihoods: each note given the truth of those before it. */
import { ArgumentError, at, foldIn, permutation, randint, split, type Tensor } from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import { type Conditionals, checkFit, pitchCount } from '../model/conditionals.ts';
import { REST } from '../model/input.ts';
import { nextTurn } from '../next-turn.ts';
import { placeOf } from '../sampling/draw.ts';
import type { FrameOrder } from './framewise.ts';
import { batchesOfLike, windowAt } from './windows.ts';

/** Cells that are predicted at a time. */
const BATCH = 16;

/** Options of `notewiseNll`. */
export interface NotewiseOptions {
  readonly key: Tensor;
  /** Whether notes come from first to last, those of a step in a random order, or all in a random order. */
  readonly order: FrameOrder;
  /** Number n of cells, drawn uniformly with replacement. */
  readonly notes: number;
  readonly signal?: AbortSignal;
}

/** Nats for each cell; rests count as cells and add nothing. */
export interface NotewiseResult {
  readonly mean: number;
  readonly standardError: number;
  readonly n: number;
}

/** One cell to predict, cut to the steps that it depends on. */
interface Query {
  readonly frames: Score;
  readonly known: Uint8Array;
  readonly cell: number;
}

/** A uniform cell of a corpus, with what comes before it in an ordering. */
function randomQuery(
  key: Tensor,
  scores: readonly Score[],
  conditionals: Conditionals,
  order: FrameOrder,
): Query {
  const { instruments, reach } = conditionals;
  const keys = split(key);
  let cell = randint(at(keys, 0), [], 0, scores.flat().length * instruments).item();
  let s = 0;
  while (cell >= scores[s].length * instruments) cell -= scores[s++].length * instruments;
  const score = scores[s];
  const stepOf = (c: number) => Math.floor(c / instruments);
  const random = permutation(at(keys, 1), score.length * instruments).data;
  const known = new Uint8Array(random.length);
  for (const c of order === 'random' ? random : random.toSorted((a, b) => stepOf(a) - stepOf(b))) {
    if (c === cell) break;
    known[c] = 1;
  }
  const { first, length } = windowAt(score.length, stepOf(cell), reach);
  return {
    frames: score.slice(first, first + length),
    known: known.slice(first * instruments, (first + length) * instruments),
    cell: cell - first * instruments,
  };
}

/**
 * An unbiased estimate of the notewise negative log-likelihood: cells drawn uniformly, each given the true values of
 * the cells before it in an ordering.
 *
 * In random order this is the expectation of the training loss (`orderlessLoss`) on whole scores.
 *
 * Source: Cooijmans (2023), thesis, section 3.4, on teacher forcing; Uria et al. (2014).
 *
 * @throws ArgumentError when scores do not fit the model or an option is out of range.
 *
 * @example
 * ```ts
 * import { notewiseNll, uniformBaseline } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const model = uniformBaseline({ instruments: 2, lowestPitch: 60, highestPitch: 69 });
 * const options = { key: key(0), order: 'random', notes: 4 } as const;
 * (await notewiseNll(model, [[[60, 61]]], options)).mean; // => 2.302585
 * ```
 */
export async function notewiseNll(
  conditionals: Conditionals,
  scores: readonly Score[],
  { key, order, notes, signal }: NotewiseOptions,
): Promise<NotewiseResult> {
  const fn = 'notewiseNll';
  if (!Number.isInteger(notes) || notes < 2)
    throw new ArgumentError(fn, 'notes', 'be a whole number of at least 2', String(notes));
  if (order !== 'chronological' && order !== 'random')
    throw new ArgumentError(fn, 'order', 'be "chronological" or "random"', String(order));
  for (const score of scores) checkFit(fn, 'scores', conditionals, score);
  if (scores.flat().length === 0) throw new ArgumentError(fn, 'scores', 'have notes', '0');
  const { instruments, lowestPitch } = conditionals;
  const queries = Array.from({ length: notes }, (_, i) =>
    randomQuery(foldIn(key, i), scores, conditionals, order),
  );
  const losses = new Float64Array(notes);
  for (const batch of batchesOfLike(queries, ({ frames }) => frames.length, BATCH)) {
    signal?.throwIfAborted();
    const steps = batch[0].item.frames.length;
    const logs = conditionals.predict({
      batch: batch.length,
      steps,
      pitches: Int32Array.from(batch.flatMap(({ item }) => item.frames.flat())),
      known: Uint8Array.from(batch.flatMap(({ item }) => [...item.known])),
    });
    const shape = { steps, pitches: pitchCount(conditionals), instruments };
    batch.forEach(({ index, item: { frames, cell } }, b) => {
      const truth = frames[Math.floor(cell / instruments)][cell % instruments];
      const { start, stride } = placeOf(shape, b, cell);
      if (truth !== REST) losses[index] = -logs[start + (truth - lowestPitch) * stride];
    });
    await nextTurn();
  }
  const mean = losses.reduce((a, b) => a + b, 0) / notes;
  const variance = losses.reduce((a, b) => a + (b - mean) ** 2, 0) / (notes - 1);
  return { mean, standardError: Math.sqrt(variance / notes), n: notes };
}
