/** Gibbs sampling of partial scores: hide some cells, predict them, fill them, again and again. */
import { ArgumentError, at, foldIn, split, type Tensor, uniform } from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import { type Conditionals, checkFit, pitchCount } from '../model/conditionals.ts';
import { nextTurn } from '../next-turn.ts';
import { draw, placeOf } from './draw.ts';
import { bernoulliMasker, type Cells, type Masker } from './masker.ts';
import { annealedSchedule, constantSchedule, type Schedule } from './schedule.ts';
import type { Selector } from './selector.ts';
import type { Task } from './tasks.ts';

/** A sampler put together from its parts. */
export interface Sampler {
  /** Chooses the cells to resample at every step. */
  readonly masker: Masker;
  /** The masker's share at every step. */
  readonly schedule: Schedule;
  /** Number of Gibbs steps N after the first pass, which fills all free cells. */
  readonly steps: number;
  /**
   * Fills hidden cells one after the other in the selector's order, each given those before (ancestral); without a
   * selector all at once, independently.
   */
  readonly selector?: Selector;
}

/** What is seen of a step. */
export interface SampleStep {
  /** 0 for the first pass, then 1..N. */
  readonly step: number;
  readonly steps: number;
  /** Cells that were hidden, by example, row-major [T, I]. */
  readonly hidden: readonly Uint8Array[];
  /** The scores after the step. */
  readonly scores: readonly Score[];
  /** The last predictions of the step: log p, row-major [B, T, P, I]. */
  readonly predictions: ArrayLike<number>;
}

