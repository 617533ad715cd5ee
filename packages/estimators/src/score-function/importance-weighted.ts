/** Importance-weighted surrogates: plays of earlier policies, with or without PPO's clipping. */
import {
  ArgumentError,
  add,
  clip as clamp,
  exp,
  minimum,
  mul,
  stopGradient,
  sub,
  type Tensor,
} from '@descant/tensor-ops';
import { rewardToGo } from '../credit/returns.ts';
import { type Estimator, limitOrder } from '../estimator.ts';
import { checkRollout, discountsOf, jointLogProbability, perPlay, type Rollout } from '../rollout.ts';
import type { CreditOptions } from './score-function.ts';

/** Options of `importanceWeighted`. */
export interface ImportanceWeightedOptions extends CreditOptions {
  /** c > 0: ratios gain nothing beyond [1 - c, 1 + c] (PPO). Default: no clipping. */
  readonly clip?: number;
  /**
   * Whose draws the ratio is of: everybody's (`joint`, the default), or for each player's value only its own (`own`,
   * as independent PPO learners have it; needs as many actors as players).
   */
  readonly ratio?: 'joint' | 'own';
}

/** pi / mu for each step: [T, B, 1], or [T, B, N] for the players' own. */
function ratioOf(rollout: Rollout, name: string, own: boolean, order: number): Tensor {
  const { logProbabilities, behaviourLogProbabilities, rewards } = rollout;
  const [actors, players] = [logProbabilities, rewards].map((x) => x.shape[2]);
  if (own && actors !== players) {
    const expected = `have as many actors as there are players, ${players}, for own ratios`;
    throw new ArgumentError(name, 'logProbabilities', expected, `${actors}`);
  }
  const change = sub(
    limitOrder(logProbabilities, order, name),
    stopGradient(behaviourLogProbabilities as Tensor),
  );
  return exp(own ? change : jointLogProbability(change));
}

/**
 * The importance-weighted surrogate of trust-region methods, on plays that the behaviour policies have drawn.
 *
 * `J + mean_b sum_t (min(rho_t C_t, clip(rho_t, 1 - c, 1 + c) C_t) - C_t)` with `rho_t = pi(a_t) / mu(a_t)`, C_t the
 * credit `gamma^t A_t`, and J the mean discounted return of the plays; without clipping `J + sum (rho_t - 1) C_t`.
 * At pi = mu its first derivative is that of `scoreFunction`, and without clipping its second is that of
 * `lowVarianceCurvature`: the first of the three terms of IPO's eq. 14. Away from mu it takes the states that mu
 * visits for those of pi: exact for plays of one step, an approximation for longer ones.
 *
 * Published PPO code averages over steps, too, leaves gamma^t out and normalises advantages over the batch: divide by
 * T, and give a credit of your own, `(rollout) => normalised advantages`.
 *
 * Source: Schulman et al. 2015 (TRPO), eq. 14; Schulman et al. 2017 (PPO), eq. 7; Nema and Ravindran 2021 (IPO), eq. 16.
 *
 * @returns An estimator of order 2, or 1 with clipping.
 * @throws ArgumentError when `clip` is not positive or the ratio another one; from the surrogate for wrong shapes,
 *   NaN, missing behaviour, and higher derivatives.
 *
 * @example
 * ```ts
 * import { importanceWeighted } from '@descant/estimators';
 * import { grad, reshape, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const ppo = importanceWeighted({ clip: 0.2 });
 * const behaviourLogProbabilities = tensor([[[-1]]]);
 * const slope = grad((x: Tensor) => {
 *   const logProbabilities = reshape(x, [1, 1, 1]);
 *   return sum(ppo.surrogate({ logProbabilities, behaviourLogProbabilities, rewards: tensor([[[3]]]), discount: 1 }));
 * });
 * slope(tensor(-1)).item(); // => 3
 * slope(tensor(-0.7)).item(); // => 0
 * ```
 */
export function importanceWeighted(options: ImportanceWeightedOptions = {}): Estimator {
  const { credit = rewardToGo(), clip, ratio = 'joint' } = options;
  const name = 'importanceWeighted';
  if (clip !== undefined && !(clip > 0)) throw new ArgumentError(name, 'clip', 'be positive', String(clip));
  if (ratio !== 'joint' && ratio !== 'own') {
    throw new ArgumentError(name, 'ratio', 'be joint or own', String(ratio));
  }
  const order = clip === undefined ? 2 : 1;
  return {
    name,
    order,
    surrogate(rollout) {
      checkRollout(name, rollout, ['behaviourLogProbabilities']);
      const rho = ratioOf(rollout, name, ratio === 'own', order);
      const credits = credit(rollout);
      const weighted = mul(rho, credits);
      const gained =
        clip === undefined ? weighted : minimum(weighted, mul(clamp(rho, 1 - clip, 1 + clip), credits));
      return perPlay(add(mul(discountsOf(rollout), rollout.rewards), sub(gained, credits)));
    },
  };
}
