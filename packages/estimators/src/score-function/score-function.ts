/** The score-function estimator: REINFORCE, actor-critic and all first-order policy gradients. */
import { add, mul, stopGradient, sub } from '@descant/tensor-ops';
import type { Credit } from '../credit/credit.ts';
import { rewardToGo } from '../credit/returns.ts';
import { type Estimator, limitOrder } from '../estimator.ts';
import { checkRollout, discountsOf, jointLogProbability, perPlay } from '../rollout.ts';

/** Options of `scoreFunction` and of estimators that weight steps by a credit. */
export interface CreditOptions {
  /** What each step's draw answers for; default `rewardToGo()`. */
  readonly credit?: Credit;
}

/**
 * The score-function (likelihood-ratio) estimator of the first derivative, with any credit.
 *
 * `grad V = E[sum_t grad log pi(a_t) C_t + grad sum_t gamma^t r_t]`, where log pi(a_t) is the log-probability of all
 * actors' draws of step t, so that the derivative of any player's value in any player's parameters is right, and C_t
 * is the credit:
 * - REINFORCE: `totalReturn()`; with causality `rewardToGo()`; with a baseline `rewardToGo({ baseline })`.
 * - actor-critic and A2C: `temporalDifference()`; GAE: `generalisedAdvantage({ lambda })`.
 * - IMPALA: `vtrace()`. Policy gradient theorem and IPO eq. 12: `givenAdvantages(Q)`.
 *
 * The surrogate is `J + mean_b sum_t (log pi(a_t) - stop(log pi(a_t))) stop(C_t)` with J the mean discounted return.
 * Its second derivative would lack all terms with two scores, so it is an error.
 *
 * Source: Williams 1992; Sutton et al. 1999; Schulman et al. 2015 (stochastic computation graphs) for rewards that
 * depend on parameters themselves.
 *
 * @returns An estimator of order 1: unbiased where the credit's documentation says so.
 * @throws ArgumentError from the surrogate for wrong shapes, NaN, and a second derivative.
 *
 * @example
 * ```ts
 * import { leaveOneOutBaseline, rewardToGo, scoreFunction } from '@descant/estimators';
 * import { at, grad, logSoftmax, reshape, stack, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1], [0]]]); // one step of two plays
 * const rloo = scoreFunction({ credit: rewardToGo({ baseline: leaveOneOutBaseline() }) });
 * const surrogate = (logits: Tensor) => {
 *   const p = logSoftmax(logits); // the first play took action 0, the second action 1
 *   const logProbabilities = reshape(stack([at(p, 0), at(p, 1)]), [1, 2, 1]);
 *   return at(rloo.surrogate({ logProbabilities, rewards, discount: 1 }), 0);
 * };
 * surrogate(tensor([0, 0])).item(); // => 0.5
 * grad(surrogate)(tensor([0, 0])).toArray(); // => [0.5, -0.5]
 * ```
 */
export function scoreFunction(options: CreditOptions = {}): Estimator {
  const { credit = rewardToGo() } = options;
  const name = 'scoreFunction';
  return {
    name,
    order: 1,
    surrogate(rollout) {
      checkRollout(name, rollout);
      const log = limitOrder(jointLogProbability(rollout.logProbabilities), 1, name);
      const score = mul(sub(log, stopGradient(log)), stopGradient(credit(rollout)));
      return perPlay(add(mul(discountsOf(rollout), rollout.rewards), score));
    },
  };
}
