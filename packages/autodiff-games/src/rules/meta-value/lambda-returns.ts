/** Lambda-returns, normalised. */
import { ArgumentError, add, at, expandDims, mul, scan, slice, sub, type Tensor } from '@descant/tensor-ops';

/** What `lambdaReturns` is computed from. */
export interface LambdaReturnInputs {
  /** r_0, ..., r_(k-1): shape [k, ...S]. */
  readonly rewards: Tensor;
  /** V_0, ..., V_k, of which the first is not used: shape [k + 1, ...S, M]; M values stand for a distribution. */
  readonly values: Tensor;
  /** gamma, shape [...S]. */
  readonly discounts: Tensor;
  /** In [0, 1]: 0 takes the next value, 1 the rewards up to the last value. */
  readonly lambda: number;
}

/**
 * Lambda-returns of normalised values, for every quantile by itself.
 *
 * `Y_k = V_k` and `Y_t = (1 - gamma) r_t + gamma ((1 - lambda) V_(t+1) + lambda Y_(t+1))` for t = k - 1, ..., 0.
 *
 * Source: Cooijmans 2023, thesis, algorithm 4 and appendix 6.A; r_t is the meta-reward of the step from t to t + 1:
 * f(x_t) for V, f(x_(t+1)) for U.
 *
 * @returns Y_0, ..., Y_(k-1), shape [k, ...S, M].
 * @throws ArgumentError when the shapes do not fit or lambda is not in [0, 1].
 *
 * @example
 * ```ts
 * import { lambdaReturns } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const [rewards, values, discounts] = [tensor([2, 4]), tensor([[0], [10], [20]]), tensor(0.5)];
 * lambdaReturns({ rewards, values, discounts, lambda: 0 }); // => [[6], [12]]
 * lambdaReturns({ rewards, values, discounts, lambda: 1 }); // => [[7], [12]]
 * ```
 */
export function lambdaReturns({ rewards, values, discounts, lambda }: LambdaReturnInputs): Tensor {
  if (!(lambda >= 0 && lambda <= 1)) {
    throw new ArgumentError('lambdaReturns', 'lambda', 'lie in [0, 1]', String(lambda));
  }
  const [steps, ...batch] = rewards.shape;
  const check = (argument: string, x: Tensor, expected: readonly (number | string)[]) => {
    const fits =
      x.rank === expected.length && x.shape.every((d, i) => expected[i] === d || expected[i] === 'M');
    if (fits) return;
    const shape = `have shape [${expected.join(', ')}]`;
    throw new ArgumentError('lambdaReturns', argument, shape, `[${x.shape.join(', ')}]`);
  };
  check('values', values, [steps + 1, ...batch, 'M']);
  check('discounts', discounts, batch);
  const gamma = expandDims(discounts, batch.length);
  const kept = sub(1, gamma);
  const inputs = {
    reward: expandDims(rewards, rewards.rank),
    value: slice(values, [1, ...values.shape.slice(1).map(() => 0)], [steps, ...values.shape.slice(1)]),
  };
  const [, returns] = scan(
    (next: Tensor, { reward, value }: typeof inputs): [Tensor, Tensor] => {
      const ahead = add(mul(1 - lambda, value), mul(lambda, next));
      const target = add(mul(kept, reward), mul(gamma, ahead));
      return [target, target];
    },
    at(values, steps),
    inputs,
    { reverse: true },
  );
  return returns;
}
