/** Meta-policies whose actions are vectors: a Gaussian with mean and variance from a network, and a critic. */
import {
  add,
  at,
  div,
  type FloatType,
  log,
  mul,
  normal,
  reshape,
  softplus,
  split,
  splitAxis,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@descant/tensor-ops';
import { initMlp, type LinearParameters, mlp } from '@descant/tensor-ops/nn';
import type { Evaluation } from './clipped-objective.ts';

/** Actor and critic, two networks with a tanh layer each. */
export interface GaussianParameters {
  readonly actor: readonly LinearParameters[];
  readonly critic: readonly LinearParameters[];
}

const LOG_2_PI = Math.log(2 * Math.PI);

/** Parameters for observations [inputs] and actions [outputs]. */
export function initGaussian(
  key: Tensor,
  inputs: number,
  hidden: number,
  outputs: number,
  dtype: FloatType,
): GaussianParameters {
  const keys = split(key);
  return {
    actor: initMlp(at(keys, 0), [inputs, hidden, 2 * outputs], { dtype }),
    critic: initMlp(at(keys, 1), [inputs, hidden, 1], { dtype }),
  };
}

/** Mean and variance = softplus(output) of the actions, [..., D] each. */
function gaussian(actor: readonly LinearParameters[], observations: Tensor): [Tensor, Tensor] {
  const outputs = mlp(actor, observations);
  const half = outputs.shape[outputs.rank - 1] / 2;
  const [mean, raw] = splitAxis(outputs, [half, half], -1);
  return [mean, softplus(raw)];
}

/** log p of vectors [..., D] under independent normal distributions: [...]. */
const logDensity = (x: Tensor, mean: Tensor, variance: Tensor): Tensor =>
  mul(-0.5, sum(add(add(div(square(sub(x, mean)), variance), log(variance)), LOG_2_PI), -1));

/** Actions [B, D] with their log-densities [B]. */
export function drawAction(
  { actor }: GaussianParameters,
  observations: Tensor,
  key: Tensor,
): { readonly action: Tensor; readonly logProbability: Tensor } {
  const [mean, variance] = gaussian(actor, observations);
  const action = add(mean, mul(sqrt(variance), normal(key, mean.shape, mean.dtype as FloatType)));
  return { action, logProbability: logDensity(action, mean, variance) };
}

/** Actor and critic on actions taken: [T, B] each, from observations [T, B, S] and actions [T, B, D]. */
export function evaluateGaussian(
  { actor, critic }: GaussianParameters,
  observations: Tensor,
  actions: Tensor,
): Evaluation {
  const leading = observations.shape.slice(0, -1);
  const [mean, variance] = gaussian(actor, observations);
  return {
    logProbabilities: logDensity(actions, mean, variance),
    values: reshape(mlp(critic, observations), leading),
    entropies: mul(0.5, sum(add(log(variance), 1 + LOG_2_PI), -1)),
  };
}
