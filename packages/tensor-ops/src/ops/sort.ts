/** Sorting along an axis. */
import { ArgumentError } from '../errors.ts';
import { add } from '../ir/arithmetic.ts';
import { constant } from '../ir/build.ts';
import { gatherNode } from '../primitives/gather.ts';
import { reshape } from '../primitives/reshape.ts';
import { slice } from '../primitives/slice.ts';
import { sortNode } from '../primitives/sort.ts';
import { moveAxis } from '../primitives/transpose.ts';
import { normaliseAxis, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { asTensor, type Operand } from './operands.ts';

/** Options of `sort` and `argsort`. */
export interface SortOptions {
  /** The largest first. */
  readonly descending?: boolean;
}

/** The elements of each line of `x` along an axis at the positions that the same line of `order` gives. */
function readLines(x: Tensor, order: Tensor, axis: number): Tensor {
  const last = x.rank - 1;
  const [lines, at] = [x, order].map((t) => moveAxis(t, axis, last));
  const [n, k] = [lines.shape[last], at.shape[last]];
  const rows = sizeOf(lines.shape.slice(0, last));
  const starts = constant(
    Int32Array.from({ length: rows }, (_, row) => row * n),
    [rows, 1],
    'int32',
  );
  const flat = gatherNode(reshape(lines, [rows * n]), add(reshape(at, [rows, k]), starts), 0);
  return moveAxis(reshape(flat, at.shape), last, axis);
}

/** The operand, its axis, and the order along it. */
function ordered(fn: string, x: Operand, axis: number, { descending = false }: SortOptions) {
  const t = asTensor(fn, 'x', x);
  const a = normaliseAxis(fn, axis, t.rank);
  return { t, a, order: sortNode(t, a, descending) };
}

/**
 * The elements in ascending order along an axis (default: the last).
 *
 * NaN comes last in both directions. The derivative moves with the elements: sort(x) = P x with the permutation P
 * at x; among equal elements that is the stable order's.
 *
 * @example
 * ```ts
 * import { sort, tensor } from '@descant/tensor-ops';
 * sort(tensor([3, 1, 2])).toArray(); // => [1, 2, 3]
 * sort(tensor([[3, 1], [2, 5]]), 0, { descending: true }).toArray(); // => [[3, 5], [2, 1]]
 * ```
 */
export function sort(x: Operand, axis = -1, options: SortOptions = {}): Tensor {
  const { t, a, order } = ordered('sort', x, axis, options);
  return readLines(t, order, a);
}

/**
 * The positions (int32) of the elements in ascending order along an axis (default: the last).
 *
 * Stable: equal elements keep their order, also when descending. NaN comes last in both directions.
 *
 * @example
 * ```ts
 * import { argsort, tensor } from '@descant/tensor-ops';
 * argsort(tensor([3, 1, 3, 2])).toArray(); // => [1, 3, 0, 2]
 * argsort(tensor([3, 1, 3, 2]), -1, { descending: true }).toArray(); // => [0, 2, 3, 1]
 * ```
 */
export function argsort(x: Operand, axis = -1, options: SortOptions = {}): Tensor {
  return ordered('argsort', x, axis, options).order;
}

/**
 * The `k` largest elements along an axis (default: the last) with their positions (int32), the largest first.
 *
 * Of equal elements the first is taken first; NaN only when nothing else is left. An `ArgumentError` when `k` is no
 * whole number from 0 to the length of the axis.
 *
 * @example
 * ```ts
 * import { tensor, topK } from '@descant/tensor-ops';
 * const { values, indices } = topK(tensor([1, 5, 3, 4]), 2);
 * values.toArray(); // => [5, 4]
 * indices.toArray(); // => [1, 3]
 * ```
 */
export function topK(x: Operand, k: number, axis = -1): { values: Tensor; indices: Tensor } {
  const { t, a, order } = ordered('topK', x, axis, { descending: true });
  const n = t.shape[a];
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new ArgumentError('topK', 'k', `be a whole number in [0, ${n}]`, String(k));
  }
  const size = t.shape.with(a, k);
  const indices = slice(
    order,
    size.map(() => 0),
    size,
  );
  return { values: readLines(t, indices, a), indices };
}
