/** Feed-forward networks. */
import { type FloatType, reshape, type Tensor } from '@descant/tensor-ops';
import { initMlp, type LinearParameters, mlp } from '@descant/tensor-ops/nn';
import { checkWidth, memoryless, type Network } from './network.ts';

/** Options of `mlpNetwork`. */
export interface MlpNetworkOptions {
  /** The shape of one observation, which is flattened. */
  readonly inputShape: readonly number[];
  /** Units of the hidden tanh layers. */
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly dtype?: FloatType;
}

/**
 * A multilayer perceptron with tanh layers and a linear readout.
 *
 * @throws ArgumentError when a width is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { mlpNetwork } from '@descant/marl-algos';
 * import { key, zeros } from '@descant/tensor-ops';
 * const policy = mlpNetwork({ inputShape: [4, 3, 3], hidden: [32], outputs: 4 });
 * policy.sequence(policy.init(key(0)), zeros([50, 8, 4, 3, 3])).shape; // => [50, 8, 4]
 * ```
 */
export function mlpNetwork(options: MlpNetworkOptions): Network<readonly LinearParameters[], null> {
  const { inputShape, hidden, outputs, dtype = 'float32' } = options;
  const inputs = inputShape.reduce((a, b) => a * b, 1);
  const widths = [inputs, ...hidden, outputs];
  widths.forEach((width, i) => {
    checkWidth('mlpNetwork', i === 0 ? 'inputShape' : i > hidden.length ? 'outputs' : 'hidden', width);
  });
  return memoryless(
    {
      name: `mlp ${widths.join('-')}`,
      inputShape,
      outputs,
      dtype,
      init: (key) => initMlp(key, widths, { dtype }),
    },
    (parameters, observations) => mlp(parameters, flatten(observations, inputShape, inputs)),
  );
}

/** [..., ...I] as [..., inputs]. */
export const flatten = (x: Tensor, inputShape: readonly number[], inputs: number): Tensor =>
  reshape(x, [...x.shape.slice(0, x.rank - inputShape.length), inputs]);
