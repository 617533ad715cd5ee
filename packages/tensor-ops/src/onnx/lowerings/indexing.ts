/** Reading and adding at computed indices. ONNX fails on an index out of range and counts negative ones from the end. */
import { allocate, isFloat } from '../../dtype.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import type { GraphBuilder, Value } from '../builder.ts';
import type { Lowering } from './lowering.ts';

/** True when the indices are known and all in [0, size). */
const knownInRange = (indices: Tensor, size: number): boolean =>
  indices.isConcrete && indices.data.every((i) => i >= 0 && i < size);

const outOfRange = (g: GraphBuilder, indices: Value, size: number): Value =>
  g.op('Or', [
    g.op('Less', [indices, g.scalar(0, 'int32')]),
    g.op('LessOrEqual', [g.scalar(size, 'int32'), indices]),
  ]);

/** Reads index 0 in place of an index out of range and replaces what it read by NaN (0 in integers and bool). */
export const lowerGather: Lowering<'gather'> = (g, node, [x, indices]) => {
  const [source, at] = node.inputs;
  const { axis } = node.attributes;
  const size = source.shape[axis];
  if (knownInRange(at, size)) return g.op('Gather', [x, indices], { axis });
  const outside = outOfRange(g, indices, size);
  const safe = g.where(outside, g.scalar(0, 'int32'), indices, 'int32');
  const after = new Array<number>(source.rank - axis - 1).fill(1);
  const mask = g.reshape(outside, at.shape, [...at.shape, ...after]);
  const nothing = g.scalar(isFloat(node.dtype) ? Number.NaN : 0, node.dtype);
  return g.where(mask, nothing, g.op('Gather', [x, safe], { axis }), node.dtype);
};

/** Adds what has an index out of range to one more row, which is cut off. */
export const lowerScatterAdd: Lowering<'scatterAdd'> = (g, node, [updates, indices]) => {
  const [source, at] = node.inputs;
  const { axis, size } = node.attributes;
  const outer = sizeOf(node.shape.slice(0, axis));
  const inner = sizeOf(node.shape.slice(axis + 1));
  const flat: Shape = [outer, at.size, inner];
  const safe = knownInRange(at, size)
    ? indices
    : g.where(outOfRange(g, indices, size), g.scalar(size, 'int32'), indices, 'int32');
  const rows = g.expand(g.reshape(safe, at.shape, [1, at.size, 1]), [1, at.size, 1], flat);
  const zeros = g.constant(
    allocate(node.dtype, outer * (size + 1) * inner),
    [outer, size + 1, inner],
    node.dtype,
  );
  const sums = g.op('ScatterElements', [zeros, rows, g.reshape(updates, source.shape, flat)], {
    axis: 1,
    reduction: 'add',
  });
  const kept = g.op('Slice', [sums, g.integers([0]), g.integers([size]), g.integers([1])]);
  return g.reshape(kept, [outer, size, inner], node.shape);
};
