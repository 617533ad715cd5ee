/** An estimate of the arithmetic in a program. */
import type { Program } from '../ir/attributes.ts';
import { reachable } from '../ir/graph.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

function flopsOfNode(node: Tensor): number {
  const [x, y] = node.inputs;
  if (node.is('elementwise') || node.is('cast')) return node.size;
  if (node.is('reduce') || node.is('cumsum')) return x.size;
  if (node.is('matmul')) return 2 * node.size * x.shape[x.rank - 1];
  if (node.is('conv2d')) return 2 * node.size * sizeOf(y.shape.slice(0, 3));
  if (node.is('solve')) {
    const n = x.shape[x.rank - 1];
    return 2 * node.size * n + (2 / 3) * x.size * n;
  }
  if (node.is('loop')) return node.attributes.length * estimateFlops(node.attributes.body);
  if (node.is('while')) return estimateFlops(node.attributes.condition) + estimateFlops(node.attributes.body);
  if (node.is('cond')) {
    return Math.max(estimateFlops(node.attributes.whenTrue), estimateFlops(node.attributes.whenFalse));
  }
  return 0;
}

/**
 * Arithmetic operations: a product and a sum are two, every scalar function is one, of a while loop one iteration, of
 * a choice the longer branch.
 */
export const estimateFlops = (program: Program): number =>
  reachable(program.outputs).reduce((sum, node) => sum + flopsOfNode(node), 0);
