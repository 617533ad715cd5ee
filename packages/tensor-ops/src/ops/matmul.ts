/** Matrix products. */
import { ArgumentError } from '../errors.ts';
import { matmulNode } from '../primitives/matmul.ts';
import { reshape } from '../primitives/reshape.ts';
import type { Tensor } from '../tensor.ts';
import { type Operand, unify, withoutBool } from './operands.ts';

/**
 * The matrix product, batched over leading axes that broadcast.
 *
 * [..., m, k] x [..., k, n] -> [..., m, n]; a vector counts as a row on the left and a column on the right, and
 * its axis disappears. An `ArgumentError` when the inner lengths differ or an operand is a scalar.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from '@descant/tensor-ops';
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 1])).toArray(); // => [3, 7]
 * ```
 */
export function matmul(a: Operand, b: Operand): Tensor {
  const [x, y] = unify('matmul', [a, b]).map(withoutBool);
  for (const [name, t] of [
    ['a', x],
    ['b', y],
  ] as const) {
    if (t.rank === 0) throw new ArgumentError('matmul', name, 'have at least one axis', 'a scalar');
  }
  const left = x.rank === 1 ? reshape(x, [1, x.size]) : x;
  const right = y.rank === 1 ? reshape(y, [y.size, 1]) : y;
  const product = matmulNode(left, right);
  const shape = [...product.shape];
  if (y.rank === 1) shape.pop();
  if (x.rank === 1) shape.splice(shape.length - (y.rank === 1 ? 1 : 2), 1);
  return reshape(product, shape);
}