/** Options of `sample`. */
export interface SampleOptions {
  readonly key: Tensor;
  /** Probabilities are proportional to p^(1 / temperature); 0 takes the most probable. Default 0.99. */
  readonly temperature?: number | Schedule;
  /** Stops the sampling between two predictions: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onStep?: (step: SampleStep) => void;
}

/** The state of a batch. */
interface Batch {
  readonly cells: readonly Cells[];
  readonly pitches: Int32Array;
  readonly steps: number;
  readonly instruments: number;
}

function batchOf(conditionals: Conditionals, tasks: readonly Task[]): Batch {
  const fn = 'sample';
  if (tasks.length === 0) throw new ArgumentError(fn, 'tasks', 'hold at least one task', '0');
  const { instruments } = conditionals;
  const steps = tasks[0].score.length;
  const size = steps * instruments;
  for (const [i, { score, free }] of tasks.entries()) {
    if (score.length !== steps || steps === 0)
      throw new ArgumentError(
        fn,
        'tasks',
        `have the same length of at least 1`,
        `${score.length} and ${steps} steps`,
      );
    if (free.length !== size) {
      const expected = `have ${steps} x ${instruments} = ${size} cells in free`;
      throw new ArgumentError(fn, `task ${i}`, expected, String(free.length));
    }
    // Free cells are filled before they are read.
    const fixed = score.map((frame, t) => frame.map((p, v) => (free[t * instruments + v] === 1 ? -1 : p)));
    checkFit(fn, `the fixed cells of task ${i}`, conditionals, fixed);
  }
  return {
    cells: tasks.map(({ free }) => ({ steps, instruments, free })),
    pitches: Int32Array.from(tasks.flatMap(({ score }) => score.flat())),
    steps,
    instruments,
  };
}

function scoresOf({ cells, pitches, steps, instruments }: Batch): Score[] {
  return cells.map((_, b) =>
    Array.from({ length: steps }, (_, t) => {
      const start = (b * steps + t) * instruments;
      return [...pitches.subarray(start, start + instruments)];
    }),
  );
}

/**
 * Samples completions of partial scores; cells that are not free keep their pitches.
 *
 * The first pass hides all free cells and fills them, so that none is ever read before it was sampled; then follow N
 * steps of block Gibbs sampling, each of which hides the cells that the masker chooses and fills them again. Example b
 * of a batch draws from `foldIn(key, b)` whatever the size of the batch.
 *
 * Source: Cooijmans (2023), thesis, section 3.5.
 *
 * @param conditionals - Of a network (`conditionalsOf`) or any other model.
 * @param tasks - Scores of equal length with their free cells; see `compose`, `harmonise` and the others.
 * @param sampler - `independentGibbs`, `ancestral`, `ancestralGibbs`, or parts of your own.
 * @returns The completed scores.
 * @throws ArgumentError when tasks do not fit the model; the signal's reason when it is aborted.
 *
 * @example
 * ```ts
 * import { compose, conditionalsOf, describe, independentGibbs, initParameters, initPopulation, sample } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 4 });
 * const model = { description, parameters: initParameters(key(0), description), statistics: initPopulation(description) };
 * const [score] = await sample(conditionalsOf(model), [compose({ steps: 4 })], independentGibbs({ steps: 8 }), { key: key(1) });
 * score.length; // => 4
 * ```
 */
export async function sample(
  conditionals: Conditionals,
  tasks: readonly Task[],
  sampler: Sampler,
  options: SampleOptions,
): Promise<Score[]> {
  const { masker, schedule, steps: N, selector } = sampler;
  if (!Number.isInteger(N) || N < 0)
    throw new ArgumentError('sample', 'steps', 'be a whole number of at least 0', String(N));
  const { key, temperature = 0.99, signal, onStep } = options;
  const heat = typeof temperature === 'number' ? constantSchedule(temperature) : temperature;
  const batch = batchOf(conditionals, tasks);
  const { cells, pitches, steps, instruments } = batch;
  const size = steps * instruments;
  const shape = { steps, pitches: pitchCount(conditionals), instruments };
  const keys = tasks.map((_, b) => foldIn(key, b));

  async function predict(hidden: readonly Uint8Array[]): Promise<ArrayLike<number>> {
    await nextTurn();
    signal?.throwIfAborted();
    const known = Uint8Array.from(hidden.flatMap((h) => Array.from(h, (v) => 1 - v)));
    return conditionals.predict({ batch: tasks.length, steps, pitches, known });
  }

  function fill(logs: ArrayLike<number>, b: number, cell: number, tau: number, u: number): void {
    pitches[b * size + cell] = conditionals.lowestPitch + draw(logs, placeOf(shape, b, cell), tau, u);
  }

  /** Fills all hidden cells, and returns the last predictions. */
  async function resample(hidden: readonly Uint8Array[], stepKeys: readonly Tensor[], tau: number) {
    const uniforms = stepKeys.map((k) => uniform(at(split(k), 0), [size]).data);
    if (!selector) {
      const logs = await predict(hidden);
      hidden.forEach((h, b) => {
        h.forEach((v, cell) => {
          if (v === 1) fill(logs, b, cell, tau, uniforms[b][cell]);
        });
      });
      return logs;
    }
    const orders = hidden.map((h, b) => selector(at(split(stepKeys[b]), 1), cells[b], h));
    const rest = hidden.map((h) => h.slice());
    let logs: ArrayLike<number> = [];
    for (let j = 0; j < Math.max(...orders.map((order) => order.length)); j++) {
      logs = await predict(rest);
      orders.forEach((order, b) => {
        if (j >= order.length) return;
        fill(logs, b, order[j], tau, uniforms[b][order[j]]);
        rest[b][order[j]] = 0;
      });
    }
    return logs;
  }

  for (let step = 0; step <= N; step++) {
    const n = Math.max(0, step - 1);
    const stepKeys = keys.map((k) => split(foldIn(k, step)));
    const hidden = cells.map((c, b) => (step === 0 ? c.free : masker(at(stepKeys[b], 0), c, schedule(n, N))));
    const tau = heat(n, N);
    if (!(tau >= 0)) throw new ArgumentError('sample', 'temperature', 'be at least 0', String(tau));
    const predictions = await resample(
      hidden,
      stepKeys.map((k) => at(k, 1)),
      tau,
    );
    onStep?.({ step, steps: N, hidden, scores: scoresOf(batch), predictions });
  }
  return scoresOf(batch);
}

/** Options of `independentGibbs`. */
export interface IndependentOptions {
  /** N; I T is the rule of thumb. */
  readonly steps: number;
  /** Default `annealedSchedule()`. */
  readonly schedule?: Schedule;
  /** Default `bernoulliMasker()`. */
  readonly masker?: Masker;
}

/**
 * Annealed independent block Gibbs sampling: N predictions.
 *
 * Source: Yao et al. (2014); Cooijmans (2023), thesis, section 3.5.2.
 *
 * @example
 * ```ts
 * import { independentGibbs } from '@descant/coconet';
 * independentGibbs({ steps: 128 }).schedule(0, 128); // => 0.9
 * ```
 */
export const independentGibbs = (options: IndependentOptions): Sampler => ({
  steps: options.steps,
  schedule: options.schedule ?? annealedSchedule(),
  masker: options.masker ?? bernoulliMasker(),
});

/**
 * Ancestral sampling of orderless NADE: every free cell once, in the selector's order.
 *
 * Source: Cooijmans (2023), thesis, section 3.5.1.
 *
 * @example
 * ```ts
 * import { ancestral, randomSelector } from '@descant/coconet';
 * ancestral(randomSelector()).steps; // => 0
 * ```
 */
export const ancestral = (selector: Selector): Sampler => ({
  steps: 0,
  schedule: constantSchedule(1),
  masker: bernoulliMasker(),
  selector,
});

/** Options of `ancestralGibbs`. */
export interface AncestralGibbsOptions {
  /** N. */
  readonly steps: number;
  /** rho: the probability with which a cell stays in the context. */
  readonly inclusion: number;
  readonly selector: Selector;
}

/**
 * Ancestral block Gibbs sampling: at every step cells stay with probability rho, and the others are sampled one after
 * the other; about N (1 - rho) I T predictions.
 *
 * Source: Cooijmans (2023), thesis, sections 3.5.2 and 3.6.2; rho = 0 is NADE.
 *
 * @throws ArgumentError unless rho lies in [0, 1].
 *
 * @example
 * ```ts
 * import { ancestralGibbs, randomSelector } from '@descant/coconet';
 * ancestralGibbs({ steps: 25, inclusion: 0.25, selector: randomSelector() }).schedule(0, 25); // => 0.75
 * ```
 */
export function ancestralGibbs({ steps, inclusion, selector }: AncestralGibbsOptions): Sampler {
  if (!(inclusion >= 0 && inclusion <= 1))
    throw new ArgumentError('ancestralGibbs', 'inclusion', 'lie in [0, 1]', String(inclusion));
  return { steps, schedule: constantSchedule(1 - inclusion), masker: bernoulliMasker(), selector };
}
