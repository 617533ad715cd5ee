/** Independent policy gradients: the naive learner of opponent shaping. */
import { type Estimator, scoreFunction } from '@descant/estimators';
import { at, grad, neg, type Tensor } from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import { logProbabilitiesOf, meanReward, play, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import type { Learner, LearnerState } from './learner.ts';

/** Options of `reinforce`. */
export interface ReinforceOptions {
  readonly optimizer: Optimizer<unknown>;
  /** Of the gradient of the player's own value; default `scoreFunction()`, reward to go without a baseline. */
  readonly estimator?: Estimator;
}

/** The state of learners with a policy and an optimiser. */
export interface ReinforceState extends LearnerState {
  readonly optimizer: unknown;
}

/**
 * REINFORCE: each player climbs its own value, and takes the others for a part of the environment.
 *
 * `x_i <- x_i + optimizer(grad_i V_i)` with the gradient estimated from one batch of plays.
 *
 * Source: Williams 1992; as naive learner Foerster et al. 2018 (LOLA), eq. 4.6.
 *
 * @param game - With the plays of one update.
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
 * metrics['0.reward'].item() < 0; // => true
 * ```
 */
export function reinforce(game: SampledGame, options: ReinforceOptions): Learner<ReinforceState> {
  const { optimizer, estimator = scoreFunction() } = options;
  return {
    name: 'REINFORCE',
    init(key, seat) {
      const parameters = game.policies[seat].init(key);
      return { parameters, optimizer: optimizer.init(parameters) };
    },
    update(state, { seat, parameters }, key) {
      const plays = play(game, parameters, key);
      // What was played does not depend on the parameters, only how likely it was.
      const loss = (x: unknown): Tensor => {
        const logs = logProbabilitiesOf(game, parameters.with(seat, x), plays);
        return neg(at(estimator.surrogate(toRollout(game, { ...plays, logProbabilities: logs })), seat));
      };
      const step = optimizer.update(grad(loss)(state.parameters), state.optimizer, state.parameters);
      return {
        state: { parameters: applyUpdates(state.parameters, step.updates), optimizer: step.state },
        metrics: { reward: at(meanReward(plays), seat) },
      };
    },
  };
}
