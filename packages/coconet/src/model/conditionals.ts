/** What sampling and evaluation need of a model: its conditional distributions, whatever computes them. */
import { ArgumentError, type Executor, jit, type Tensor, tensor } from '@descant/tensor-ops';
import { sizesOf } from './description.ts';
import { networkInput, type PitchRange, pianoRolls } from './input.ts';
import type { Coconet } from './model.ts';
import { coconet, logProbabilities } from './network.ts';

/** Scores of equal length of which some cells are known; all arrays are row-major [B, T, I]. */
export interface PartialScores {
  readonly batch: number;
  readonly steps: number;
  /** MIDI numbers or -1; those of unknown cells do not matter. */
  readonly pitches: Int32Array;
  /** 1 for cells of the context C, else 0. */
  readonly known: Uint8Array;
}

/** The distributions p(x_i | x_C, C) of every cell given every context. */
export interface Conditionals extends PitchRange {
  readonly instruments: number;
  /** Steps before and after a cell that its distribution depends on; Infinity where it depends on all. */
  readonly reach: { readonly before: number; readonly after: number };
  /** log p of every pitch for every cell, row-major [B, T, P, I]; what it says of known cells does not matter. */
  predict(scores: PartialScores): ArrayLike<number>;
  /** The same of one step alone, [B, P, I]; for models to which that is less work. */
  predictStep?(scores: PartialScores, step: number): ArrayLike<number>;
}

/** Options of `conditionalsOf`. */
export interface ConditionalsOptions {
  /** Default: the default executor of tensor-ops. */
  readonly executor?: Executor;
}

/** Number of pitches of a range. */
export const pitchCount = ({ lowestPitch, highestPitch }: PitchRange): number =>
  highestPitch - lowestPitch + 1;

/**
 * The conditional distributions of a network, compiled; one compilation for each batch size and length, and step of
 * `predictStep`.
 *
 * @example
 * ```ts
 * import { conditionalsOf, describe, initParameters, initPopulation } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 4, instruments: 1, lowestPitch: 60, highestPitch: 61 });
 * const parameters = initParameters(key(0), description);
 * const conditionals = conditionalsOf({ description, parameters, statistics: initPopulation(description) });
 * const scores = { batch: 1, steps: 1, pitches: new Int32Array(1), known: new Uint8Array(1) };
 * const [a, b] = Array.from(conditionals.predict(scores), Math.exp);
 * Math.abs(a + b - 1) < 1e-6; // => true
 * ```
 */
export function conditionalsOf(model: Coconet, { executor }: ConditionalsOptions = {}): Conditionals {
  const { description, parameters, statistics } = model;
  const { instruments, lowestPitch, highestPitch } = description;
  const compiled = new Map<number | undefined, (pitches: Tensor, known: Tensor) => Tensor>();
  const run = ({ batch, steps, pitches, known }: PartialScores, step?: number) => {
    const forward =
      compiled.get(step) ??
      jit(
        (x: Tensor, context: Tensor) => {
          const input = networkInput(pianoRolls(description, x), context);
          const options = step === undefined ? {} : { step };
          return logProbabilities(coconet(description, parameters, statistics, input, options));
        },
        executor ? { executor } : {},
      );
    compiled.set(step, forward);
    const shape = [batch, steps, instruments];
    return forward(tensor(pitches, { shape, dtype: 'int32' }), tensor(Float32Array.from(known), { shape }))
      .data;
  };
  return {
    instruments,
    lowestPitch,
    highestPitch,
    reach: sizesOf(description).reach,
    predict: (scores) => run(scores),
    predictStep: run,
  };
}

/** Throws unless a score fits a model: its number of voices, and its pitches or rests in the model's range. */
export function checkFit(
  fn: string,
  argument: string,
  model: PitchRange & { readonly instruments: number },
  score: readonly (readonly number[])[],
): void {
  const { instruments, lowestPitch, highestPitch } = model;
  for (const [t, frame] of score.entries()) {
    if (frame.length !== instruments)
      throw new ArgumentError(fn, argument, `have ${instruments} voices`, `${frame.length} at step ${t}`);
    const wrong = frame.find((p) => p !== -1 && (p < lowestPitch || p > highestPitch));
    if (wrong !== undefined) {
      const expected = `have pitches in ${lowestPitch}..${highestPitch}, or -1 for rests`;
      throw new ArgumentError(fn, argument, expected, `${wrong} at step ${t}`);
    }
  }
}
