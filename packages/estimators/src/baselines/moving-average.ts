/** An average of earlier batches as the baseline. */
import {
  add,
  cast,
  div,
  type FloatType,
  greater,
  mean,
  mul,
  stopGradient,
  type Tensor,
  where,
  zeros,
} from '@descant/tensor-ops';
import { checkFraction } from '../rollout.ts';
import type { Baseline } from './baseline.ts';

/** The average so far: a tree, to be kept between updates and saved with the rest of the training state. */
export interface MovingAverageState {
  /** The decayed sum of mean returns of each player, [N]. */
  readonly total: Tensor;
  /** The decayed number of batches, a scalar; 0 at the start. */
  readonly weight: Tensor;
}

/** A baseline with a memory. */
export interface MovingAverage {
  init(players: number, dtype?: FloatType): MovingAverageState;
  /** The baseline made of earlier batches; 0 before the first. */
  baseline(state: MovingAverageState): Baseline;
  /** The state after a batch; `returns` [T, B, N] as credits compute them. Update AFTER the batch has been used. */
  update(state: MovingAverageState, returns: Tensor): MovingAverageState;
}

/**
 * The exponentially weighted average of the mean returns of earlier batches, one number a player.
 *
 * With `m_k` the mean of the returns of batch k: `b = sum_k decay^(n-k) m_k / sum_k decay^(n-k)` over the n batches
 * before this one (the division corrects for the start, as in Adam). It knows nothing of the present batch, which
 * keeps the estimate's mean as it is: use it first, then update it.
 *
 * Source: Williams 1992, reinforcement comparison (Sutton 1984).
 *
 * @param options.decay - In [0, 1]; 1 is the plain average of all batches.
 * @throws ArgumentError when `decay` is not in [0, 1].
 *
 * @example
 * ```ts
 * import { movingAverage } from '@descant/estimators';
 * import { full, zeros } from '@descant/tensor-ops';
 *
 * const average = movingAverage({ decay: 0.5 });
 * let state = average.init(1);
 * for (const reward of [4, 1]) state = average.update(state, full([1, 2, 1], reward));
 * const rewards = zeros([1, 2, 1]);
 * const rollout = { logProbabilities: rewards, rewards, discount: 1 };
 * average.baseline(state)(rewards, rollout); // => [2]
 * ```
 */
export function movingAverage(options: { readonly decay: number }): MovingAverage {
  const { decay } = options;
  checkFraction('movingAverage', 'decay', decay);
  return {
    init: (players, dtype = 'float32') => ({ total: zeros([players], dtype), weight: zeros([], dtype) }),
    baseline: ({ total, weight }) => {
      const average = stopGradient(
        where(greater(weight, 0), div(total, where(greater(weight, 0), weight, 1)), 0),
      );
      return () => average;
    },
    update: ({ total, weight }, returns) => ({
      total: cast(add(mul(total, decay), mean(stopGradient(returns), [0, 1])), total.dtype),
      weight: add(mul(weight, decay), 1),
    }),
  };
}
