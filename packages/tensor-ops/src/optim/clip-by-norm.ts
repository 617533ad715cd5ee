/** Limiting the length of gradients. */
import { isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { add, div, maximum, mul, sqrt, square } from '../ops/arithmetic.ts';
import { sum } from '../ops/reduce.ts';
import { cast } from '../primitives/cast.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, mapTree } from '../tree.ts';
import type { Optimizer } from './optimizer.ts';

/** The state of a rule that has none. */
export type NoState = Record<string, never>;

function sumOfSquares(fn: string, tree: unknown): Tensor {
  const squares = flatten(tree, fn).leaves.map((leaf) => {
    if (!isFloat(leaf.dtype))
      throw new ArgumentError(fn, 'tree', 'hold float32 or float64 tensors', leaf.dtype);
    return sum(square(leaf));
  });
  if (squares.length === 0) throw new ArgumentError(fn, 'tree', 'hold at least one tensor', 'none');
  return squares.reduce((a, b) => add(a, b));
}

/**
 * The Euclidean norm of all elements of a tree together.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { globalNorm } from '@descant/tensor-ops/optim';
 * globalNorm({ a: tensor([3]), b: tensor(4) }).item(); // => 5
 * ```
 */
export const globalNorm = (tree: unknown): Tensor => sqrt(sumOfSquares('globalNorm', tree));

/**
 * Shortens gradients whose norm over the whole tree exceeds a bound: g min(1, maxNorm / |g|). Put it first in a `chain`.
 *
 * Source: Pascanu, Mikolov and Bengio (2013), algorithm 1. Differentiable where the gradients are zero, too.
 *
 * @param maxNorm - Positive number.
 * @throws ArgumentError when `maxNorm` is not positive.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { clipByNorm } from '@descant/tensor-ops/optim';
 * const clip = clipByNorm(1);
 * const x = tensor([0, 0]);
 * clip.update(tensor([3, 4]), clip.init(x), x).updates.toArray(); // => [0.6, 0.8]
 * ```
 */
export function clipByNorm(maxNorm: number): Optimizer<NoState> {
  if (!(maxNorm > 0)) throw new ArgumentError('clipByNorm', 'maxNorm', 'be positive', String(maxNorm));
  return {
    init: () => ({}),
    update(gradients, state) {
      const total = sumOfSquares('clipByNorm', gradients);
      const factor = div(maxNorm, sqrt(maximum(total, maxNorm * maxNorm)));
      return { updates: mapTree((g) => cast(mul(g, factor), g.dtype), gradients), state };
    },
  };
}
