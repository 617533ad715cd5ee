/** DiCE, the infinitely differentiable Monte Carlo estimator. */
import { add, mul, sub } from '@descant/tensor-ops';
import type { Baseline } from '../baselines/baseline.ts';
import { returnsToGo } from '../credit/returns.ts';
import type { Estimator } from '../estimator.ts';
import { runningSum } from '../recurrence.ts';
import { checkRollout, discountsOf, goesOn, jointLogProbability, perPlay } from '../rollout.ts';
import { magicBox } from './magic-box.ts';

/** Options of `dice`. */
export interface DiceOptions {
  /** b_t of the baseline term; default: no such term. */
  readonly baseline?: Baseline;
}

/**
 * DiCE: unbiased estimates of derivatives of every order from plain rewards.
 *
 * `J = sum_t gamma^t box(sum_{k <= t} log pi(a_k)) r_t + sum_t gamma^t (1 - box(log pi(a_t))) b_t`, the mean over
 * plays, where box is the magic box and log pi(a_k) the log-probability of all actors' draws of step k: a player's
 * reward depends on what everybody has drawn so far in the same play. The second sum is 0, and all its derivatives
 * have mean 0 where b_t does not depend on the draws of step t.
 *
 * The mixed second derivative in two players' parameters is, play by play, IPO's eq. 13.
 *
 * Source: Foerster et al. 2018 (DiCE), with its baseline term; Nema and Ravindran 2021 (IPO), eq. 13.
 * Rewards may depend on parameters, as the costs of DiCE's computation graphs do.
 *
 * @returns An estimator of any order, unbiased at each.
 * @throws ArgumentError from the surrogate for wrong shapes, NaN, or a discount outside [0, 1].
 *
 * @example
 * ```ts
 * import { dice, type Chance, enumerate, expectation } from '@descant/estimators';
 * import { add, cast, grad, mul, neg, reshape, softplus, stack, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * // An action is 1 with probability sigmoid(x), and is paid 1: V = sigmoid(x), V''(0) = 0, V'''(0) = -1/8.
 * const x = tensor(0);
 * const third = expectation(enumerate((chance: Chance) => {
 *   const action = cast(chance.categorical(stack([tensor(0), x])), 'float32');
 *   const surrogate = (y: Tensor) => {
 *     const logProbability = add(neg(softplus(y)), mul(action, y));
 *     const shape = [1, 1, 1];
 *     const rollout = { logProbabilities: reshape(logProbability, shape), rewards: reshape(action, shape), discount: 1 };
 *     return sum(dice().surrogate(rollout));
 *   };
 *   return grad(grad(grad(surrogate)))(x);
 * }));
 * third.item(); // => -0.125
 * ```
 */
export function dice(options: DiceOptions = {}): Estimator {
  const { baseline } = options;
  return {
    name: 'dice',
    order: Number.POSITIVE_INFINITY,
    surrogate(rollout) {
      checkRollout('dice', rollout);
      const { rewards } = rollout;
      const now = jointLogProbability(rollout.logProbabilities);
      const sofar = runningSum(now, goesOn(rollout));
      const paid = mul(magicBox(sofar), rewards);
      const perStep =
        baseline === undefined
          ? paid
          : add(paid, mul(sub(1, magicBox(now)), baseline(returnsToGo(rollout), rollout)));
      return perPlay(mul(discountsOf(rollout), perStep));
    },
  };
}
