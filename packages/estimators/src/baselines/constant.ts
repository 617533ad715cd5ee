/** The same baseline for every step. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Baseline } from './baseline.ts';

/**
 * A baseline b that is the same for every step, play and player: `A_t = R_t - b`.
 *
 * Source: Williams 1992 (REINFORCE, reinforcement baseline). It leaves the mean of the estimate as it is, because
 * `E[b grad log pi] = 0`; its effect on the variance depends on the game.
 *
 * @param value - A finite number, in units of the return.
 * @throws ArgumentError when it is not finite.
 *
 * @example
 * ```ts
 * import { constantBaseline, rewardToGo } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1]], [[2]]]);
 * const rollout = { logProbabilities: zeros([2, 1, 1]), rewards, discount: 1 };
 * rewardToGo({ baseline: constantBaseline(2) })(rollout).toArray(); // => [[[1]], [[0]]]
 * ```
 */
export function constantBaseline(value: number): Baseline {
  if (!Number.isFinite(value)) {
    throw new ArgumentError('constantBaseline', 'value', 'be a finite number', String(value));
  }
  return () => value;
}
