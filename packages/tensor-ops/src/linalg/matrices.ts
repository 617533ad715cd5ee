/** What the functions of matrices share. */
import { ArgumentError, showShape } from '../errors.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { matmul } from '../ops/matmul.ts';
import { asFloat, type Operand } from '../ops/operands.ts';
import { expandDims, reshape, transpose } from '../ops/shape.ts';
import type { Tensor } from '../tensor.ts';
import { vmap } from '../transform/vmap.ts';
import { mapTree } from '../tree.ts';

/** A matrix or a batch of them, [..., n, n] with n of at least one, as floats. */
export function squareMatrices(fn: string, a: Operand): Tensor {
  const t = asFloat(fn, a);
  const [rows, columns] = t.shape.slice(-2);
  if (t.rank < 2 || rows !== columns || rows === 0)
    throw new ArgumentError(fn, 'a', 'have shape [..., n, n] with n >= 1', showShape(t.shape));
  return t;
}

/** Applies a function of one matrix to each of a batch; the results are trees of tensors. */
export function overBatch<Y>(a: Tensor, action: (matrix: Tensor) => Y): Y {
  if (a.rank === 2) return action(a);
  const batch = a.shape.slice(0, -2);
  const results = vmap(action)(reshape(a, [-1, ...a.shape.slice(-2)]));
  return mapTree((t) => reshape(t, [...batch, ...t.shape.slice(1)]), results);
}

/** The transpose of each matrix. */
export const transposed = (a: Tensor): Tensor =>
  transpose(a, [...a.shape.keys()].slice(0, -2).concat([a.rank - 1, a.rank - 2]));

/** (A + A^T) / 2 */
export const symmetric = (a: Tensor): Tensor => mul(0.5, add(a, transposed(a)));

/** V M V^T */
export const sandwich = (v: Tensor, m: Tensor): Tensor => matmul(matmul(v, m), transposed(v));

/** V diag(d) V^T */
export const withSpectrum = (v: Tensor, d: Tensor): Tensor =>
  matmul(mul(v, expandDims(d, -2)), transposed(v));
