/** Changing shapes and putting tensors together. */
import { ArgumentError, showShape } from '../errors.ts';
import { scalar } from '../ir/build.ts';
import { assemble } from '../primitives/assemble.ts';
import { broadcast } from '../primitives/broadcast.ts';
import { reshape as reshapeNode } from '../primitives/reshape.ts';
import { slice as sliceNode } from '../primitives/slice.ts';
import { moveAxis as moveAxisNode, transpose as transposeNode } from '../primitives/transpose.ts';
import { checkShape, normaliseAxes, normaliseAxis, type Shape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { asTensor, type Operand, unify } from './operands.ts';

/**
 * The same elements in row-major order under another shape; one length may be -1 and is then inferred.
 *
 * @example
 * ```ts
 * import { reshape, tensor } from '@descant/tensor-ops';
 * reshape(tensor([1, 2, 3, 4]), [2, -1]).toArray(); // => [[1, 2], [3, 4]]
 * ```
 */
export function reshape(x: Operand, shape: Shape): Tensor {
  const t = asTensor('reshape', 'x', x);
  const open = shape.indexOf(-1);
  if (open < 0) return reshapeNode(t, checkShape('reshape', shape));
  const rest = sizeOf(
    checkShape(
      'reshape',
      shape.filter((_, i) => i !== open),
    ),
  );
  if (rest === 0 || t.size % rest !== 0) {
    throw new ArgumentError('reshape', 'shape', `divide ${t.size} elements`, showShape(shape));
  }
  return reshapeNode(t, shape.with(open, t.size / rest));
}

/**
 * Permutes the axes: output axis d is input axis permutation[d]; without a permutation the axes are reversed.
 *
 * @example
 * ```ts
 * import { tensor, transpose } from '@descant/tensor-ops';
 * transpose(tensor([[1, 2], [3, 4]])).toArray(); // => [[1, 3], [2, 4]]
 * ```
 */
export function transpose(x: Operand, permutation?: readonly number[]): Tensor {
  const t = asTensor('transpose', 'x', x);
  const order = permutation ?? t.shape.map((_, d) => t.rank - 1 - d);
  if (order.length !== t.rank || normaliseAxes('transpose', order, t.rank).length !== t.rank) {
    throw new ArgumentError('transpose', 'permutation', `name all ${t.rank} axes`, showShape(order));
  }
  return transposeNode(
    t,
    order.map((a) => normaliseAxis('transpose', a, t.rank)),
  );
}

/**
 * Moves one axis to another place; the others keep their order.
 *
 * @example
 * ```ts
 * import { moveAxis, zeros } from '@descant/tensor-ops';
 * moveAxis(zeros([2, 3, 4]), 0, -1).shape; // => [3, 4, 2]
 * ```
 */
export function moveAxis(x: Operand, from: number, to: number): Tensor {
  const t = asTensor('moveAxis', 'x', x);
  return moveAxisNode(t, normaliseAxis('moveAxis', from, t.rank), normaliseAxis('moveAxis', to, t.rank));
}

/**
 * Repeats a tensor to a larger shape by NumPy's rules; takes no memory.
 *
 * @example
 * ```ts
 * import { broadcastTo, tensor } from '@descant/tensor-ops';
 * broadcastTo(tensor([1, 2]), [2, 2]).toArray(); // => [[1, 2], [1, 2]]
 * ```
 */
export const broadcastTo = (x: Operand, shape: Shape): Tensor =>
  broadcast(asTensor('broadcastTo', 'x', x), checkShape('broadcastTo', shape));

/**
 * Inserts an axis of length one, so that it becomes axis `axis` of the result.
 *
 * @example
 * ```ts
 * import { expandDims, tensor } from '@descant/tensor-ops';
 * expandDims(tensor([1, 2]), 0).shape; // => [1, 2]
 * ```
 */
export function expandDims(x: Operand, axis: number): Tensor {
  const t = asTensor('expandDims', 'x', x);
  const at = normaliseAxis('expandDims', axis, t.rank + 1);
  return reshapeNode(t, t.shape.toSpliced(at, 0, 1));
}

/**
 * Removes axes of length one: the given ones, or all.
 *
 * @example
 * ```ts
 * import { squeeze, tensor } from '@descant/tensor-ops';
 * squeeze(tensor([[1], [2]]), 1).toArray(); // => [1, 2]
 * ```
 */
export function squeeze(x: Operand, axis?: number | readonly number[]): Tensor {
  const t = asTensor('squeeze', 'x', x);
  const axes =
    axis === undefined
      ? t.shape.flatMap((d, i) => (d === 1 ? [i] : []))
      : normaliseAxes('squeeze', axis, t.rank);
  if (axes.some((a) => t.shape[a] !== 1)) {
    throw new ArgumentError(
      'squeeze',
      'axis',
      'name axes of length one',
      `axis ${axes} of ${showShape(t.shape)}`,
    );
  }
  return reshapeNode(
    t,
    t.shape.filter((_, d) => !axes.includes(d)),
  );
}

/**
 * The block that starts at `begin` and has the shape `size`; -1 in `size` means up to the end.
 *
 * @example
 * ```ts
 * import { slice, tensor } from '@descant/tensor-ops';
 * slice(tensor([[1, 2, 3], [4, 5, 6]]), [0, 1], [-1, 2]).toArray(); // => [[2, 3], [5, 6]]
 * ```
 */
export function slice(x: Operand, begin: readonly number[], size: readonly number[]): Tensor {
  const t = asTensor('slice', 'x', x);
  const shape = size.map((d, i) => (d === -1 ? t.shape[i] - begin[i] : d));
  const whole = (d: number) => Number.isInteger(d) && d >= 0;
  const inside = (d: number, i: number) => whole(begin[i]) && whole(d) && begin[i] + d <= t.shape[i];
  if (begin.length !== t.rank || size.length !== t.rank || !shape.every(inside)) {
    const received = `begin ${showShape(begin)}, size ${showShape(size)}`;
    throw new ArgumentError('slice', 'block', `lie inside ${showShape(t.shape)}`, received);
  }
  return sliceNode(t, begin, shape);
}

/**
 * One position of an axis, which disappears; a negative position counts from the end.
 *
 * @example
 * ```ts
 * import { at, tensor } from '@descant/tensor-ops';
 * at(tensor([[1, 2], [3, 4]]), -1).toArray(); // => [3, 4]
 * ```
 */
export function at(x: Operand, position: number, axis = 0): Tensor {
  const t = asTensor('at', 'x', x);
  const a = normaliseAxis('at', axis, t.rank);
  const n = t.shape[a];
  if (!Number.isInteger(position) || position < -n || position >= n) {
    throw new ArgumentError('at', 'position', `be an integer in [${-n}, ${n - 1}]`, String(position));
  }
  const begin = t.shape.map(() => 0).with(a, (position + n) % n);
  const block = sliceNode(t, begin, t.shape.with(a, 1));
  return reshapeNode(block, t.shape.toSpliced(a, 1));
}

/**
 * Joins tensors along an axis; their other lengths agree.
 *
 * @example
 * ```ts
 * import { concat, tensor } from '@descant/tensor-ops';
 * concat([tensor([1]), tensor([2, 3])]).toArray(); // => [1, 2, 3]
 * ```
 */
export function concat(tensors: readonly Operand[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ArgumentError('concat', 'tensors', 'hold at least one tensor', 'none');
  const parts = unify('concat', tensors);
  const [first] = parts;
  const a = normaliseAxis('concat', axis, first.rank);
  for (const p of parts) {
    if (p.rank !== first.rank || p.shape.some((d, i) => i !== a && d !== first.shape[i])) {
      throw new ArgumentError(
        'concat',
        'tensors',
        `agree with ${showShape(first.shape)} except on axis ${a}`,
        showShape(p.shape),
      );
    }
  }
  let offset = 0;
  const placed = parts.map((part) => {
    const begin = part.shape.map(() => 0).with(a, offset);
    offset += part.shape[a];
    return { part, begin };
  });
  return assemble(placed, first.shape.with(a, offset), { fill: 0, absent: false });
}

/**
 * Joins tensors of one shape along a new axis.
 *
 * @example
 * ```ts
 * import { stack, tensor } from '@descant/tensor-ops';
 * stack([tensor([1, 2]), tensor([3, 4])], 1).toArray(); // => [[1, 3], [2, 4]]
 * ```
 */
export function stack(tensors: readonly Operand[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ArgumentError('stack', 'tensors', 'hold at least one tensor', 'none');
  const parts = unify('stack', tensors);
  const different = parts.find((p) => p.shape.join() !== parts[0].shape.join());
  if (different) {
    throw new ArgumentError(
      'stack',
      'tensors',
      `all have shape ${showShape(parts[0].shape)}`,
      showShape(different.shape),
    );
  }
  const a = normaliseAxis('stack', axis, parts[0].rank + 1);
  return concat(
    parts.map((p) => expandDims(p, a)),
    a,
  );
}

/**
 * Surrounds a tensor with a constant: `padding[d]` = [before, after] for each axis.
 *
 * @example
 * ```ts
 * import { pad, tensor } from '@descant/tensor-ops';
 * pad(tensor([1, 2]), [[1, 2]]).toArray(); // => [0, 1, 2, 0, 0]
 * ```
 */
export function pad(x: Operand, padding: readonly (readonly [number, number])[], value = 0): Tensor {
  const t = asTensor('pad', 'x', x);
  if (padding.length !== t.rank || padding.flat().some((p) => !Number.isInteger(p) || p < 0)) {
    throw new ArgumentError(
      'pad',
      'padding',
      `hold ${t.rank} pairs of whole numbers`,
      JSON.stringify(padding),
    );
  }
  const shape = t.shape.map((d, i) => d + padding[i][0] + padding[i][1]);
  // As the dtype stores it: rounded, wrapped, or 0 and 1.
  const fill = scalar(value, t.dtype).item();
  return assemble([{ part: t, begin: padding.map(([before]) => before) }], shape, { fill, absent: false });
}

/**
 * Cuts an axis into consecutive pieces of the given lengths.
 *
 * @example
 * ```ts
 * import { splitAxis, tensor } from '@descant/tensor-ops';
 * splitAxis(tensor([1, 2, 3]), [1, 2]).map((part) => part.toArray()); // => [[1], [2, 3]]
 * ```
 */
export function splitAxis(x: Operand, lengths: readonly number[], axis = 0): Tensor[] {
  const t = asTensor('splitAxis', 'x', x);
  const a = normaliseAxis('splitAxis', axis, t.rank);
  const whole = lengths.every((d) => Number.isInteger(d) && d >= 0);
  if (!whole || lengths.reduce((n, d) => n + d, 0) !== t.shape[a]) {
    throw new ArgumentError(
      'splitAxis',
      'lengths',
      `be whole numbers that sum to ${t.shape[a]}`,
      showShape(lengths),
    );
  }
  let from = 0;
  return lengths.map((length) => {
    const begin = t.shape.map(() => 0).with(a, from);
    from += length;
    return sliceNode(t, begin, t.shape.with(a, length));
  });
}
