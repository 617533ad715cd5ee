/** Recurrent networks, which remember the play so far. */
import { at, type FloatType, split, type Tensor, zeros } from '@descant/tensor-ops';
import {
  type GruParameters,
  gru,
  gruStep,
  initGru,
  initLinear,
  type LinearParameters,
  linear,
} from '@descant/tensor-ops/nn';
import { flatten } from './mlp.ts';
import { checkWidth, type Network } from './network.ts';

/** Options of `gruNetwork`. */
export interface GruNetworkOptions {
  /** The shape of one observation, which is flattened. */
  readonly inputShape: readonly number[];
  readonly units: number;
  readonly outputs: number;
  readonly dtype?: FloatType;
}

/** Parameters of `gruNetwork`. */
export interface GruNetworkParameters {
  readonly cell: GruParameters;
  readonly readout: LinearParameters;
}

/**
 * A gated recurrent unit with a linear readout of its state; the memory is the state [B, units], zero at first.
 *
 * @throws ArgumentError when a width is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { gruNetwork } from '@descant/marl-algos';
 * import { key, zeros } from '@descant/tensor-ops';
 * const policy = gruNetwork({ inputShape: [4, 3, 3], units: 64, outputs: 4 });
 * policy.sequence(policy.init(key(0)), zeros([50, 8, 4, 3, 3])).shape; // => [50, 8, 4]
 * ```
 */
export function gruNetwork(options: GruNetworkOptions): Network<GruNetworkParameters, Tensor> {
  const { inputShape, units, outputs, dtype = 'float32' } = options;
  const inputs = inputShape.reduce((a, b) => a * b, 1);
  checkWidth('gruNetwork', 'inputShape', inputs);
  checkWidth('gruNetwork', 'units', units);
  checkWidth('gruNetwork', 'outputs', outputs);
  const begin = (plays: number) => zeros([plays, units], dtype);
  return {
    name: `gru ${inputs}-${units}-${outputs}`,
    inputShape,
    outputs,
    dtype,
    init(key) {
      const keys = split(key, 2);
      return {
        cell: initGru(at(keys, 0), inputs, units, { dtype }),
        readout: initLinear(at(keys, 1), units, outputs, { dtype }),
      };
    },
    begin,
    step({ cell, readout }, observations, memory) {
      const state = gruStep(cell, memory, flatten(observations, inputShape, inputs));
      return { outputs: linear(readout, state), memory: state };
    },
    sequence({ cell, readout }, observations) {
      const { states } = gru(cell, begin(observations.shape[1]), flatten(observations, inputShape, inputs));
      return linear(readout, states);
    },
  };
}
