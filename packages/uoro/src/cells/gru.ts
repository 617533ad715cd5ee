/** Gated recurrent units. */
import { add, concat, mul, ones, sigmoid, splitAxis, sub, tanh } from '@descant/tensor-ops';
import { type Cell, checkSize } from './cell.ts';
import { affineFeatures, type CellOptions } from './tanh-rnn.ts';

/**
 * A GRU, h' = (1 - z) n + z h with n = tanh(W_n [x; 1] + r (U_n [h; 1])) and r, z = sigmoid(W [h; x; 1]). State: h.
 *
 * The reset gate r comes after the product, as in cuDNN and PyTorch, so that all parameters enter through products
 * with known vectors. Three matrices: W [2 units, units + inputs + 1], W_n [units, inputs + 1], U_n [units, units + 1].
 *
 * Source: Cho et al. (2014), with the roles of z and 1 - z exchanged.
 *
 * @throws ArgumentError when a size is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { gru } from '@descant/uoro';
 * gru({ inputs: 2, units: 3 }).weightShapes; // => [[6, 6], [3, 3], [3, 4]]
 * ```
 */
export function gru(options: CellOptions): Cell {
  const { inputs, units } = options;
  checkSize('gru', 'inputs', inputs);
  checkSize('gru', 'units', units);
  return {
    name: 'GRU',
    inputs,
    units,
    stateSize: units,
    weightShapes: [
      [2 * units, units + inputs + 1],
      [units, inputs + 1],
      [units, units + 1],
    ],
    features: (state, input) => {
      const one = ones([1], state.dtype);
      return [affineFeatures(state, input), concat([input, one]), concat([state, one])];
    },
    transition: (z, state) => {
      const [reset, keep, fromInput, fromState] = splitAxis(z, [units, units, units, units]);
      const candidate = tanh(add(fromInput, mul(sigmoid(reset), fromState)));
      return add(candidate, mul(sigmoid(keep), sub(state, candidate)));
    },
    elementwise: true,
  };
}
