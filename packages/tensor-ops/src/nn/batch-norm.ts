/** Batch normalisation with explicit running statistics. */
import { ArgumentError, showShape } from '../errors.ts';
import { add, mul, square, sub } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/create.ts';
import { mean } from '../ops/reduce.ts';
import type { FloatType } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { type NormOptions, type NormParameters, standardise } from './layer-norm.ts';
import { checkInput, checkWidth } from './linear.ts';

/** Running statistics of the inputs, each [features]; not parameters: no gradient trains them. */
export interface BatchStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Options of `batchNormTraining`. */
export interface BatchNormOptions extends NormOptions {
  /** Share of the new batch in the running statistics; default 0.1. */
  readonly rate?: number;
}

/**
 * Statistics before the first batch: mean zero, variance one.
 *
 * @example
 * ```ts
 * import { initStatistics } from '@descant/tensor-ops/nn';
 * initStatistics(2).variance.toArray(); // => [1, 1]
 * ```
 */
export function initStatistics(features: number, dtype: FloatType = 'float32'): BatchStatistics {
  checkWidth('initStatistics', 'features', features);
  return { mean: zeros([features], dtype), variance: ones([features], dtype) };
}

/**
 * Batch normalisation in training: normalises by the batch, and updates the running statistics.
 *
 * y = scale (x - m) / sqrt(v + epsilon) + offset, with m and v the mean and the biased variance over all axes but
 * the last of x [..., features]. Running statistics move by `rate` to m and to the unbiased variance n v / (n - 1).
 *
 * Source: Ioffe and Szegedy (2015), algorithms 1 and 2; the running averages are PyTorch's.
 *
 * @returns The output and the next statistics.
 * @throws ArgumentError when x has fewer than two vectors, or vectors of another length.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { batchNormTraining, initNorm, initStatistics } from '@descant/tensor-ops/nn';
 * const result = batchNormTraining(initNorm(1), initStatistics(1), tensor([[2], [4]]), { epsilon: 0 });
 * result.output.toArray(); // => [[-1], [1]]
 * result.statistics.mean.toArray(); // => [0.3]
 * ```
 */
export function batchNormTraining(
  parameters: NormParameters,
  statistics: BatchStatistics,
  x: Tensor,
  options: BatchNormOptions = {},
): { output: Tensor; statistics: BatchStatistics } {
  const features = parameters.scale.size;
  checkInput('batchNormTraining', x, features);
  const count = x.size / features;
  if (count < 2)
    throw new ArgumentError('batchNormTraining', 'x', 'hold at least two vectors', showShape(x.shape));
  const { epsilon = 1e-5, rate = 0.1 } = options;
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const batchMean = mean(x, axes);
  const batchVariance = mean(square(sub(x, batchMean)), axes);
  const move = (running: Tensor, batch: Tensor) => add(mul(1 - rate, running), mul(rate, batch));
  return {
    output: standardise(parameters, x, { mean: batchMean, variance: batchVariance }, epsilon),
    statistics: {
      mean: move(statistics.mean, batchMean),
      variance: move(statistics.variance, mul(count / (count - 1), batchVariance)),
    },
  };
}

/**
 * Batch normalisation after training: normalises by the running statistics, each vector by itself.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { batchNorm, initNorm } from '@descant/tensor-ops/nn';
 * const statistics = { mean: tensor([1]), variance: tensor([4]) };
 * batchNorm(initNorm(1), statistics, tensor([[5]]), { epsilon: 0 }).toArray(); // => [[2]]
 * ```
 */
export function batchNorm(
  parameters: NormParameters,
  statistics: BatchStatistics,
  x: Tensor,
  options: NormOptions = {},
): Tensor {
  checkInput('batchNorm', x, parameters.scale.size);
  return standardise(parameters, x, statistics, options.epsilon ?? 1e-5);
}
