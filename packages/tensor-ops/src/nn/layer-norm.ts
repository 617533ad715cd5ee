/** Layer normalisation. */
import { add, div, mul, sqrt, square, sub } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/create.ts';
import { mean } from '../ops/reduce.ts';
import type { FloatType } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { checkInput, checkWidth } from './linear.ts';

/** Parameters of `layerNorm` and `batchNorm`, each [features]. */
export interface NormParameters {
  readonly scale: Tensor;
  readonly offset: Tensor;
}

/** Options of the normalisations. */
export interface NormOptions {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
}

/**
 * Parameters of a normalisation over `features`: scale one, offset zero.
 *
 * @example
 * ```ts
 * import { initNorm } from '@descant/tensor-ops/nn';
 * initNorm(2).scale.toArray(); // => [1, 1]
 * ```
 */
export function initNorm(features: number, dtype: FloatType = 'float32'): NormParameters {
  checkWidth('initNorm', 'features', features);
  return { scale: ones([features], dtype), offset: zeros([features], dtype) };
}

/** scale (x - mean) / sqrt(variance + epsilon) + offset. */
export function standardise(
  { scale, offset }: NormParameters,
  x: Tensor,
  { mean: center, variance }: { mean: Tensor; variance: Tensor },
  epsilon: number,
): Tensor {
  return add(mul(scale, div(sub(x, center), sqrt(add(variance, epsilon)))), offset);
}

/**
 * Layer normalisation over the last axis: scale (x - mean) / sqrt(variance + epsilon) + offset, x [..., features].
 *
 * Mean and (biased) variance are those of each vector.
 *
 * Source: Ba, Kiros and Hinton (2016), eq. 3-4, with epsilon.
 *
 * @throws ArgumentError when the last axis of x is not `features` long.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { initNorm, layerNorm } from '@descant/tensor-ops/nn';
 * layerNorm(initNorm(2), tensor([[1, 3], [20, 10]]), { epsilon: 0 }).toArray(); // => [[-1, 1], [1, -1]]
 * ```
 */
export function layerNorm(parameters: NormParameters, x: Tensor, options: NormOptions = {}): Tensor {
  checkInput('layerNorm', x, parameters.scale.size);
  const center = mean(x, -1, { keepDims: true });
  const variance = mean(square(sub(x, center)), -1, { keepDims: true });
  return standardise(parameters, x, { mean: center, variance }, options.epsilon ?? 1e-5);
}
