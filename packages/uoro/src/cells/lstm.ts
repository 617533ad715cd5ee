/** Long short-term memory. */
import { add, concat, mul, sigmoid, splitAxis, tanh } from '@descant/tensor-ops';
import { type Cell, checkSize } from './cell.ts';
import { affineFeatures, type CellOptions } from './tanh-rnn.ts';

/**
 * An LSTM: c' = f c + i g, h' = o tanh(c'), with i, f, g, o the parts of W [h; x; 1] under sigmoid, sigmoid, tanh, sigmoid.
 *
 * State: [h; c], so that S = 2 units; N = 4 units preactivations, in the order i, f, g, o. No peepholes, and no other
 * bias than that of W.
 *
 * Source: Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000).
 *
 * @throws ArgumentError when a size is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { lstm } from '@descant/uoro';
 * lstm({ inputs: 2, units: 3 }).weightShapes; // => [[12, 6]]
 * ```
 */
export function lstm(options: CellOptions): Cell {
  const { inputs, units } = options;
  checkSize('lstm', 'inputs', inputs);
  checkSize('lstm', 'units', units);
  return {
    name: 'LSTM',
    inputs,
    units,
    stateSize: 2 * units,
    weightShapes: [[4 * units, units + inputs + 1]],
    features: (state, input) => [affineFeatures(splitAxis(state, [units, units])[0], input)],
    transition: (z, state) => {
      const [i, f, g, o] = splitAxis(z, [units, units, units, units]);
      const memory = splitAxis(state, [units, units])[1];
      const next = add(mul(sigmoid(f), memory), mul(sigmoid(i), tanh(g)));
      return concat([mul(sigmoid(o), tanh(next)), next]);
    },
    elementwise: true,
  };
}
