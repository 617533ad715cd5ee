/** The plain recurrent network. */
import { ArgumentError, add, concat, mul, ones, type Tensor, tanh } from '@descant/tensor-ops';
import { type Cell, checkSize } from './cell.ts';

/** Sizes of a cell. */
export interface CellOptions {
  readonly inputs: number;
  readonly units: number;
}

/** Options of `tanhRnn`. */
export interface TanhRnnOptions extends CellOptions {
  /** How much of the state is new at each step, in (0, 1]; 1 (default): all of it. */
  readonly leak?: number;
}

/** a = [h; x; 1], with h the first elements of the state. */
export const affineFeatures = (hidden: Tensor, input: Tensor): Tensor =>
  concat([hidden, input, ones([1], hidden.dtype)]);

/**
 * A recurrent network of tanh units, h' = (1 - leak) h + leak tanh(W [h; x; 1]). State: h.
 *
 * Source: Elman (1990); with a leak, Murray (2019) with leak = 1 / tau.
 *
 * @throws ArgumentError when a size is not a whole number of at least 1 or the leak is not in (0, 1].
 *
 * @example
 * ```ts
 * import { tanhRnn } from '@descant/uoro';
 * tanhRnn({ inputs: 2, units: 3 }).weightShapes; // => [[3, 6]]
 * ```
 */
export function tanhRnn(options: TanhRnnOptions): Cell {
  const { inputs, units, leak = 1 } = options;
  checkSize('tanhRnn', 'inputs', inputs);
  checkSize('tanhRnn', 'units', units);
  if (!(leak > 0 && leak <= 1)) throw new ArgumentError('tanhRnn', 'leak', 'be in (0, 1]', String(leak));
  return {
    name: 'tanh RNN',
    inputs,
    units,
    stateSize: units,
    weightShapes: [[units, units + inputs + 1]],
    features: (state, input) => [affineFeatures(state, input)],
    transition: (z, state) => (leak === 1 ? tanh(z) : add(mul(1 - leak, state), mul(leak, tanh(z)))),
    elementwise: true,
  };
}
