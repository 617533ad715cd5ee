/** What agents and detectives minimise. */
import {
  followingValues,
  generalisedAdvantage,
  generalisedAdvantages,
  type Rollout,
  scoreFunction,
} from '@descant/estimators';
import {
  abs,
  at,
  expandDims,
  less,
  mean,
  mul,
  neg,
  square,
  stack,
  stopGradient,
  sub,
  type Tensor,
  valueAndGrad,
  where,
  zeros,
} from '@descant/tensor-ops';
import type { Network } from '../networks/network.ts';
import { logProbabilities } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import type { DetectivePlays } from './detective.ts';

/** x^2 / 2 up to 1, then |x| - 1 / 2. */
const huber = (x: Tensor): Tensor => where(less(abs(x), 1), mul(square(x), 0.5), sub(abs(x), 0.5));

/** A tensor that counts in gradients, not in values. */
const silent = (x: Tensor): Tensor => sub(x, stopGradient(x));

/**
 * What a seat minimises: minus its return, and the Huber loss of its critic, of which only the gradient counts.
 *
 * @internal
 *
 * @param logs - Log-probabilities [T, B] whose gradients are to be weighted by the seat's advantages.
 * @param values - Of the critic, [T, B].
 */
export function seatLoss(
  game: SampledGame,
  plays: DetectivePlays,
  seat: number,
  logs: readonly Tensor[],
  values: Tensor,
): Tensor {
  const column = (x: Tensor) => expandDims(x, 2);
  const fixed = stopGradient(column(values));
  const rollout: Rollout = {
    logProbabilities: stack(logs, 2),
    rewards: column(at(plays.rewards, seat, 2)),
    terminated: plays.terminated,
    discount: game.discount,
    values: fixed,
    // The last step ends the game: nothing follows it.
    nextValues: followingValues(fixed, zeros([game.plays, 1], fixed.dtype)),
  };
  const monteCarlo = { lambda: 1 };
  const { targets } = generalisedAdvantages(rollout, monteCarlo);
  const value = scoreFunction({ credit: generalisedAdvantage(monteCarlo) }).surrogate(rollout);
  return sub(silent(mean(huber(sub(column(values), targets)))), at(value, 0));
}

/** Values [T, B] of a critic of one output. */
export const valuesOf = <P>(critic: Network<P>, parameters: P, inputs: Tensor): Tensor =>
  at(critic.sequence(parameters, inputs), 0, 2);

/**
 * The agent's return against a detective, and the gradients of its loss: the two terms of eq. 5.A.1, and its critic's.
 *
 * @internal
 */
export function agentGradients<P>(
  game: SampledGame,
  networks: { readonly detective: Network<P>; readonly critic: Network },
  played: (parameters: unknown) => DetectivePlays,
  parameters: { readonly policy: unknown; readonly detective: P; readonly critic: unknown },
): { value: Tensor; policy: unknown; detection: unknown; critic: unknown } {
  type Parts = { policy: unknown; detection: unknown; critic: unknown };
  const loss = (x: Parts) => {
    const plays = played(x.detection);
    const seen = at(plays.observations, 0, 2);
    const acted = (seat: number) => at(plays.actions, seat, 2);
    const own = logProbabilities(game.policies[0], x.policy, seen, acted(0));
    const theirs = logProbabilities(networks.detective, parameters.detective, plays.read, acted(1));
    return seatLoss(game, plays, 0, [own, theirs], valuesOf(networks.critic, x.critic, seen));
  };
  const { policy, critic } = parameters;
  const [lost, gradients] = valueAndGrad(loss)({ policy, detection: policy, critic });
  return { value: neg(lost), ...gradients };
}
