/** What learners with a critic share: advantages of one seat's plays, and the critic's own update. */
import {
  type Credit,
  type Estimator,
  followingValues,
  generalisedAdvantages,
  givenAdvantages,
} from '@descant/estimators';
import {
  ArgumentError,
  add,
  at,
  concat,
  expandDims,
  grad,
  logicalAnd,
  logicalNot,
  mul,
  neg,
  slice,
  split,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  where,
} from '@descant/tensor-ops';
import { categorical } from '@descant/tensor-ops/distributions';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Network } from '../networks/network.ts';
import { actingMean, logProbabilityOf, type Plays, seatOf } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import type { LearnerState } from './learner.ts';

/** Options of learners with a critic. */
export interface ActorCriticOptions {
  /** Of the policy. */
  readonly optimizer: Optimizer<unknown>;
  /** One output, from the seat's own observations; for all seats that learn so. */
  readonly critic: Network;
  readonly criticOptimizer: Optimizer<unknown>;
  /** Decay of later errors in the advantages, in [0, 1]; default 0.95. */
  readonly lambda?: number;
  /** Weight of the policy's entropy, summed over the steps like rewards, at least 0; default 0. */
  readonly entropyWeight?: number;
}

/** State of learners with a critic. */
export interface ActorCriticState extends LearnerState {
  readonly optimizer: unknown;
  readonly critic: unknown;
  readonly criticOptimizer: unknown;
}

/** The options with their defaults, checked. */
export function checkActorCritic(fn: string, game: SampledGame, options: ActorCriticOptions) {
  const { critic, lambda = 0.95, entropyWeight = 0 } = options;
  const { observationShape, dtype } = game.environment;
  const show = (shape: readonly number[], outputs: number, type: string) =>
    `[${shape.join(', ')}] -> ${outputs} in ${type}`;
  const expected = show(observationShape, 1, dtype);
  const received = show(critic.inputShape, critic.outputs, critic.dtype);
  if (expected !== received) throw new ArgumentError(fn, 'critic', `map ${expected}`, received);
  if (!(lambda >= 0 && lambda <= 1)) throw new ArgumentError(fn, 'lambda', 'lie in [0, 1]', String(lambda));
  if (!(entropyWeight >= 0 && entropyWeight < Number.POSITIVE_INFINITY)) {
    const expected = 'be a finite number of at least 0';
    throw new ArgumentError(fn, 'entropyWeight', expected, String(entropyWeight));
  }
  return { ...options, lambda, entropyWeight };
}

/** New parameters for a policy and a critic. */
export function initActorCritic(
  game: SampledGame,
  { optimizer, critic, criticOptimizer }: ActorCriticOptions,
  key: Tensor,
  seat: number,
): ActorCriticState {
  const keys = split(key);
  const parameters = game.policies[seat].init(at(keys, 0));
  const values = critic.init(at(keys, 1));
  return {
    parameters,
    optimizer: optimizer.init(parameters),
    critic: values,
    criticOptimizer: criticOptimizer.init(values),
  };
}

/** What one seat saw, did and was paid; the plays are on axis 1 of all, and everything is a constant. */
export interface OwnPlays {
  /** [T, B, ...O] */
  readonly observations: Tensor;
  /** int32[T, B] */
  readonly actions: Tensor;
  /** bool[T, B] */
  readonly over: Tensor;
  /** Whether the seat had no future after the step, and whether it was only not seen: bool[T, B]. */
  readonly terminated: Tensor;
  readonly truncated: Tensor;
  /** [T, B, 1], as are all that follow. */
  readonly logProbabilities: Tensor;
  readonly rewards: Tensor;
  readonly advantages: Tensor;
  /** What the critic's values should have been. */
  readonly targets: Tensor;
}

/** The plays of one seat, with generalised advantages by its critic. */
export function ownPlays(
  game: SampledGame,
  plays: Plays,
  seat: number,
  critic: Network,
  parameters: unknown,
  lambda: number,
): OwnPlays {
  const [observations, actions, over, logs, paid] = [
    plays.observations,
    plays.actions,
    plays.over,
    plays.logProbabilities,
    plays.rewards,
  ].map((x) => stopGradient(seatOf(x, seat, 2)));
  const [steps, batch] = over.shape;
  const last = expandDims(seatOf(plays.finalObservations, seat, 1), 0);
  const all = stopGradient(critic.sequence(parameters, concat([observations, last])));
  const values = slice(all, [0, 0, 0], [steps, batch, 1]);
  // A seat may be done before the others are.
  const { truncated } = plays;
  const overNext = concat([
    slice(over, [1, 0], [steps - 1, batch]),
    slice(plays.terminated, [steps - 1, 0], [1, batch]),
  ]);
  const experience = {
    logProbabilities: expandDims(logs, 2),
    rewards: expandDims(paid, 2),
    terminated: logicalAnd(overNext, logicalNot(truncated)),
    truncated,
  };
  const { advantages, targets } = generalisedAdvantages(
    { ...experience, discount: game.discount, values, nextValues: followingValues(values, at(all, steps)) },
    { lambda },
  );
  return { ...experience, observations, actions, over, advantages, targets };
}

/**
 * What a policy minimises on its plays: the negative surrogate of its value, by an estimator that takes the plays'
 * advantages for credit, less its weighted entropy.
 */
export const policyLoss =
  (
    { discount }: SampledGame,
    policy: Network,
    own: OwnPlays,
    estimator: (options: { readonly credit: Credit }) => Estimator,
    entropyWeight: number,
  ) =>
  (parameters: unknown): Tensor => {
    const { actions, over, advantages, logProbabilities, rewards, terminated, truncated } = own;
    const logits = policy.sequence(parameters, own.observations);
    const logs = where(over, 0, logProbabilityOf(logits, actions));
    const surrogate = estimator({ credit: givenAdvantages(advantages) }).surrogate({
      logProbabilities: expandDims(logs, 2),
      behaviourLogProbabilities: logProbabilities,
      rewards,
      terminated,
      truncated,
      discount,
    });
    if (entropyWeight === 0) return neg(at(surrogate, 0));
    const entropy = where(over, 0, categorical({ logits }).entropy());
    return neg(add(at(surrogate, 0), mul(sum(entropy), entropyWeight / over.shape[1])));
  };

/** The critic's mean squared error. */
export const criticLoss =
  (critic: Network, { observations, targets, over }: OwnPlays) =>
  (parameters: unknown): Tensor =>
    actingMean(at(square(sub(critic.sequence(parameters, observations), targets)), 0, 2), over);

/** Both networks after a step of their optimisers on the same plays. */
export function stepped(
  state: ActorCriticState,
  { optimizer, criticOptimizer }: ActorCriticOptions,
  losses: { readonly policy: (x: unknown) => Tensor; readonly critic: (x: unknown) => Tensor },
): ActorCriticState {
  const policy = optimizer.update(grad(losses.policy)(state.parameters), state.optimizer, state.parameters);
  const critic = criticOptimizer.update(
    grad(losses.critic)(state.critic),
    state.criticOptimizer,
    state.critic,
  );
  return {
    parameters: applyUpdates(state.parameters, policy.updates),
    optimizer: policy.state,
    critic: applyUpdates(state.critic, critic.updates),
    criticOptimizer: critic.state,
  };
}
