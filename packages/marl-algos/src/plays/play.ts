/** Playing a game inside of compiled code. */
import type { Rollout } from '@descant/estimators';
import {
  ArgumentError,
  arange,
  at,
  cast,
  categorical,
  div,
  equal,
  expandDims,
  flatten,
  foldIn,
  logicalNot,
  logSoftmax,
  mul,
  scan,
  split,
  stack,
  stopGradient,
  sum,
  type Tensor,
  tensor,
  vmap,
  where,
} from '@descant/tensor-ops';
import type { Network } from '../networks/network.ts';
import { firstPosition, look, observeAll, type Position, proceed } from './position.ts';
import type { SampledGame } from './sampled-game.ts';

/** A batch of plays of one game, time first. */
export interface Plays {
  /** [T, B, N, ...O]: what the seats saw when they acted. */
  readonly observations: Tensor;
  /** int32[T, B, N]. */
  readonly actions: Tensor;
  /** log pi of the actions, [T, B, N]; depends on the parameters. */
  readonly logProbabilities: Tensor;
  /** [T, B, N]; 0 for seats that are done. */
  readonly rewards: Tensor;
  /** bool[T, B]: the step led to a state without a future, for all seats. */
  readonly terminated: Tensor;
  /** bool[T, B]: the step was the last that could be seen. */
  readonly truncated: Tensor;
  /** bool[T, B, N]: the seat was done before the step, and nothing that it does has consequences. */
  readonly over: Tensor;
  /** [B, N, ...O]: what the seats see after the last step. */
  readonly finalObservations: Tensor;
}

/** log pi(a) from logits [..., A] and actions int32[...]. */
export function logProbabilityOf(logits: Tensor, actions: Tensor): Tensor {
  const taken = equal(arange(0, logits.shape[logits.rank - 1]), expandDims(actions, actions.rank));
  // Not a product with zeros: the logit of an impossible action is -Infinity.
  return sum(where(taken, logSoftmax(logits), tensor(0, { dtype: logits.dtype })), -1);
}

/**
 * Log-probabilities that a network gives to actions taken, from the beginning of the plays on.
 *
 * `log pi(a_t | o_1 ... o_t)`, [T, B] from observations [T, B, ...I] and actions int32[T, B]. This is how earlier plays
 * are looked at with other parameters: by importance weights, for penalties, to model an opponent.
 *
 * @example
 * ```ts
 * import { logProbabilities, tabularPolicy } from '@descant/marl-algos';
 * import { exp, tensor, zeros } from '@descant/tensor-ops';
 * const policy = tabularPolicy(1, 2);
 * exp(logProbabilities(policy, tensor([[0]]), tensor([[[1]]]), zeros([1, 1], 'int32'))).toArray(); // => [[0.5]]
 * ```
 */
export const logProbabilities = <P>(
  network: Network<P>,
  parameters: P,
  observations: Tensor,
  actions: Tensor,
): Tensor => logProbabilityOf(network.sequence(parameters, observations), actions);

/** The mean of x [T, B] over the steps before a seat was done, where bool[T, B] is false. */
export const actingMean = (x: Tensor, over: Tensor): Tensor =>
  div(sum(where(over, 0, x)), sum(cast(logicalNot(over), x.dtype)));

/** The part of seat i of a tensor with the seats on the given axis. */
export const seatOf = (x: Tensor, seat: number, axis: number): Tensor => at(x, seat, axis);

interface Moment extends Omit<Plays, 'finalObservations' | 'logProbabilities'> {
  /** Of each seat with a memory its logits [T, B, A]; null where they can be had again from what was seen. */
  readonly outputs: readonly (Tensor | null)[];
}

function unroll(
  game: SampledGame,
  parameters: readonly unknown[],
  key: Tensor,
  choose: (logits: Tensor, seat: number, time: Tensor, forced: Tensor | null) => Tensor,
  forced: Tensor | null,
): Plays {
  const { policies, plays, steps } = game;
  if (parameters.length !== policies.length) {
    throw new ArgumentError(
      'play',
      'parameters',
      `be ${policies.length}, one a seat`,
      `${parameters.length}`,
    );
  }
  const episodes = split(at(split(key), 0), plays);
  const keysAt = (time: Tensor | number) => vmap((e: Tensor) => foldIn(e, time))(episodes);
  const start = firstPosition(game, keysAt(0));
  // Without a memory, all steps are one batch after the loop, and derivatives need not pass through it.
  const remembers = start.memories.map((memory) => flatten(memory).leaves.length > 0);
  const acting = parameters.map((x, seat) => (remembers[seat] ? x : stopGradient(x)));
  const times = arange(1, steps + 1);
  const [end, { outputs, ...moments }] = scan<Position, readonly [Tensor, Tensor | null], Moment>(
    (position, [t, given]) => {
      const time = cast(t, 'uint32');
      const view = look(game, acting, position);
      const actions = view.outputs.map((logits, seat) => choose(logits, seat, time, given));
      const { position: next, ...step } = proceed(game, position, view.memories, actions, keysAt(time));
      const moment: Moment = {
        ...step,
        observations: view.observations,
        actions: stack(actions, 1),
        over: position.over,
        outputs: view.outputs.map((logits, seat) => (remembers[seat] ? logits : null)),
      };
      return [next, moment];
    },
    start,
    [times, forced],
  );
  return {
    ...moments,
    logProbabilities: logProbabilitiesOf(game, parameters, moments, outputs),
    finalObservations: observeAll(game, end.state),
  };
}

