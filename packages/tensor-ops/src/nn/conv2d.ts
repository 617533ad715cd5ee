/** Convolutional layers. */
import { ArgumentError } from '../errors.ts';
import { add } from '../ops/arithmetic.ts';
import { type Conv2dOptions, conv2d as convolve, type Pair } from '../ops/conv.ts';
import { zeros } from '../ops/create.ts';
import type { Tensor } from '../tensor.ts';
import { glorotUniform } from './initializers.ts';
import { checkWidth, type InitOptions } from './linear.ts';

/** Parameters of `conv2d`. */
export interface Conv2dParameters {
  /** [height, width, inputs / groups, outputs] */
  readonly weights: Tensor;
  /** [outputs] */
  readonly bias: Tensor;
}

/** Options of `initConv2d`. */
export interface InitConv2dOptions extends InitOptions {
  /** As in the options of `conv2d`; default 1. */
  readonly groups?: number;
}

/**
 * Parameters of a convolutional layer; weights are `glorotUniform` unless given.
 *
 * @param size - Height and width of the filters.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { initConv2d } from '@descant/tensor-ops/nn';
 * initConv2d(key(0), 3, 8, 16).weights.shape; // => [3, 3, 8, 16]
 * initConv2d(key(0), [1, 5], 8, 8, { groups: 8 }).weights.shape; // => [1, 5, 1, 8]
 * ```
 */
export function initConv2d(
  key: Tensor,
  size: Pair,
  inputs: number,
  outputs: number,
  options: InitConv2dOptions = {},
): Conv2dParameters {
  const { initializer = glorotUniform, dtype = 'float32', groups = 1 } = options;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  checkWidth('initConv2d', 'size', height);
  checkWidth('initConv2d', 'size', width);
  checkWidth('initConv2d', 'inputs', inputs);
  checkWidth('initConv2d', 'outputs', outputs);
  checkWidth('initConv2d', 'groups', groups);
  if (inputs % groups !== 0 || outputs % groups !== 0) {
    const expected = `divide ${inputs} inputs and ${outputs} outputs`;
    throw new ArgumentError('initConv2d', 'groups', expected, String(groups));
  }
  const weights = initializer(key, [height, width, inputs / groups, outputs], dtype);
  return { weights, bias: zeros([outputs], dtype) };
}

/**
 * A convolutional layer: the convolution of images [N, H, W, inputs] with the weights, plus the bias.
 *
 * The options (stride, dilation, padding, groups) are those of the operation `conv2d`.
 *
 * @returns [N, OH, OW, outputs]
 * @throws ArgumentError when shapes or options do not fit.
 *
 * @example
 * ```ts
 * import { ones, tensor } from '@descant/tensor-ops';
 * import { conv2d } from '@descant/tensor-ops/nn';
 * const parameters = { weights: ones([2, 2, 1, 1]), bias: tensor([100]) };
 * conv2d(parameters, tensor([1, 2, 3, 4], { shape: [1, 2, 2, 1] })).toArray(); // => [[[[110]]]]
 * ```
 */
export const conv2d = ({ weights, bias }: Conv2dParameters, x: Tensor, options: Conv2dOptions = {}): Tensor =>
  add(convolve(x, weights, options), bias);
