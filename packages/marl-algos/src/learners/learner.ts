/** What a learner is, and how several learn in one game. */
import { ArgumentError, at, foldIn, split, type Tensor } from '@descant/tensor-ops';
import type { SampledGame } from '../plays/sampled-game.ts';

/** Scalars that describe an update, by name. */
export type Metrics = Readonly<Record<string, Tensor>>;

/**
 * A training process as two functions: a state from a key, and the next state with some metrics.
 *
 * `update` is pure and traces, so that it can be compiled whole, with the plays and all learners in it; the state S is
 * a tree of tensors and holds everything that the future depends on but the key.
 */
export interface Algorithm<S = unknown> {
  readonly name: string;
  init(key: Tensor): S;
  update(state: S, key: Tensor): { readonly state: S; readonly metrics: Metrics };
}

/** What every learner's state holds. */
export interface LearnerState {
  /** Of its policy. */
  readonly parameters: unknown;
}

/** What a learner knows of the game it learns in. */
export interface Situation {
  readonly seat: number;
  /** The policies' parameters of all seats before the update, its own among them. */
  readonly parameters: readonly unknown[];
}

/** One player's way to learn: an algorithm for a seat, which may look at the others' parameters. */
export interface Learner<S extends LearnerState = LearnerState> {
  readonly name: string;
  init(key: Tensor, seat: number): S;
  update(state: S, situation: Situation, key: Tensor): { readonly state: S; readonly metrics: Metrics };
}

/**
 * All seats learn at once, each by its own learner, from the same parameters.
 *
 * Metrics carry the seat in front: `0.reward`. Seat i draws from `foldIn(key, i)`.
 *
 * @param learners - One a seat.
 * @throws ArgumentError when there are not as many learners as seats.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { reinforce, sampledGame, simultaneous, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const naive = reinforce(game, { optimizer: sgd({ learningRate: 0.1 }) });
 * const pair = simultaneous(game, [naive, naive]);
 * const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * Object.keys(metrics); // => ['0.reward', '1.reward']
 * ```
 */
export function simultaneous<S extends LearnerState>(
  game: SampledGame,
  learners: readonly Learner<S>[],
): Algorithm<readonly S[]> {
  const seats = game.environment.agents;
  if (learners.length !== seats) {
    throw new ArgumentError('simultaneous', 'learners', `be ${seats}, one a seat`, String(learners.length));
  }
  return {
    name: learners.map(({ name }) => name).join(' vs '),
    init(key) {
      const keys = split(key, seats);
      return learners.map((learner, seat) => learner.init(at(keys, seat), seat));
    },
    update(states, key) {
      const parameters = states.map((state) => state.parameters);
      const updated = learners.map((learner, seat) =>
        learner.update(states[seat], { seat, parameters }, foldIn(key, seat)),
      );
      const metrics = updated.flatMap((u, seat) =>
        Object.entries(u.metrics).map(([name, value]) => [`${seat}.${name}`, value] as const),
      );
      return { state: updated.map(({ state }) => state), metrics: Object.fromEntries(metrics) };
    },
  };
}