/**
 * What the policies give to the actions of all seats in the plays: [T, B, N], 0 for seats that are done.
 *
 * @param outputs - Logits of seats, [T, B, A], where they are known.
 */
export function logProbabilitiesOf(
  { policies }: SampledGame,
  parameters: readonly unknown[],
  { observations, actions, over }: Pick<Plays, 'observations' | 'actions' | 'over'>,
  outputs: readonly (Tensor | null)[] = [],
): Tensor {
  const logs = policies.map((network, seat) => {
    const logits = outputs[seat] ?? network.sequence(parameters[seat], seatOf(observations, seat, 2));
    return logProbabilityOf(logits, seatOf(actions, seat, 2));
  });
  return where(over, 0, stack(logs, 2));
}

/**
 * Plays B games with actions drawn from the policies, as a function that can be compiled and differentiated.
 *
 * Log-probabilities depend on the parameters; actions, and all that follows from them, are draws. Each play is one
 * episode from its beginning. Play b draws from `split(k1, B)[b]`, seat i at step t from `foldIn(foldIn(k2, t), i)`,
 * with `[k1, k2] = split(key)`.
 *
 * @param parameters - Of each seat's policy.
 * @throws ArgumentError when there are not as many parameters as seats.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { gruNetwork, play, sampledGame } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * const policies = gruNetwork({ inputShape: [4, 3, 3], units: 8, outputs: 4 });
 * const game = sampledGame({ environment: tracedCoinGame(), policies, plays: 16 });
 * const together = policies.init(key(0));
 * const { rewards } = jit((k: Parameters<typeof play>[2]) => play(game, [together, together], k))(key(1));
 * rewards.shape; // => [50, 16, 2]
 * ```
 */
export function play(game: SampledGame, parameters: readonly unknown[], key: Tensor): Plays {
  const choices = at(split(key), 1);
  const draw = (logits: Tensor, seat: number, time: Tensor) =>
    categorical(foldIn(foldIn(choices, time), seat), logits);
  return unroll(game, parameters, key, draw, null);
}

/**
 * The plays in which given actions are taken: `play` without draws from the policies.
 *
 * With all sequences of actions as the batch, and their probabilities as weights, expectations become exact sums.
 *
 * @param actions - int32[T, B, N].
 * @throws ArgumentError when the shape of the actions does not fit the game.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { playActions, sampledGame, tabularPolicy } from '@descant/marl-algos';
 * import { key, tensor, zeros } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 1 });
 * const logits = zeros([5, 1]);
 * const actions = tensor([[[0, 1]], [[1, 1]]], { dtype: 'int32' });
 * playActions(game, [logits, logits], actions, key(0)).rewards.toArray(); // => [[[-3, 0]], [[-2, -2]]]
 * ```
 */
export function playActions(
  game: SampledGame,
  parameters: readonly unknown[],
  actions: Tensor,
  key: Tensor,
): Plays {
  const expected = [game.steps, game.plays, game.environment.agents];
  if (actions.shape.join() !== expected.join()) {
    const shape = `have shape [T, B, N] = [${expected.join(', ')}]`;
    throw new ArgumentError('playActions', 'actions', shape, `[${actions.shape.join(', ')}]`);
  }
  const given = (_logits: Tensor, seat: number, _time: Tensor, forced: Tensor | null) =>
    seatOf(forced as Tensor, seat, 1);
  return unroll(game, parameters, key, given, actions);
}

/**
 * Plays as the estimators of `@descant/estimators` take them.
 *
 * @param critic - `values` and `nextValues`, [T, B, N], for estimators that need them.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { dice } from '@descant/estimators';
 * import { play, sampledGame, tabularPolicy, toRollout } from '@descant/marl-algos';
 * import { grad, key, sum, type Tensor, zeros } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 10 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const value = (x: Tensor) => sum(dice().surrogate(toRollout(game, play(game, [x, zeros([5, 1])], key(1)))));
 * grad(value)(zeros([5, 1])).shape; // => [5, 1]
 * ```
 */
export function toRollout(
  game: SampledGame,
  plays: Plays,
  critic: Pick<Rollout, 'values' | 'nextValues'> = {},
): Rollout {
  const { logProbabilities, rewards, terminated, truncated } = plays;
  return { logProbabilities, rewards, terminated, truncated, discount: game.discount, ...critic };
}

/**
 * The mean reward of each seat per step: [N].
 *
 * @example
 * ```ts
 * import { meanReward } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * meanReward({ rewards: tensor([[[1, 0]], [[3, 1]]]) }).toArray(); // => [2, 0.5]
 * ```
 */
export const meanReward = ({ rewards }: Pick<Plays, 'rewards'>): Tensor =>
  mul(sum(rewards, [0, 1]), 1 / (rewards.shape[0] * rewards.shape[1]));
