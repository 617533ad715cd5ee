/** The likelihood of one frame given others: the inner loop of algorithm 1, for many frames at a time. */
import { ArgumentError, at, foldIn, permutation, split, type Tensor, uniform } from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import { type Conditionals, pitchCount } from '../model/conditionals.ts';
import { REST } from '../model/input.ts';
import { nextTurn } from '../next-turn.ts';
import { draw, placeOf } from '../sampling/draw.ts';
import { batchesOfLike, windowAt } from './windows.ts';

/**
 * What a voice sees of the voices of its frame that come before it: samples of the model (algorithm 1), the most
 * probable pitches (the released code), or the truth (teacher forcing).
 */
export type Conditioning = 'sampled' | 'argmax' | 'teacherForced';

/** A frame of a score, to be predicted from other frames. */
export interface FrameQuery {
  readonly score: Score;
  readonly frame: number;
  /** 1 for frames that are known, one for each step; the frame itself must not be. */
  readonly known: Uint8Array;
}

/** Options of `frameLogLikelihoods`. */
export interface FrameOptions {
  readonly key: Tensor;
  /** Default 'sampled'. */
  readonly conditioning?: Conditioning;
  /** Windows that the model is asked about at a time; default 16. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Called with the number of frames done. */
  readonly onProgress?: (done: number) => void;
}

/** Batches whose questions are compared, so that equal ones are asked once. */
const POOL = 8;

/** A query cut to the steps that the prediction can depend on. */
interface Window {
  readonly frames: Score;
  readonly known: Uint8Array;
  /** The frame's place among them. */
  readonly frame: number;
}

function windowOf({ score, frame, known }: FrameQuery, reach: Conditionals['reach']): Window {
  const { first, length } = windowAt(score.length, frame, reach);
  const last = first + length;
  return { frames: score.slice(first, last), known: known.slice(first, last), frame: frame - first };
}

/** The place of the frame in windows that no end of a score is near: most are alike in it. */
function commonPlace({ frames, frame }: Window, { reach, predictStep }: Conditionals): number | undefined {
  const { before, after } = reach;
  return predictStep && frame === before && frames.length === before + after + 1 ? frame : undefined;
}

/** In the place of pitches that are not known: neither a pitch nor a rest. */
const UNKNOWN = REST - 1;

/** A window as a model is asked about it. */
interface Question {
  readonly pitches: Int32Array;
  readonly known: Uint8Array;
}

/** Where the answer to a question is: example b of predictions. */
interface Answer {
  readonly logs: ArrayLike<number>;
  readonly b: number;
}

