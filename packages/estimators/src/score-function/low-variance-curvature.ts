/** LVC: second derivatives of low variance, and biased. */
import { rewardToGo } from '../credit/returns.ts';
import type { Estimator } from '../estimator.ts';
import { weightedDependencies } from './loaded-dice.ts';
import type { CreditOptions } from './score-function.ts';

/**
 * The low-variance curvature estimator: DiCE without dependencies between steps.
 *
 * `J + sum_t gamma^t (box(log pi(a_t)) - 1) A_t`: the ratio surrogate `pi / stop(pi) A` of TRPO and PPO, which is also
 * the surrogate of IPO's eq. 16 at the present policies. The first derivative is that of `scoreFunction`. The second
 * lacks every product of scores of different steps, IPO's eq. 14 but its first term: it is unbiased for plays of one
 * step, biased for longer ones, and varies less. It is `loadedDice` at lambda = 0, made for two derivatives.
 *
 * Source: Rothfuss et al. 2019 (ProMP); Nema and Ravindran 2021 (IPO), eq. 16.
 *
 * @param options.credit - gamma^t A_t; default `rewardToGo()`.
 * @returns An estimator of order 2.
 * @throws ArgumentError from the surrogate for wrong shapes, NaN, and third derivatives.
 *
 * @example
 * ```ts
 * import { lowVarianceCurvature } from '@descant/estimators';
 * import { hessian, reshape, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[0]], [[2]]]);
 * const surrogate = (logProbabilities: Tensor) =>
 *   sum(lowVarianceCurvature().surrogate({ logProbabilities: reshape(logProbabilities, [2, 1, 1]), rewards, discount: 1 }));
 * hessian(surrogate)(tensor([-1, -1])).toArray(); // => [[2, 0], [0, 2]]
 * ```
 */
export const lowVarianceCurvature = (options: CreditOptions = {}): Estimator =>
  weightedDependencies('lowVarianceCurvature', 2, 0, options.credit ?? rewardToGo());
