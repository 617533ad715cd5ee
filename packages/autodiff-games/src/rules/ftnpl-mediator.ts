/** FTNPL's affine maps, and the mediator's policy. */
import {
  add,
  at,
  clip,
  div,
  exp,
  type FloatType,
  matmul,
  mul,
  neg,
  split,
  square,
  sub,
  sum,
  type Tensor,
  uniform,
  zeros,
} from '@descant/tensor-ops';

/** An affine map of vectors. */
export interface Affine {
  readonly weights: Tensor;
  readonly bias: Tensor;
}

export const applied = ({ weights, bias }: Affine, v: Tensor): Tensor => add(matmul(weights, v), bias);

/** Weights and bias uniform on (-1 / sqrt(inputs), 1 / sqrt(inputs)). */
export function drawnAffine(key: Tensor, outputs: number, inputs: number, dtype: FloatType): Affine {
  const keys = split(key);
  const bound = 1 / Math.sqrt(inputs);
  const options = { dtype, low: -bound, high: bound };
  return {
    weights: uniform(at(keys, 0), [outputs, inputs], options),
    bias: uniform(at(keys, 1), [outputs], options),
  };
}

/** The mediator's policy: a Gaussian whose mean and log standard deviation are affine in the strategies it sees. */
export interface Policy {
  readonly mean: Affine;
  readonly logStd: Affine;
}

/** Weights by Glorot's uniform initialisation, bias 0. */
export function drawnPolicy(key: Tensor, observed: number, codeSize: number, dtype: FloatType): Policy {
  const bound = Math.sqrt(6 / (observed + codeSize));
  const keys = split(key);
  const [mean, logStd] = [0, 1].map((k) => ({
    weights: uniform(at(keys, k), [codeSize, observed], { dtype, low: -bound, high: bound }),
    bias: zeros([codeSize], dtype),
  }));
  return { mean, logStd };
}

/** The log standard deviation, held in [-20, 2]. */
export const logStdOf = (policy: Policy, sight: Tensor): Tensor =>
  clip(applied(policy.logStd, sight), -20, 2);

/**
 * log N(draw; mean, std) less a constant. The density of tanh of the draw differs by a term that does not depend on the
 * policy.
 */
export function logProbability(policy: Policy, sight: Tensor, draw: Tensor): Tensor {
  const logStd = logStdOf(policy, sight);
  const z = div(sub(draw, applied(policy.mean, sight)), exp(logStd));
  return neg(sum(add(mul(square(z), 0.5), logStd)));
}
