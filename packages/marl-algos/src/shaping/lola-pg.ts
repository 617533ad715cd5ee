/** LOLA-PG: opponent shaping with policy gradients of first and second order. */
import { hola } from '@descant/autodiff-games';
import type { Learner } from '../learners/learner.ts';
import type { ReinforceState } from '../learners/reinforce.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type RuleLearnerOptions, ruleLearner } from './rule-learner.ts';

/** Options of `lolaPg`. */
export interface LolaPgOptions extends RuleLearnerOptions {
  /** eta, the step size of the opponents' imagined step, at least 0. */
  readonly opponentRate: number;
  /** n: 1 takes the opponents for naive learners, the default, n for LOLA-PG learners of order n - 1. */
  readonly order?: number;
}

/**
 * LOLA-PG: the first-order expansion of LOLA, with every derivative estimated from plays.
 *
 * `d_i = grad_i V_i + eta (grad_j V_i)' grad_i grad_j V_j`, f_lola of the slides, where
 * `grad_i grad_j V_j = E sum_t gamma^t r_t^j (sum_{l <= t} grad_i log pi_i(a_l)) (sum_{l <= t} grad_j log pi_j(a_l))'`,
 * which is what the mixed derivative of DiCE's surrogate is, play by play. The two factors of the second term come from
 * separate batches, so that d_i is unbiased; `sampling: 'same'` takes all from one batch, as the released code does,
 * at a third of the plays and with the bias of their covariance.
 *
 * Source: Foerster et al. 2018 (LOLA), eq. 4.4 and 4.7 to 4.9, slides f_lola,pg. Settings of the released code: 4000
 * plays of 150 steps, SGD, learning rate and opponentRate 1, discount 0.96 (IPD) and 0.9 (IMP). (It doubles all
 * derivatives; with rates of 2, LOLA leaves the equilibrium of IMP even with exact values.) Deviation: rewards are
 * centred by the other plays, not by a critic.
 *
 * @throws ArgumentError as `hola` of autodiff-games and `playedGame`; when traced, for estimators of first order.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { lolaPg, sampledGame, simultaneous, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const lola = lolaPg(game, { opponentRate: 1, optimizer: sgd({ learningRate: 1 }) });
 * const pair = simultaneous(game, [lola, lola]);
 * const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * metrics['0.reward'].item() < 0; // => true
 * ```
 */
export const lolaPg = (game: SampledGame, options: LolaPgOptions): Learner<ReinforceState> => {
  const { opponentRate, order = 1, ...rest } = options;
  const rule = hola({ order, opponentRate, kind: 'taylorFoerster' });
  return ruleLearner(game, { ...rule, name: `LOLA-PG of order ${order}` }, rest);
};
