/** The layers of pair networks: normalised layers, and residual blocks with learned gates. */
import {
  add,
  at,
  type FloatType,
  matmul,
  mul,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  zeros,
} from '@descant/tensor-ops';
import {
  initLinear,
  initNorm,
  type LinearParameters,
  layerNorm,
  lecunNormal,
  linear,
  type NormParameters,
  orthogonal,
} from '@descant/tensor-ops/nn';

/** A linear layer followed by layer normalisation, whose offset stands for the bias. */
export interface NormalisedLayer {
  /** [inputs, outputs] */
  readonly weights: Tensor;
  readonly norm: NormParameters;
}

/** `gate x + (1 - gate) y`, with y two layers of x, and a gate learned for each unit. */
export interface ResidualBlock {
  readonly inner: NormalisedLayer;
  readonly outer: LinearParameters;
  /** [units], before the sigmoid. */
  readonly gate: Tensor;
}

/** Starting weights are those of the authors' notebook: orthogonal here, LeCun's in plain layers. */
export const initNormalised = (
  key: Tensor,
  inputs: number,
  outputs: number,
  dtype: FloatType,
): NormalisedLayer => ({
  weights: orthogonal()(key, [inputs, outputs], dtype),
  norm: initNorm(outputs, dtype),
});

export const initPlain = (key: Tensor, inputs: number, outputs: number, dtype: FloatType): LinearParameters =>
  initLinear(key, inputs, outputs, { initializer: lecunNormal, dtype });

function initResidual(key: Tensor, units: number, dtype: FloatType): ResidualBlock {
  const keys = split(key);
  return {
    inner: initNormalised(at(keys, 0), units, units, dtype),
    outer: initPlain(at(keys, 1), units, units, dtype),
    gate: zeros([units], dtype),
  };
}

/** Residual blocks one after another. */
export const initBlocks = (key: Tensor, count: number, units: number, dtype: FloatType): ResidualBlock[] =>
  Array.from({ length: count }, (_, i) => initResidual(at(split(key, count), i), units, dtype));

/**
 * The Gaussian error linear unit by its usual approximation, `x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2`: what
 * the authors' code computes, too.
 */
export function gelu(x: Tensor): Tensor {
  const inner = mul(mul(x, Math.sqrt(2 / Math.PI)), add(1, mul(0.044715, mul(x, x))));
  return mul(mul(0.5, x), add(1, tanh(inner)));
}

type Activation = (x: Tensor) => Tensor;

/** The activation of the normalised image of x. */
export const normalised = ({ weights, norm }: NormalisedLayer, x: Tensor, activation: Activation): Tensor =>
  activation(layerNorm(norm, matmul(x, weights)));

function residual(block: ResidualBlock, x: Tensor, activation: Activation): Tensor {
  const gate = sigmoid(block.gate);
  const y = linear(block.outer, normalised(block.inner, x, activation));
  return add(mul(gate, x), mul(sub(1, gate), y));
}

export const residuals = (blocks: readonly ResidualBlock[], x: Tensor, activation: Activation): Tensor =>
  blocks.reduce((h, block) => residual(block, h, activation), x);
