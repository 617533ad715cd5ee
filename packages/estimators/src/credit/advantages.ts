/** Advantages that were computed elsewhere. */
import type { Tensor } from '@descant/tensor-ops';
import { checkField, checkRollout } from '../rollout.ts';
import { type Credit, discounted } from './credit.ts';

/**
 * Credit by given advantages or action values: `gamma^t A_t`.
 *
 * With exact Q or A = Q - V of the present policies the estimate is unbiased at the first order, and at all orders in
 * `dice`-like surrogates where they are functions of state and actions. IPO eq. 12 is `scoreFunction` with exact Q.
 *
 * Source: Sutton et al. 1999, policy gradient theorem; Nema and Ravindran 2021 (IPO), eq. 12.
 *
 * @param advantages - [T, B, N] like the rewards, or a function of the rollout.
 * @throws ArgumentError from the credit for wrong shapes or NaN.
 *
 * @example
 * ```ts
 * import { givenAdvantages } from '@descant/estimators';
 * import { tensor, zeros } from '@descant/tensor-ops';
 *
 * const zero = zeros([2, 1, 1]);
 * const credit = givenAdvantages(tensor([[[3]], [[4]]]));
 * credit({ logProbabilities: zero, rewards: zero, discount: 0.5 }).toArray(); // => [[[3]], [[2]]]
 * ```
 */
export const givenAdvantages =
  (advantages: Tensor | Credit): Credit =>
  (rollout) => {
    checkRollout('givenAdvantages', rollout);
    const given = typeof advantages === 'function' ? advantages(rollout) : advantages;
    const { shape } = rollout.rewards;
    const expected = `[T, B, N] = [${shape.join(', ')}]`;
    checkField('givenAdvantages', 'advantages', given, expected, (s) => s.join() === shape.join());
    return discounted(rollout, given);
  };
