/** Rules for games with known values as learners on played games. */
import type { Rule } from '@descant/autodiff-games';
import { ArgumentError, at, foldIn, mapTree, neg, type Tensor } from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Learner } from '../learners/learner.ts';
import type { ReinforceState } from '../learners/reinforce.ts';
import { meanReward, play } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type PlayedGameOptions, playedGame } from './played-game.ts';

/** Options of `ruleLearner` and of the learners that are made by it. */
export interface RuleLearnerOptions extends Pick<PlayedGameOptions, 'estimator'> {
  readonly optimizer: Optimizer<unknown>;
  /**
   * Whether each evaluation of the rule plays anew, the default, or all see one batch: cheaper, biased where the rule
   * multiplies derivatives, and wrong for rules that look at values elsewhere than at the present parameters.
   */
  readonly sampling?: 'fresh' | 'same';
}

/**
 * A learner that follows any rule of `@descant/autodiff-games`, with values from plays.
 *
 * `x_i <- x_i + optimizer(d_i(x))` with the rule's direction d_i on a `playedGame`: SOS, consensus or a rule of your own.
 * `opponentModelling` lets it see models of the others in place of their parameters.
 *
 * @param rule - Differentiates the surrogates as often as `estimator` allows.
 * @throws ArgumentError when the sampling is another one.
 *
 * @example
 * ```ts
 * import { sos } from '@descant/autodiff-games';
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { ruleLearner, sampledGame, simultaneous, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const learner = ruleLearner(game, sos({ opponentRate: 0.3 }), { optimizer: sgd({ learningRate: 0.2 }) });
 * const pair = simultaneous(game, [learner, learner]);
 * const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * metrics['0.reward'].item() < 0; // => true
 * ```
 */
export function ruleLearner(
  game: SampledGame,
  rule: Rule,
  options: RuleLearnerOptions,
): Learner<ReinforceState> {
  const { optimizer, estimator, sampling = 'fresh' } = options;
  if (sampling !== 'fresh' && sampling !== 'same') {
    throw new ArgumentError('ruleLearner', 'sampling', 'be fresh or same', String(sampling));
  }
  return {
    name: rule.name,
    init(key, seat) {
      const parameters = game.policies[seat].init(key);
      return { parameters, optimizer: optimizer.init(parameters) };
    },
    update(state, { seat, parameters }, key) {
      const plays = play(game, parameters, foldIn(key, 0));
      const options = { ...(estimator && { estimator }), ...(sampling === 'same' && { plays }) };
      const direction = rule.direction(playedGame(game, key, options), parameters, seat);
      const loss = mapTree((d: Tensor) => neg(d), direction);
      const step = optimizer.update(loss, state.optimizer, state.parameters);
      return {
        state: { parameters: applyUpdates(state.parameters, step.updates), optimizer: step.state },
        metrics: { reward: at(meanReward(plays), seat) },
      };
    },
  };
}
