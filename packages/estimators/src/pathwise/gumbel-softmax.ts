/** Gumbel-softmax: a differentiable relaxation of categorical draws. */
import {
  ArgumentError,
  add,
  div,
  type FloatType,
  log,
  neg,
  type Shape,
  softmax,
  type Tensor,
  uniform,
} from '@descant/tensor-ops';
import { checkPositive } from '../check.ts';

/**
 * Independent standard Gumbel noise, `-log(-log u)` with u uniform on (0, 1): what `gumbelSoftmax` needs.
 *
 * `argmax(logits + noise)` is a draw from softmax(logits) (Gumbel-max).
 *
 * @example
 * ```ts
 * import { gumbelNoise } from '@descant/estimators';
 * import { key, mean } from '@descant/tensor-ops';
 *
 * // The mean is Euler's constant, 0.577; the standard error of 100 000 draws is 0.004.
 * Math.abs(mean(gumbelNoise(key(0), [100000])).item() - 0.577) < 0.02; // => true
 * ```
 */
export function gumbelNoise(key: Tensor, shape: Shape, dtype: FloatType = 'float32'): Tensor {
  const smallest = dtype === 'float64' ? 2.2250738585072014e-308 : 1.1754943508222875e-38;
  return neg(log(neg(log(uniform(key, shape, { low: smallest, dtype })))));
}

/**
 * A relaxed one-hot draw: `y = softmax((logits + noise) / temperature)` along the last axis.
 *
 * Differentiable in the logits to any order. Derivatives of `E[f(y)]` are estimated without bias, but that is another
 * function than the mean of f over one-hot draws, to which it tends as the temperature falls to 0, while the variance
 * of the derivatives grows without bound. `straightThrough(hard, y)` evaluates f at one-hot draws.
 *
 * Source: Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017 (Concrete).
 *
 * @param logits - [..., K].
 * @param noise - Gumbel noise of the same shape: `gumbelNoise(key, shape)`.
 * @param options.temperature - Positive.
 * @returns [..., K], positive, each row sums to 1.
 * @throws ArgumentError when the temperature is not positive, or the shapes differ.
 *
 * @example
 * ```ts
 * import { gumbelSoftmax } from '@descant/estimators';
 * import { tensor } from '@descant/tensor-ops';
 *
 * const noise = tensor([Math.log(3), 0]);
 * gumbelSoftmax(tensor([0, 0]), noise, { temperature: 1 }).toArray(); // => [0.75, 0.25]
 * gumbelSoftmax(tensor([0, 0]), noise, { temperature: 0.5 }).toArray(); // => [0.9, 0.1]
 * ```
 */
export function gumbelSoftmax(
  logits: Tensor,
  noise: Tensor,
  options: { readonly temperature: number | Tensor },
): Tensor {
  const { temperature } = options;
  const fn = 'gumbelSoftmax';
  checkPositive(fn, 'temperature', temperature);
  if (logits.rank === 0 || noise.shape.join() !== logits.shape.join()) {
    const expected = `have the shape of the logits, [${logits.shape.join(', ')}], with an axis of classes`;
    throw new ArgumentError(fn, 'noise', expected, `[${noise.shape.join(', ')}]`);
  }
  return softmax(div(add(logits, noise), temperature));
}
