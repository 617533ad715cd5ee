/** A2C: independent advantage actor-critic. */
import { scoreFunction } from '@descant/estimators';
import { at } from '@descant/tensor-ops';
import { meanReward, play } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import {
  type ActorCriticOptions,
  type ActorCriticState,
  checkActorCritic,
  criticLoss,
  initActorCritic,
  ownPlays,
  policyLoss,
  stepped,
} from './actor-critic.ts';
import type { Learner } from './learner.ts';

/**
 * Advantage actor-critic: each player climbs its own value by generalised advantages, and fits a critic of its own.
 *
 * `x_i <- x_i + optimizer(E sum_t gamma^t A_t grad log pi_i(a_t) + c grad sum_t H(pi_i))`, one step a batch of plays,
 * with A_t of the critic before the update; the critic descends `(V(o_t) - R_t)^2`, R_t the lambda-returns. With
 * lambda = 1 the policy gradient is unbiased, whatever the critic, but for what the critic says of plays cut off.
 *
 * Source: Mnih et al. 2016 (A3C), Schulman et al. 2016 for the advantages. Deviations: steps are weighted with gamma^t,
 * as the gradient of a discounted value requires; policy and critic are separate networks with separate optimisers.
 *
 * @param game - With the plays of one update.
 * @throws ArgumentError when the critic does not map observations to one number, or an option is out of range.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { a2c, sampledGame, simultaneous, tabularCritic, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { adam, sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const learner = a2c(game, {
 *   optimizer: sgd({ learningRate: 0.2 }),
 *   critic: tabularCritic(5),
 *   criticOptimizer: adam({ learningRate: 0.1 }),
 * });
 * const pair = simultaneous(game, [learner, learner]);
 * const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * metrics['0.criticLoss'].item() > 0; // => true
 * ```
 */
export function a2c(game: SampledGame, options: ActorCriticOptions): Learner<ActorCriticState> {
  const { critic, lambda, entropyWeight } = checkActorCritic('a2c', game, options);
  return {
    name: 'A2C',
    init: (key, seat) => initActorCritic(game, options, key, seat),
    update(state, { seat, parameters }, key) {
      const plays = play(game, parameters, key);
      const own = ownPlays(game, plays, seat, critic, state.critic, lambda);
      const losses = {
        policy: policyLoss(game, game.policies[seat], own, scoreFunction, entropyWeight),
        critic: criticLoss(critic, own),
      };
      return {
        state: stepped(state, options, losses),
        metrics: { reward: at(meanReward(plays), seat), criticLoss: losses.critic(state.critic) },
      };
    },
  };
}
