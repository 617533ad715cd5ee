/** The other plays as the baseline (RLOO). */
import { ArgumentError, div, stopGradient, sub, sum } from '@descant/tensor-ops';
import type { Baseline } from './baseline.ts';

/**
 * The mean return of the other plays of the batch, from the same step on: `b_t^k = 1 / (B - 1) sum_{l != k} R_t^l`.
 *
 * The plays are drawn independently, so the others know nothing of a play's own draws, and the mean of the estimate
 * stays the same. (The mean over all plays, its own included, would shrink it by (B - 1) / B.) Where plays end at
 * different times (auto-reset), step t of the others may be another stage of the game: still unbiased.
 *
 * Source: Kool, van Hoof and Welling 2019 (RLOO); Mnih and Rezende 2016 (VIMCO's local baseline).
 *
 * @throws ArgumentError from the baseline for batches of one play.
 *
 * @example
 * ```ts
 * import { leaveOneOutBaseline, rewardToGo } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1], [2], [6]]]); // one step of three plays
 * const rollout = { logProbabilities: zeros([1, 3, 1]), rewards, discount: 1 };
 * rewardToGo({ baseline: leaveOneOutBaseline() })(rollout).toArray(); // => [[[-3], [-1.5], [4.5]]]
 * ```
 */
export const leaveOneOutBaseline = (): Baseline => (returns) => {
  const plays = returns.shape[1];
  if (plays < 2) {
    throw new ArgumentError('leaveOneOutBaseline', 'plays', 'be at least 2 in a batch', `${plays}`);
  }
  const fixed = stopGradient(returns);
  return div(sub(sum(fixed, 1, { keepDims: true }), fixed), plays - 1);
};
