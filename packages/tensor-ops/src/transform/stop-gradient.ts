/** Treating a value as constant in differentiation. */
import { stopGradientNode } from '../primitives/stop-gradient.ts';
import { mapTree } from '../tree.ts';

/**
 * The same tree, whose derivative is zero.
 *
 * @example
 * ```ts
 * import { grad, mul, stopGradient, tensor, type Tensor } from '@descant/tensor-ops';
 * grad((x: Tensor) => mul(stopGradient(x), x))(tensor(3)).item(); // => 3
 * ```
 */
export function stopGradient<T>(tree: T): T {
  return mapTree(stopGradientNode, tree);
}
