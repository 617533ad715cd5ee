/** Sums of matrix products over all their batch axes, which are products with a longer sum over k. */
import type { Tensor } from '../../../tensor.ts';

/**
 * The products among the nodes that nothing reads but a sum over all batch axes: gradients of a matrix that a batch
 * shares. Their own results are never needed.
 */
export function contractedProducts(order: readonly Tensor[], outputs: readonly Tensor[]): Set<Tensor> {
  const uses = new Map<Tensor, number>();
  for (const tensor of [...order.flatMap((node) => node.inputs), ...outputs]) {
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  }
  const found = new Set<Tensor>();
  for (const node of order) {
    if (!node.is('reduce') || node.attributes.kind !== 'sum') continue;
    const [x] = node.inputs;
    const { axes } = node.attributes;
    const float = x.dtype === 'float32' || x.dtype === 'float64';
    // The axes are sorted: as many as the batch has, and the last of them before the matrix.
    const all = axes.length === x.rank - 2 && axes[axes.length - 1] === x.rank - 3;
    if (x.is('matmul') && x.inputs[0].size > 0 && float && all && uses.get(x) === 1) found.add(x);
  }
  return found;
}
