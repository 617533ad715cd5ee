/** Recurrent networks whose state is gated by a vector: one network as many policies. */
import { mul, ones, type Tensor, zeros } from '@descant/tensor-ops';
import { gru, gruStep, linear } from '@descant/tensor-ops/nn';
import { type GruNetworkOptions, type GruNetworkParameters, gruNetwork } from './gru.ts';
import { flatten } from './mlp.ts';
import type { Network } from './network.ts';

/** Parameters of `gatedGruNetwork`. */
export interface GatedGruParameters extends GruNetworkParameters {
  /** g: [units], or one for each play [B, units]. */
  readonly gate: Tensor;
}

/** A network that `mFosSampled` sets the gate of. */
export interface GatedGruNetwork extends Network<GatedGruParameters, Tensor> {
  readonly units: number;
}

/**
 * A gated recurrent unit whose readout sees its state through a gate: `y = W (g * h) + b`.
 *
 * With g = 1, where it begins, it is `gruNetwork`. Others who learn against it see the gate among its parameters.
 *
 * Source: the released code of Lu et al. 2022 (M-FOS), where g is what the meta-policy says.
 *
 * @throws ArgumentError when a width is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { gatedGruNetwork } from '@descant/marl-algos';
 * import { key, zeros } from '@descant/tensor-ops';
 * const policy = gatedGruNetwork({ inputShape: [4, 3, 3], units: 8, outputs: 4 });
 * policy.init(key(0)).gate.toArray(); // => [1, 1, 1, 1, 1, 1, 1, 1]
 * policy.sequence(policy.init(key(0)), zeros([16, 2, 4, 3, 3])).shape; // => [16, 2, 4]
 * ```
 */
export function gatedGruNetwork(options: GruNetworkOptions): GatedGruNetwork {
  const plain = gruNetwork(options);
  const { inputShape, units } = options;
  const inputs = inputShape.reduce((a, b) => a * b, 1);
  return {
    ...plain,
    name: `gated ${plain.name}`,
    units,
    init: (key) => ({ ...plain.init(key), gate: ones([units], plain.dtype) }),
    step({ cell, readout, gate }, observations, memory) {
      const state = gruStep(cell, memory, flatten(observations, inputShape, inputs));
      return { outputs: linear(readout, mul(state, gate)), memory: state };
    },
    sequence({ cell, readout, gate }, observations) {
      const begin = zeros([observations.shape[1], units], plain.dtype);
      const { states } = gru(cell, begin, flatten(observations, inputShape, inputs));
      return linear(readout, mul(states, gate));
    },
  };
}
