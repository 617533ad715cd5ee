/** What a credit is, and how advantages become one. */
import { mul, type Tensor } from '@descant/tensor-ops';
import { discountsOf, type Rollout } from '../rollout.ts';

/**
 * What the log-probability of each step is multiplied with in a surrogate, [T, B, N]: the discount of the step times
 * its advantage, `gamma^t A_t`.
 *
 * (Much published code leaves gamma^t out, and so follows no gradient of any function: Nota and Thomas 2020. A credit
 * of your own may do so: it is a function of the rollout.)
 */
export type Credit = (rollout: Rollout) => Tensor;

/** gamma^t A_t. */
export const discounted = (rollout: Rollout, advantages: Tensor): Tensor =>
  mul(discountsOf(rollout), advantages);
