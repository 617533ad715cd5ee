/** Running totals. */
import { cumsumNode } from '../primitives/cumsum.ts';
import { normaliseAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { asTensor, type Operand, withoutBool } from './operands.ts';

/** Options of `cumsum`. */
export interface CumsumOptions {
  /** Sums from the end. */
  readonly reverse?: boolean;
}

/**
 * The running sum along an axis: y_i = x_0 + ... + x_i.
 *
 * @example
 * ```ts
 * import { cumsum, tensor } from '@descant/tensor-ops';
 * cumsum(tensor([1, 2, 3])).toArray(); // => [1, 3, 6]
 * cumsum(tensor([1, 2, 3]), 0, { reverse: true }).toArray(); // => [6, 5, 3]
 * ```
 */
export function cumsum(x: Operand, axis = 0, options: CumsumOptions = {}): Tensor {
  const t = withoutBool(asTensor('cumsum', 'x', x));
  return cumsumNode(t, normaliseAxis('cumsum', axis, t.rank), options.reverse ?? false);
}
