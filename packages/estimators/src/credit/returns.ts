/** Credit by what was paid: the whole return of a play, or the rewards from a step on. */
import { add, mul, sub, type Tensor } from '@descant/tensor-ops';
import type { Baseline } from '../baselines/baseline.ts';
import { remainingSum, runningSum } from '../recurrence.ts';
import { checkRollout, discountsOf, goesOn, type Rollout } from '../rollout.ts';
import { type Credit, discounted } from './credit.ts';

/** Options of `totalReturn` and `rewardToGo`. */
export interface ReturnOptions {
  /** Subtracted from the returns; default: nothing. */
  readonly baseline?: Baseline;
}

/**
 * The discounted rewards from each step to the end of its play: `R_t = sum_{k >= t} gamma^(k - t) r_k`, [T, B, N].
 *
 * Nothing passes from one play to the next where plays end within the T steps. What would have followed a truncation,
 * or the last step, counts as nothing: `generalisedAdvantages` with lambda = 1 adds a critic's value for it.
 *
 * @param rollout - Only rewards, discount and endings are used.
 * @throws ArgumentError for wrong shapes, NaN, or a discount outside [0, 1].
 *
 * @example
 * ```ts
 * import { returnsToGo } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1]], [[1]], [[1]]]);
 * const terminated = tensor([[false], [true], [false]]);
 * const rollout = { logProbabilities: zeros([3, 1, 1]), rewards, terminated, discount: 0.5 };
 * returnsToGo(rollout).toArray(); // => [[[1.5]], [[1]], [[1]]]
 * ```
 */
export function returnsToGo(rollout: Rollout): Tensor {
  checkRollout('returnsToGo', rollout);
  return remainingSum(rollout.rewards, mul(goesOn(rollout), rollout.discount));
}

const minus = (returns: Tensor, rollout: Rollout, { baseline }: ReturnOptions): Tensor =>
  baseline === undefined ? returns : sub(returns, baseline(returns, rollout));

/**
 * Credit by causality: a draw answers for the rewards from its step on, `gamma^t (R_t - b_t)`.
 *
 * Unbiased at any order where the surrogate is, whatever the baseline.
 *
 * Source: Williams 1992; Sutton et al. 1999; for the second order Foerster et al. 2018 (DiCE).
 *
 * @param options.baseline - b; see `constantBaseline`, `stateValueBaseline`, `leaveOneOutBaseline`, `movingAverage`.
 * @throws ArgumentError from the credit for wrong shapes, NaN, or a discount outside [0, 1].
 *
 * @example
 * ```ts
 * import { rewardToGo } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1]], [[1]], [[1]]]);
 * rewardToGo()({ logProbabilities: zeros([3, 1, 1]), rewards, discount: 0.5 }).toArray(); // => [[[1.75]], [[0.75]], [[0.25]]]
 * ```
 */
export const rewardToGo =
  (options: ReturnOptions = {}): Credit =>
  (rollout) =>
    discounted(rollout, minus(returnsToGo(rollout), rollout, options));

/**
 * Credit without causality: every draw answers for the whole discounted return of its play, `R_0 - b`.
 *
 * Source: Williams 1992 (REINFORCE). Right at the first order; later draws cannot have
 * caused earlier rewards, so this only adds noise of mean 0.
 *
 * @param options.baseline - b; see `rewardToGo`.
 * @throws ArgumentError from the credit for wrong shapes, NaN, or a discount outside [0, 1].
 *
 * @example
 * ```ts
 * import { totalReturn } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[1]], [[1]], [[1]]]);
 * totalReturn()({ logProbabilities: zeros([3, 1, 1]), rewards, discount: 0.5 }).toArray(); // => [[[1.75]], [[1.75]], [[1.75]]]
 * ```
 */
export const totalReturn =
  (options: ReturnOptions = {}): Credit =>
  (rollout) => {
    checkRollout('totalReturn', rollout);
    const on = goesOn(rollout);
    const paid = mul(discountsOf(rollout), rollout.rewards);
    // What was paid so far and what will be, each within the play, count the present step twice.
    const total = sub(add(runningSum(paid, on), remainingSum(paid, on)), paid);
    return minus(total, rollout, options);
  };
