/** The deterministic policy gradient of IPO: derivatives through a critic's action. */
import { add, mul, stopGradient, sub, type Tensor } from '@descant/tensor-ops';
import { type Estimator, limitOrder } from '../estimator.ts';
import { checkField, checkRollout, discountsOf, perPlay, type Rollout } from '../rollout.ts';

/** What `deterministicPolicy` needs: visited states, and the critic at the policies' actions there. */
export interface DeterministicRollout extends Pick<Rollout, 'discount' | 'terminated' | 'truncated'> {
  /**
   * Q^i(s_t, mu^1(s_t), ..., mu^M(s_t)) for each player, to be MAXIMISED: [T, B, N]. Differentiable in the policies
   * through the actions; the states and the critic's own parameters are constants.
   */
  readonly actionValues: Tensor;
}

/** Options of `deterministicPolicy`. */
export interface DeterministicPolicyOptions {
  /**
   * Allows second derivatives, IPO's eq. 23, which hold only what the players' actions of one and the same step do to
   * each other. For plays of two or more steps they lack the terms across time: wrong, not only noisy.
   */
  readonly immediateOnly?: boolean;
}

/**
 * The deterministic policy gradient for any number of players.
 *
 * `grad_i J^i = E[sum_t gamma^t grad_i mu^i(s_t) grad_{a^i} Q^i(s_t, a)]` at `a = mu(s_t)`, over the states that the
 * policies visit. The surrogate is `sum_t gamma^t (Q_t - stop(Q_t))` plus the critic's value of the first states of
 * plays, to which it evaluates. Unbiased with the exact Q of the present policies.
 *
 * Source: Nema and Ravindran 2021 (IPO), eq. 22 (order 1) and eq. 23 (`immediateOnly`); Silver et al. 2014. Eq. 23 holds
 * for T = 1 only: the paper drops how an action now changes the states in which the others will act.
 *
 * @returns An estimator of order 1, or 2 with `immediateOnly`.
 * @throws ArgumentError from the surrogate for wrong shapes, NaN, and higher derivatives.
 *
 * @example
 * ```ts
 * import { deterministicPolicy } from '@descant/estimators';
 * import { grad, neg, reshape, square, sub, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const q = (action: Tensor) => neg(square(sub(action, 2)));
 * const surrogate = (action: Tensor) =>
 *   sum(deterministicPolicy().surrogate({ actionValues: reshape(q(action), [1, 1, 1]), discount: 1 }));
 * grad(surrogate)(tensor(1)).item(); // => 2
 * ```
 */
export function deterministicPolicy(
  options: DeterministicPolicyOptions = {},
): Estimator<DeterministicRollout> {
  const name = 'deterministicPolicy';
  const order = options.immediateOnly === true ? 2 : 1;
  return {
    name,
    order,
    surrogate({ actionValues, ...rest }) {
      const rollout = { ...rest, rewards: actionValues, logProbabilities: actionValues };
      checkField(name, 'actionValues', actionValues, '[T, B, N]', (s) => s.length === 3);
      checkRollout(name, rollout);
      const q = limitOrder(actionValues, order, name);
      const fixed = stopGradient(q);
      // The discount 0 leaves the first step of each play.
      const starts = mul(discountsOf({ ...rollout, discount: 0 }), fixed);
      return perPlay(add(starts, mul(discountsOf(rollout), sub(q, fixed))));
    },
  };
}
