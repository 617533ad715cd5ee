/** Multilayer perceptrons. */
import { ArgumentError, showShape } from '../errors.ts';
import { tanh } from '../ops/activation.ts';
import { at } from '../ops/shape.ts';
import { split } from '../random/key.ts';
import type { Tensor } from '../tensor.ts';
import { type InitOptions, initLinear, type LinearParameters, linear } from './linear.ts';

/** Options of `mlp`. */
export interface MlpOptions {
  /** Between the layers; default tanh. */
  readonly activation?: (x: Tensor) => Tensor;
}

/**
 * Parameters of a multilayer perceptron with the given widths, inputs first: one linear layer between each two.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { initMlp } from '@descant/tensor-ops/nn';
 * initMlp(key(0), [12, 64, 1]).map(({ weights }) => weights.shape); // => [[12, 64], [64, 1]]
 * ```
 */
export function initMlp(
  key: Tensor,
  widths: readonly number[],
  options?: InitOptions,
): readonly LinearParameters[] {
  if (widths.length < 2)
    throw new ArgumentError('initMlp', 'widths', 'hold at least two numbers', showShape(widths));
  const keys = split(key, widths.length - 1);
  return widths.slice(1).map((width, i) => initLinear(at(keys, i), widths[i], width, options));
}

/**
 * A multilayer perceptron: linear layers with an activation after each but the last.
 *
 * h_0 = x, h_(i+1) = f(h_i W_i + b_i), y = h_n W_n + b_n, for x of shape [..., inputs].
 *
 * @example
 * ```ts
 * import { relu, tensor } from '@descant/tensor-ops';
 * import { mlp } from '@descant/tensor-ops/nn';
 * const layer = { weights: tensor([[-1]]), bias: tensor([1]) };
 * mlp([layer, layer], tensor([[3], [-3]]), { activation: relu }).toArray(); // => [[1], [-3]]
 * ```
 */
export function mlp(parameters: readonly LinearParameters[], x: Tensor, options: MlpOptions = {}): Tensor {
  const { activation = tanh } = options;
  return parameters.reduce((h, layer, i) => linear(layer, i === 0 ? h : activation(h)), x);
}
