/** The normal distribution. */

import { isFloat } from '../dtype.ts';
import { add, div, log, mul, square, sub } from '../ops/arithmetic.ts';
import { type Operand, unify } from '../ops/operands.ts';
import { broadcastTo } from '../ops/shape.ts';
import { cast } from '../primitives/cast.ts';
import { normal as draw, type FloatType } from '../random/sample.ts';
import { broadcastShapes } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkElements, type Distribution } from './distribution.ts';

/** Parameters of `normal` and `tanhNormal`; they broadcast. */
export interface NormalParameters {
  readonly mean: Operand;
  /** Positive. */
  readonly standardDeviation: Operand;
}

/** A normal distribution. */
export interface Normal extends Distribution<Normal> {
  readonly mean: Tensor;
  readonly standardDeviation: Tensor;
}

const LOG_ROOT_2_PI = 0.5 * Math.log(2 * Math.PI);

/** Parameters as floating-point tensors of one shape. */
export function normalTensors(fn: string, { mean, standardDeviation }: NormalParameters): [Tensor, Tensor] {
  const pair = unify(fn, [mean, standardDeviation]).map((x) => (isFloat(x.dtype) ? x : cast(x, 'float32')));
  checkElements(fn, 'standardDeviation', pair[1], (v) => v > 0, 'be positive');
  const shape = broadcastShapes(fn, pair[0].shape, pair[1].shape);
  return [broadcastTo(pair[0], shape), broadcastTo(pair[1], shape)];
}

/**
 * The normal distribution, element by element; sum `logProb`, `entropy` and `kl` over the axes of a vector.
 *
 * log p(x) = -((x - mean) / sigma)^2 / 2 - log sigma - log(2 pi) / 2. Samples are mean + sigma z, differentiable in
 * both. KL(p || q) = log(sigma_q / sigma_p) + (sigma_p^2 + (mean_p - mean_q)^2) / (2 sigma_q^2) - 1/2.
 *
 * @throws ArgumentError when a concrete standard deviation is not positive.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { normal } from '@descant/tensor-ops/distributions';
 * const p = normal({ mean: tensor([0, 1]), standardDeviation: 2 });
 * p.logProb(0).toArray(); // => [-1.612086, -1.737086]
 * p.kl(normal({ mean: 0, standardDeviation: 2 })).toArray(); // => [0, 0.125]
 * ```
 */
export function normal(parameters: NormalParameters): Normal {
  const [mean, standardDeviation] = normalTensors('normal', parameters);
  const score = (x: Operand) => div(sub(x, mean), standardDeviation);
  return {
    mean,
    standardDeviation,
    logProb: (value) => sub(mul(-0.5, square(score(value))), add(log(standardDeviation), LOG_ROOT_2_PI)),
    entropy: () => add(log(standardDeviation), 0.5 + LOG_ROOT_2_PI),
    kl(other) {
      const ratio = div(standardDeviation, other.standardDeviation);
      const shift = div(sub(mean, other.mean), other.standardDeviation);
      return sub(mul(0.5, sub(add(square(ratio), square(shift)), 1)), log(ratio));
    },
    sample: (key, shape = mean.shape) =>
      add(mean, mul(standardDeviation, draw(key, shape, mean.dtype as FloatType))),
  };
}
