/** LOLA-DiCE: opponent shaping through sampled learning steps. */
import type { Learner } from '../learners/learner.ts';
import type { ReinforceState } from '../learners/reinforce.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type RuleLearnerOptions, ruleLearner } from './rule-learner.ts';
import { type UnrolledLolaOptions, unrolledLola } from './unrolled-lola.ts';

/** Options of `lolaDice`. */
export type LolaDiceOptions = UnrolledLolaOptions & Omit<RuleLearnerOptions, 'sampling'>;

/**
 * LOLA-DiCE: the player climbs its value after k imagined learning steps of its opponents, through which it
 * differentiates; every step sees fresh plays.
 *
 * `unrolledLola` on a `playedGame`: `x_i <- x_i + optimizer(d/dx_i f_i(x_i, x_j^k))`, `x_j^(m+1) = x_j^m +
 * opponentRate grad_j f_j(x_i, x_j^m)`, all f surrogates of DiCE. In `opponentModelling` it is LOLA-DiCE-OM. As the batch grows it
 * becomes the exact rule; with a finite one the noise of the imagined steps passes through the opponents' policies,
 * which makes it biased.
 *
 * Source: Foerster et al. 2018 (DiCE), sec. 5 and algorithm 1. Settings published: opponentRate 0.1, learning rate 0.2
 * (paper), 0.3 and 0.2 (released code, LOLA_DiCE, OpenSpiel); 64 plays of 150 steps, discount 0.96, SGD, lookAheads 2.
 *
 * @throws ArgumentError as `unrolledLola` and `playedGame`; when traced, for estimators of first order.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { lolaDice, sampledGame, simultaneous, tabularPolicy, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 50 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const lola = lolaDice(game, { opponentRate: 0.3, lookAheads: 2, optimizer: sgd({ learningRate: 0.2 }) });
 * const { history } = await train(simultaneous(game, [lola, lola]), { key: key(0), updates: 150 });
 * history[149]['0.reward'] > -1.4; // => true
 * ```
 */
export const lolaDice = (game: SampledGame, options: LolaDiceOptions): Learner<ReinforceState> => {
  const { opponentRate, lookAheads = 1, order = 1, ...rest } = options;
  const rule = unrolledLola({ opponentRate, lookAheads, order });
  return ruleLearner(game, { ...rule, name: `LOLA-DiCE of order ${order}, ${lookAheads} look-aheads` }, rest);
};
