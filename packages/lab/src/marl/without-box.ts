/** The estimator that DiCE replaces: right for a gradient, wrong for the gradient of a learning step. */
import type { Estimator } from '@descant/estimators';
import { cumsum, mul, sum, tensor } from '@descant/tensor-ops';

/**
 * DiCE without its magic box: `sum_t gamma^t r_t sum_{k <= t} log pi(a_k)`, as a mean over plays without endings.
 *
 * Its first derivative is that of DiCE; in the second, the products of scores are missing. (`scoreFunction` of
 * `@descant/estimators` is the same, and refuses a second derivative.)
 *
 * Source: Foerster et al. 2018 (DiCE), the surrogate-loss approach; the option `no-dice` of the released code.
 */
export const withoutMagicBox: Estimator = {
  name: 'without the magic box',
  order: Number.POSITIVE_INFINITY,
  surrogate({ logProbabilities, rewards, discount }) {
    const [steps, plays] = rewards.shape;
    const sofar = cumsum(sum(logProbabilities, -1, { keepDims: true }), 0);
    const discounts = Array.from({ length: steps }, (_, t) => [[Number(discount) ** t]]);
    const weighted = mul(mul(sofar, rewards), tensor(discounts, { dtype: rewards.dtype }));
    return mul(sum(weighted, [0, 1]), 1 / plays);
  },
};
