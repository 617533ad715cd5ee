/** Loaded DiCE: any-order estimates from advantages, with a bias-variance trade-off. */
import { ArgumentError, add, mul, sub } from '@descant/tensor-ops';
import type { Credit } from '../credit/credit.ts';
import { generalisedAdvantage } from '../credit/gae.ts';
import { type Estimator, limitOrder } from '../estimator.ts';
import { runningSum } from '../recurrence.ts';
import {
  checkFraction,
  checkRollout,
  discountsOf,
  goesOn,
  jointLogProbability,
  perPlay,
} from '../rollout.ts';
import { magicBox } from './magic-box.ts';

/** Options of `loadedDice`. */
export interface LoadedDiceOptions {
  /** How much of the influence of each step is still counted one step later, in [0, 1]. */
  readonly lambda: number;
  /** The advantages: generalised ones with this decay (the critic's trade-off) ... */
  readonly tau?: number;
  /** ... or any other credit. One of the two must be given. */
  readonly credit?: Credit;
}

/**
 * Loaded DiCE: derivatives of any order from advantages instead of rewards.
 *
 * `J + sum_t gamma^t (box(w_t) - box(w_t - log pi(a_t))) A_t` with `w_t = lambda w_(t-1) + log pi(a_t)` within each
 * play, log pi(a_t) the log-probability of all actors' draws, box the magic box and J the mean discounted return.
 *
 * lambda weights dependencies between steps: with lambda = 1 the estimates are unbiased at every order where the
 * advantages are (exact Q or A as functions of state and actions, or returns minus a baseline, for which the
 * derivatives without a baseline are play by play those of `dice`). With lambda < 1 derivatives above the first are
 * biased and vary less; lambda = 0 is `lowVarianceCurvature`. The first derivative does not depend on lambda.
 *
 * At lambda = 1 the mixed second derivative in two players' parameters is, play by play, IPO's eq. 14. (The surrogate
 * of IPO's eq. 16 yields only the first of its three terms.)
 *
 * Source: Farquhar, Whiteson and Foerster 2019 (Loaded DiCE), alg. 1; Nema and Ravindran 2021 (IPO), eq. 14.
 * Deviation: the paper's surrogate evaluates to 0, or to a value; this one to J, like all estimators here.
 *
 * @returns An estimator of any order.
 * @throws ArgumentError when lambda or tau is not in [0, 1], or not one of `tau` and `credit` is given; from the
 * surrogate for wrong shapes, NaN, and missing values.
 *
 * @example
 * ```ts
 * import { loadedDice } from '@descant/estimators';
 * import { grad, reshape, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const rewards = tensor([[[0]], [[2]]]);
 * const values = tensor([[[1]], [[1]]]);
 * const nextValues = tensor([[[1]], [[0]]]);
 * const estimator = loadedDice({ lambda: 1, tau: 1 });
 * const surrogate = (logProbabilities: Tensor) =>
 *   sum(estimator.surrogate({ logProbabilities: reshape(logProbabilities, [2, 1, 1]), rewards, values, nextValues, discount: 1 }));
 * surrogate(tensor([-1, -1])).item(); // => 2
 * grad(surrogate)(tensor([-1, -1])).toArray(); // => [1, 1]
 * ```
 */
export function loadedDice(options: LoadedDiceOptions): Estimator {
  const { lambda, tau, credit } = options;
  checkFraction('loadedDice', 'lambda', lambda);
  if ((tau === undefined) === (credit === undefined)) {
    const received = tau === undefined ? 'neither' : 'both';
    throw new ArgumentError('loadedDice', 'options', 'hold one of tau and credit', received);
  }
  if (tau !== undefined) checkFraction('loadedDice', 'tau', tau);
  return weightedDependencies(
    'loadedDice',
    Number.POSITIVE_INFINITY,
    lambda,
    credit ?? generalisedAdvantage({ lambda: tau ?? Number.NaN }),
  );
}

/** What `loadedDice` and `lowVarianceCurvature` share. */
export function weightedDependencies(name: string, order: number, lambda: number, credit: Credit): Estimator {
  return {
    name,
    order,
    surrogate(rollout) {
      checkRollout(name, rollout);
      const now = limitOrder(jointLogProbability(rollout.logProbabilities), order, name);
      const upTo = runningSum(now, mul(goesOn(rollout), lambda));
      const dependency = sub(magicBox(upTo), magicBox(sub(upTo, now)));
      return perPlay(add(mul(discountsOf(rollout), rollout.rewards), mul(dependency, credit(rollout))));
    },
  };
}
