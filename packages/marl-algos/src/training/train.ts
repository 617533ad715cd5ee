/** The loop around an algorithm's updates. */
import { ArgumentError, flatten, foldIn, jit, type Tensor } from '@descant/tensor-ops';
import type { Algorithm } from '../learners/learner.ts';

/** A training under way: what `train` starts from, and goes on from. */
export interface Training<S = unknown> {
  readonly state: S;
  /** Updates done. */
  readonly done: number;
  /** The metrics of each update; `train` adds to the list that it gave to `onUpdate`. */
  readonly history: readonly Readonly<Record<string, number>>[];
}

/** Options of `train`. */
export interface TrainOptions<S> {
  /** Of the initial state and of all updates. */
  readonly key: Tensor;
  /** The number of updates after which training is complete. */
  readonly updates: number;
  /** A training to go on with; default: a new one. Needs the same key to become what one run would have been. */
  readonly from?: Training<S>;
  /** Once aborted, training stops after the update under way and returns what it has. */
  readonly signal?: AbortSignal;
  /** Called after each update. */
  readonly onUpdate?: (training: Training<S>) => void;
}

/** Lets timers and signals in between computations that do not wait for anything. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Milliseconds of computation between two looks at timers and signals. */
const PATIENCE = 50;

/**
 * Trains an algorithm: each update is one compiled call, the t-th with the key `foldIn(foldIn(key, 1), t)`.
 *
 * The initial state comes from `foldIn(key, 0)`. Interrupted trainings go on bit for bit: an update depends on the
 * state, the key and its number only.
 *
 * @throws ArgumentError when the number of updates is invalid, or when a metric or the state is no longer finite: a
 *   learner diverged. The error says at which update; the last finite state has been given to `onUpdate`.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { reinforce, sampledGame, simultaneous, tabularPolicy, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const naive = reinforce(game, { optimizer: sgd({ learningRate: 0.1 }) });
 * const { done, history } = await train(simultaneous(game, [naive, naive]), { key: key(0), updates: 3 });
 * [done, history.length]; // => [3, 3]
 * ```
 */
export async function train<S>(algorithm: Algorithm<S>, options: TrainOptions<S>): Promise<Training<S>> {
  const { key, updates, from, signal, onUpdate } = options;
  if (!Number.isSafeInteger(updates) || updates < 0) {
    throw new ArgumentError('train', 'updates', 'be a whole number of at least 0', String(updates));
  }
  const history = [...(from?.history ?? [])];
  let training: Training<S> = {
    state: from === undefined ? algorithm.init(foldIn(key, 0)) : from.state,
    done: from?.done ?? 0,
    history,
  };
  const update = jit(algorithm.update);
  let rested = performance.now();
  while (training.done < updates && signal?.aborted !== true) {
    const { state, metrics } = update(training.state, foldIn(foldIn(key, 1), training.done));
    const numbers = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value.item()]));
    checkFinite(algorithm.name, training.done + 1, state, numbers);
    history.push(numbers);
    training = { state, done: training.done + 1, history };
    onUpdate?.(training);
    if (performance.now() - rested > PATIENCE) {
      await nextTurn();
      rested = performance.now();
    }
  }
  return training;
}

/** Checks that nothing became infinite or NaN in an update. */
function checkFinite(
  name: string,
  update: number,
  state: unknown,
  metrics: Readonly<Record<string, number>>,
): void {
  const lost = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
  const expected = `stay finite (${name}, update ${update})`;
  if (lost !== undefined) throw new ArgumentError('train', lost[0], expected, String(lost[1]));
  for (const { data } of flatten(state, 'train').leaves) {
    const bad = data.findIndex((value: number) => !Number.isFinite(value));
    if (bad >= 0) throw new ArgumentError('train', 'state', expected, String(data[bad]));
  }
}
