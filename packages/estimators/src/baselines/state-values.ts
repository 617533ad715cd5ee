/** A critic as the baseline. */
import { ArgumentError, stopGradient } from '@descant/tensor-ops';
import type { Baseline } from './baseline.ts';

/**
 * The critic's value of the state as the baseline: `A_t = R_t - V(s_t)`, with the rollout's `values`.
 *
 * Any function of the state leaves the mean of the estimate as it is, also a wrong one. The values are constants: the
 * surrogate does not train the critic.
 *
 * Source: Sutton et al. 1999; Greensmith, Bartlett and Baxter 2004.
 *
 * @throws ArgumentError from the baseline when the rollout has no `values`.
 *
 * @example
 * ```ts
 * import { rewardToGo, stateValueBaseline } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1]], [[2]]]);
 * const values = tensor([[[0.5]], [[1.5]]]);
 * const rollout = { logProbabilities: zeros([2, 1, 1]), rewards, values, discount: 1 };
 * rewardToGo({ baseline: stateValueBaseline() })(rollout).toArray(); // => [[[2.5]], [[0.5]]]
 * ```
 */
export const stateValueBaseline =
  (): Baseline =>
  (_returns, { values }) => {
    if (values === undefined)
      throw new ArgumentError('stateValueBaseline', 'values', 'be given', 'undefined');
    return stopGradient(values);
  };
