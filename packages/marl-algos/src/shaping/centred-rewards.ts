/** Rewards without what all plays have in common, for estimates of any order that vary less. */
import type { Estimator } from '@descant/estimators';
import { ArgumentError, add, mul, stopGradient, sub, sum } from '@descant/tensor-ops';

/**
 * An estimator on rewards from which the mean reward of the other plays in the same step is subtracted.
 *
 * `r_t^b - 1 / (B - 1) sum_{l != b} r_t^l`. What is subtracted does not depend on the play's own draws, so it has no
 * derivatives in the mean, of any order: unlike the baseline term of DiCE, which only helps the first, it lowers the
 * variance of second derivatives, too. The surrogate still evaluates to the mean discounted return.
 *
 * Source: the released code of DiCE (Foerster et al. 2018), which subtracts the mean of all plays, the own among them;
 * that is biased by the factor (B - 1) / B, this one is not.
 *
 * @throws ArgumentError from the surrogate for batches of one play.
 *
 * @example
 * ```ts
 * import { dice } from '@descant/estimators';
 * import { centredRewards } from '@descant/marl-algos';
 * import { grad, reshape, sum, type Tensor, tensor } from '@descant/tensor-ops';
 * const rewards = tensor([[[1], [2], [6]]]); // one step of three plays
 * const value = (x: Tensor) =>
 *   sum(centredRewards(dice()).surrogate({ logProbabilities: reshape(x, [1, 3, 1]), rewards, discount: 1 }));
 * value(tensor([-1, -1, -1])).item(); // => 3
 * grad(value)(tensor([-1, -1, -1])).toArray(); // => [-1, -0.5, 1.5]
 * ```
 */
export function centredRewards(estimator: Estimator): Estimator {
  return {
    name: `${estimator.name}, centred rewards`,
    order: estimator.order,
    surrogate(rollout) {
      const { rewards } = rollout;
      const plays = rewards.shape[1];
      if (plays < 2) {
        throw new ArgumentError('centredRewards', 'plays', 'be at least 2 in a batch', `${plays}`);
      }
      const total = sum(rewards, 1, { keepDims: true });
      const centred = mul(sub(mul(rewards, plays), total), 1 / (plays - 1));
      const surrogate = estimator.surrogate({ ...rollout, rewards: centred });
      return add(surrogate, stopGradient(sub(estimator.surrogate(rollout), surrogate)));
    },
  };
}
