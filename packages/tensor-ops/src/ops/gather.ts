/** Reading and writing at computed positions. */
import { type DType, isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { constant } from '../ir/build.ts';
import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { gatherNode } from '../primitives/gather.ts';
import { reshape } from '../primitives/reshape.ts';
import { scatterAddNode } from '../primitives/scatter-add.ts';
import { normaliseAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { asTensor, type Operand, withoutBool } from './operands.ts';

/** Indices as int32; concrete ones are checked against the range now, traced ones cannot be. */
function asIndices(fn: string, indices: Operand, n: number, argument = 'indices'): Tensor {
  const t = asTensor(fn, argument, indices, 'int32');
  if (isFloat(t.dtype) || t.dtype === 'bool')
    throw new ArgumentError(fn, argument, 'be int32 or uint32', t.dtype);
  if (t.isConcrete) {
    const wrong = t.data.find((i) => i < 0 || i >= n);
    if (wrong !== undefined) throw new ArgumentError(fn, argument, `lie in [0, ${n - 1}]`, String(wrong));
  }
  return cast(t, 'int32');
}

/**
 * The elements of `x` at integer positions along an axis; the axes of `indices` take the place of that axis.
 *
 * Out of range: an `ArgumentError` where the indices are known, otherwise (inside compiled code) NaN, or 0 for
 * integers.
 *
 * @example
 * ```ts
 * import { gather, tensor } from '@descant/tensor-ops';
 * gather(tensor([10, 20, 30]), tensor([2, 0], { dtype: 'int32' })).toArray(); // => [30, 10]
 * ```
 */
export function gather(x: Operand, indices: Operand, axis = 0): Tensor {
  const t = asTensor('gather', 'x', x);
  const a = normaliseAxis('gather', axis, t.rank);
  return gatherNode(t, asIndices('gather', indices, t.shape[a]), a);
}

/**
 * Zeros of length `size` along an axis to which `updates` are added at integer positions: the transpose of `gather`.
 *
 * `updates` has the axes of `indices` in the place of that axis; repeated positions accumulate. Out of range: an
 * `ArgumentError` where the indices are known, otherwise dropped.
 *
 * @example
 * ```ts
 * import { scatterAdd, tensor } from '@descant/tensor-ops';
 * scatterAdd(tensor([1, 2, 3]), tensor([0, 2, 0], { dtype: 'int32' }), 3).toArray(); // => [4, 0, 2]
 * ```
 */
export function scatterAdd(updates: Operand, indices: Operand, size: number, axis = 0): Tensor {
  const t = asTensor('scatterAdd', 'updates', updates);
  if (!Number.isInteger(size) || size < 0)
    throw new ArgumentError('scatterAdd', 'size', 'be a whole number', String(size));
  const at = asIndices('scatterAdd', indices, size);
  if (!Number.isInteger(axis) || axis < 0 || axis + at.rank > t.rank) {
    throw new ArgumentError('scatterAdd', 'axis', `lie in [0, ${t.rank - at.rank}]`, String(axis));
  }
  const place = t.shape.slice(axis, axis + at.rank);
  if (place.join() !== at.shape.join()) {
    throw new ArgumentError(
      'scatterAdd',
      'updates',
      `have the axes ${showShape(at.shape)} at ${axis}`,
      showShape(t.shape),
    );
  }
  return scatterAddNode(t, at, axis, size);
}

/**
 * Sums of the rows of `x` (its first axis) that belong together: y_s = sum of x_i over all i with segmentIds_i = s.
 *
 * `segmentIds` [n] (int32 or uint32) names the segment of each of the n rows, in any order; a segment without rows
 * is zero. Out of range: an `ArgumentError` where the segments are known, otherwise dropped.
 *
 * @example
 * ```ts
 * import { segmentSum, tensor } from '@descant/tensor-ops';
 * const ids = tensor([0, 2, 0], { dtype: 'int32' });
 * segmentSum(tensor([[1, 2], [3, 4], [5, 6]]), ids, 3).toArray(); // => [[6, 8], [0, 0], [3, 4]]
 * ```
 */
export function segmentSum(x: Operand, segmentIds: Operand, numSegments: number): Tensor {
  const t = asTensor('segmentSum', 'x', x);
  if (t.rank === 0) throw new ArgumentError('segmentSum', 'x', 'have at least one axis', 'a scalar');
  if (!Number.isInteger(numSegments) || numSegments < 0)
    throw new ArgumentError('segmentSum', 'numSegments', 'be a whole number', String(numSegments));
  const ids = asIndices('segmentSum', segmentIds, numSegments, 'segmentIds');
  if (ids.rank !== 1 || ids.size !== t.shape[0]) {
    throw new ArgumentError('segmentSum', 'segmentIds', `have shape [${t.shape[0]}]`, showShape(ids.shape));
  }
  return scatterAddNode(withoutBool(t), ids, 0, numSegments);
}

/**
 * One-hot vectors along a new last axis: 1 at the index, 0 elsewhere (all zeros for an index out of range).
 *
 * @example
 * ```ts
 * import { oneHot, tensor } from '@descant/tensor-ops';
 * oneHot(tensor([1, 0], { dtype: 'int32' }), 3).toArray(); // => [[0, 1, 0], [1, 0, 0]]
 * ```
 */
export function oneHot(indices: Operand, depth: number, dtype: DType = 'float32'): Tensor {
  const t = asTensor('oneHot', 'indices', indices, 'int32');
  if (isFloat(t.dtype) || t.dtype === 'bool')
    throw new ArgumentError('oneHot', 'indices', 'be int32 or uint32', t.dtype);
  if (!Number.isInteger(depth) || depth < 1) {
    throw new ArgumentError('oneHot', 'depth', 'be a whole number of at least 1', String(depth));
  }
  const classes = constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  return cast(elementwise('equal', [reshape(cast(t, 'int32'), [...t.shape, 1]), classes]), dtype);
}

/**
 * The elements in opposite order along an axis.
 *
 * @example
 * ```ts
 * import { flip, tensor } from '@descant/tensor-ops';
 * flip(tensor([1, 2, 3])).toArray(); // => [3, 2, 1]
 * ```
 */
export function flip(x: Operand, axis = 0): Tensor {
  const t = asTensor('flip', 'x', x);
  const a = normaliseAxis('flip', axis, t.rank);
  const n = t.shape[a];
  return gatherNode(
    t,
    constant(
      Int32Array.from({ length: n }, (_, i) => n - 1 - i),
      [n],
      'int32',
    ),
    a,
  );
}
