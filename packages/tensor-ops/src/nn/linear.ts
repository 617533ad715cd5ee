/** Linear layers. */
import { ArgumentError, showShape } from '../errors.ts';
import { add } from '../ops/arithmetic.ts';
import { zeros } from '../ops/create.ts';
import { matmul } from '../ops/matmul.ts';
import type { FloatType } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { glorotUniform, type Initializer } from './initializers.ts';

/** Parameters of `linear`. */
export interface LinearParameters {
  /** [inputs, outputs] */
  readonly weights: Tensor;
  /** [outputs] */
  readonly bias: Tensor;
}

/** How parameters are made. */
export interface InitOptions {
  /** Of the weights; default: see each layer. Biases start at zero. */
  readonly initializer?: Initializer;
  readonly dtype?: FloatType;
}

/** Checks a width. */
export function checkWidth(fn: string, argument: string, width: number): void {
  if (!Number.isInteger(width) || width < 1)
    throw new ArgumentError(fn, argument, 'be a whole number of at least 1', String(width));
}

/** Checks the last axis of an input. */
export function checkInput(fn: string, x: Tensor, width: number): void {
  if (x.rank === 0 || x.shape[x.rank - 1] !== width)
    throw new ArgumentError(fn, 'x', `have shape [..., ${width}]`, showShape(x.shape));
}

/**
 * Parameters of a linear layer; weights are `glorotUniform` unless given.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { initLinear } from '@descant/tensor-ops/nn';
 * initLinear(key(0), 3, 2).weights.shape; // => [3, 2]
 * ```
 */
export function initLinear(
  key: Tensor,
  inputs: number,
  outputs: number,
  options: InitOptions = {},
): LinearParameters {
  checkWidth('initLinear', 'inputs', inputs);
  checkWidth('initLinear', 'outputs', outputs);
  const { initializer = glorotUniform, dtype = 'float32' } = options;
  return { weights: initializer(key, [inputs, outputs], dtype), bias: zeros([outputs], dtype) };
}

/**
 * A linear layer: y = x W + b for x of shape [..., inputs].
 *
 * @throws ArgumentError when the last axis of x is not `inputs` long.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { linear } from '@descant/tensor-ops/nn';
 * linear({ weights: tensor([[1, 2], [3, 4]]), bias: tensor([10, 20]) }, tensor([1, 1])).toArray(); // => [14, 26]
 * ```
 */
export function linear(parameters: LinearParameters, x: Tensor): Tensor {
  const { weights, bias } = parameters;
  checkInput('linear', x, weights.shape[0]);
  return add(matmul(x, weights), bias);
}