interface Asking {
  readonly batchSize: number;
  /** The only step that is asked about. */
  readonly step: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A model's answers to questions of equal length. Equal questions are asked once. */
async function ask(
  conditionals: Conditionals,
  questions: readonly Question[],
  { batchSize, step, signal }: Asking,
): Promise<Answer[]> {
  const texts = questions.map(({ pitches, known }) => pitches.map((p, i) => (known[i] ? p : UNKNOWN)).join());
  const texted = new Map(texts.map((text, i) => [text, questions[i]]));
  const different = [...texted.values()];
  const steps = questions[0].pitches.length / conditionals.instruments;
  const answers = new Map<string, Answer>();
  for (let first = 0; first < different.length; first += batchSize) {
    signal?.throwIfAborted();
    const batch = different.slice(first, first + batchSize);
    // Few sizes of batches, as each is compiled: the last one is filled up.
    const size = Math.min(batchSize, 2 ** Math.ceil(Math.log2(batch.length)));
    const filled = Array.from({ length: size }, (_, b) => batch[Math.min(b, batch.length - 1)]);
    const scores = {
      batch: size,
      steps,
      pitches: Int32Array.from(filled.flatMap(({ pitches }) => [...pitches])),
      known: Uint8Array.from(filled.flatMap(({ known }) => [...known])),
    };
    const logs =
      step === undefined || !conditionals.predictStep
        ? conditionals.predict(scores)
        : conditionals.predictStep(scores, step);
    [...texted.keys()].slice(first, first + batch.length).forEach((text, b) => {
      answers.set(text, { logs, b });
    });
    await nextTurn();
  }
  return texts.map((text) => answers.get(text) as Answer);
}

/** log p of the frames of some windows that are alike in length and common place, each with its own key. */
async function predictFrames(
  conditionals: Conditionals,
  windows: readonly Window[],
  keys: readonly Tensor[],
  { conditioning, ...asking }: Omit<Asking, 'step'> & { readonly conditioning: Conditioning },
): Promise<number[]> {
  const { instruments, lowestPitch, highestPitch } = conditionals;
  const step = commonPlace(windows[0], conditionals);
  const answered = step === undefined ? windows[0].frames.length : 1;
  const shape = { steps: answered, pitches: pitchCount(conditionals), instruments };
  const questions = windows.map(({ frames, known }) => ({
    pitches: Int32Array.from(frames.flat()),
    known: Uint8Array.from([...known].flatMap((k) => new Array(instruments).fill(k))),
  }));
  const [orders, uniforms] = [0, 1].map((part) =>
    keys.map((k) => {
      const own = at(split(k), part);
      return part === 0 ? permutation(own, instruments).data : uniform(own, [instruments]).data;
    }),
  );
  const totals = windows.map(() => 0);
  for (let k = 0; k < instruments; k++) {
    const answers = await ask(conditionals, questions, { ...asking, step });
    windows.forEach(({ frames, frame }, w) => {
      const voice = orders[w][k];
      const { logs, b } = answers[w];
      const cell = frame * instruments + voice;
      const place = placeOf(shape, b, step === undefined ? cell : voice);
      const truth = frames[frame][voice];
      if (truth !== REST) {
        if (truth < lowestPitch || truth > highestPitch) {
          const expected = `have pitches in ${lowestPitch}..${highestPitch}, or -1 for rests`;
          throw new ArgumentError('frameLogLikelihoods', 'scores', expected, String(truth));
        }
        totals[w] += logs[place.start + (truth - lowestPitch) * place.stride];
      }
      const { pitches, known } = questions[w];
      known[cell] = 1;
      if (conditioning !== 'teacherForced') {
        const temperature = conditioning === 'argmax' ? 0 : 1;
        pitches[cell] = lowestPitch + draw(logs, place, temperature, uniforms[w][k]);
      }
    });
  }
  return totals;
}

/**
 * The log-likelihoods of frames given others, in nats, summed over the voices; rests add nothing.
 *
 * The voices of a frame are predicted one after the other in a random order, each given the known frames and what
 * `conditioning` says of the voices before it. Predictions see only the steps within the model's reach, which changes
 * nothing. Query i draws from `foldIn(key, i)`.
 *
 * Source: Cooijmans (2023), thesis, algorithm 1, the loop over k.
 *
 * @throws ArgumentError when a pitch is out of the model's range, or a frame is known already.
 *
 * @example
 * ```ts
 * import { frameLogLikelihoods, uniformBaseline } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const model = uniformBaseline({ instruments: 2, lowestPitch: 60, highestPitch: 69 });
 * const query = { score: [[60, 60], [61, -1]], frame: 0, known: Uint8Array.of(0, 1) };
 * await frameLogLikelihoods(model, [query], { key: key(0) }); // => [-4.605170]
 * ```
 */
export async function frameLogLikelihoods(
  conditionals: Conditionals,
  queries: readonly FrameQuery[],
  options: FrameOptions,
): Promise<Float64Array> {
  const { key, conditioning = 'sampled', batchSize = 16, signal, onProgress } = options;
  const result = new Float64Array(queries.length);
  const windows = queries.map((query, index) => {
    if (query.known[query.frame] !== 0 || query.known.length !== query.score.length) {
      const expected = 'have one mark for each step, and 0 at the frame';
      throw new ArgumentError(
        'frameLogLikelihoods',
        `known of query ${index}`,
        expected,
        `[${query.known.join(', ')}]`,
      );
    }
    return windowOf(query, conditionals.reach);
  });
  const likeness = (window: Window) => `${window.frames.length} ${commonPlace(window, conditionals)}`;
  let done = 0;
  for (const batch of batchesOfLike(windows, likeness, POOL * batchSize)) {
    const keys = batch.map(({ index }) => foldIn(key, index));
    const found = await predictFrames(
      conditionals,
      batch.map(({ item }) => item),
      keys,
      { conditioning, batchSize, signal },
    );
    for (const [i, { index }] of batch.entries()) result[index] = found[i];
    done += batch.length;
    onProgress?.(done);
  }
  return result;
}
