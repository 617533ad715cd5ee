/** Episodes inside of compiled code. */
import {
  add,
  all,
  at,
  cast,
  foldIn,
  logicalOr,
  mapTree,
  scan,
  split,
  type Tensor,
  tensor,
  where,
} from '@descant/tensor-ops';
import { checkCount } from '../spaces/space.ts';
import type { TracedEnvironment, TracedStep } from './traced.ts';

/** A part of an episode, time first. */
export interface Rollout<S> {
  /** [T, N, ...O]: what the agents saw when they acted. */
  readonly observations: Tensor;
  /** int32[T, N]. */
  readonly actions: Tensor;
  /** [T, N]. */
  readonly rewards: Tensor;
  /** bool[T, N]. */
  readonly terminated: Tensor;
  /** bool[T, N]. */
  readonly truncated: Tensor;
  /** The state after the last step. */
  readonly final: S;
  /** [N, ...O]: what the agents see after the last step. */
  readonly finalObservation: Tensor;
}

/** Options of `rollout`. */
export interface RolloutOptions {
  /** T; default: `maxSteps` of the environment. */
  readonly steps?: number;
}

/**
 * Plays one episode from its beginning with a policy, as a function of a key that can be differentiated, batched
 * (`vmap` over keys) and compiled (`jit`). Its steps run in one `scan`.
 *
 * Rewards after an agent's end are 0. The episode draws from the first of `split(key)`, the actions of step t from
 * `foldIn` of the second and t.
 *
 * @param act - The actions int32[N] by the observations [N, ...O], with a key for random ones.
 * @throws ArgumentError when the number of steps is invalid or infinite.
 *
 * @example
 * ```ts
 * import { rollout, tracedCoinGame } from '@descant/envs';
 * import { jit, key, mean, randint, split, type Tensor, vmap } from '@descant/tensor-ops';
 * const game = tracedCoinGame();
 * const anyhow = (_observations: Tensor, k: Tensor) => randint(k, [2], 0, 4);
 * const play = jit(vmap((k: Tensor) => rollout(game, anyhow, k).rewards));
 * const rewards = play(split(key(0), 64));
 * rewards.shape; // => [64, 50, 2]
 * Math.abs(mean(rewards).item()) < 0.2; // => true
 * ```
 */
export function rollout<S>(
  environment: TracedEnvironment<S>,
  act: (observations: Tensor, key: Tensor) => Tensor,
  key: Tensor,
  { steps = environment.maxSteps }: RolloutOptions = {},
): Rollout<S> {
  checkCount('rollout', 'steps', steps);
  const keys = split(key);
  const [episode, choices] = [at(keys, 0), at(keys, 1)];
  const { agents } = environment;
  const nobody = tensor(Array.from({ length: agents }, () => false));
  type Carry = { readonly state: S; readonly over: Tensor; readonly t: Tensor };
  const start: Carry = {
    state: environment.reset(foldIn(episode, 0)),
    over: nobody,
    t: tensor(1, { dtype: 'int32' }),
  };
  const [end, played] = scan<Carry, null, Omit<Rollout<S>, 'final' | 'finalObservation'>>(
    ({ state, over, t }) => {
      const observations = environment.observe(state);
      const time = cast(t, 'uint32');
      const actions = act(observations, foldIn(choices, time));
      const step = environment.step(state, actions, foldIn(episode, time));
      const { rewards, terminated, truncated } = step;
      const kept = where(over, tensor(0, { dtype: environment.dtype }), rewards);
      const next = {
        state: step.state,
        over: logicalOr(over, logicalOr(terminated, truncated)),
        t: add(t, 1),
      };
      return [next, { observations, actions, rewards: kept, terminated, truncated }];
    },
    start,
    null,
    { length: steps },
  );
  return { ...played, final: end.state, finalObservation: environment.observe(end.state) };
}

/** A state of an endless sequence of episodes: that of the present one, and its place in the sequence. */
export interface EpisodesState<S> {
  readonly state: S;
  /** bool[N]: agents that are done while others go on. */
  readonly over: Tensor;
  /** uint32[2]: the key of the seed. */
  readonly seed: Tensor;
  readonly episode: Tensor;
  readonly time: Tensor;
}

/** What a step of a sequence of episodes gives. */
export interface EpisodesStep<S> extends TracedStep<EpisodesState<S>> {
  /** bool: the episode ended in this step, and `state` is the first of the next. */
  readonly finished: Tensor;
  /** [N, ...O]: what was seen after the step, before the next episode began. */
  readonly finalObservation: Tensor;
}

/** An endless sequence of episodes as functions of tensors. */
export interface Episodes<S> {
  reset(seed: Tensor): EpisodesState<S>;
  step(state: EpisodesState<S>, actions: Tensor): EpisodesStep<S>;
  observe(state: EpisodesState<S>): Tensor;
}

/**
 * The endless sequence of episodes of a seed: a step that ends an episode begins the next one.
 *
 * Started from `key(s)`, it does what instance b of `vectorise` with the seed s does, step for step.
 *
 * @example
 * ```ts
 * import { autoReset, tracedIteratedMatrixGame } from '@descant/envs';
 * import { key, tensor } from '@descant/tensor-ops';
 * const games = autoReset(tracedIteratedMatrixGame({ maxSteps: 1 }));
 * const { state, finished } = games.step(games.reset(key(0)), tensor([1, 1], { dtype: 'int32' }));
 * finished.toArray(); // => true
 * games.observe(state).toArray(); // => [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]
 * ```
 */
export function autoReset<S>(environment: TracedEnvironment<S>): Episodes<S> {
  const nobody = tensor(Array.from({ length: environment.agents }, () => false));
  const zero = tensor(0, { dtype: 'uint32' });
  const begin = (seed: Tensor, episode: Tensor): EpisodesState<S> => ({
    state: environment.reset(foldIn(foldIn(seed, episode), 0)),
    over: nobody,
    seed,
    episode,
    time: zero,
  });
  return {
    reset: (seed) => begin(seed, zero),
    step({ state, over, seed, episode, time }, actions) {
      const t = add(time, 1);
      const step = environment.step(state, actions, foldIn(foldIn(seed, episode), t));
      const rewards = where(over, tensor(0, { dtype: environment.dtype }), step.rewards);
      const done = logicalOr(over, logicalOr(step.terminated, step.truncated));
      const finished = all(done);
      const going: EpisodesState<S> = { state: step.state, over: done, seed, episode, time: t };
      const fresh = begin(seed, add(episode, 1));
      return {
        state: mapTree((a: Tensor, b: Tensor) => where(finished, a, b), fresh, going),
        rewards,
        terminated: step.terminated,
        truncated: step.truncated,
        finished,
        finalObservation: environment.observe(step.state),
      };
    },
    observe: ({ state }) => environment.observe(state),
  };
}
