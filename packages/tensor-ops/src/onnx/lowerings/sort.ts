/** Sorting as TopK of everything, which takes the first of equal elements first. */
import { isFloat } from '../../dtype.ts';
import type { Lowering } from './lowering.ts';

/**
 * ONNX does not say where a NaN goes: floats are sorted with zeros in place of NaN, and then, stably, by whether they
 * are NaN. onnxruntime 1.30 sorts neither uint32 nor bool; wider integers hold them.
 */
export const lowerSort: Lowering<'sort'> = (g, node, [x]) => {
  const { axis, descending } = node.attributes;
  const [{ dtype, shape }] = node.inputs;
  const count = g.integers([shape[axis]]);
  const order = (keys: string, largest: boolean) =>
    g.ops('TopK', [keys, count], { axis, largest: Number(largest), sorted: 1 }, 2)[1];
  if (!isFloat(dtype)) return g.cast(order(dtype === 'int32' ? x : g.cast(x, 'int64'), descending), 'int32');
  const missing = g.op('IsNaN', [x]);
  const numbers = order(g.where(missing, g.scalar(0, dtype), x, dtype), descending);
  const late = g.op('GatherElements', [g.cast(missing, 'int32'), numbers], { axis });
  return g.cast(g.op('GatherElements', [numbers, order(late, false)], { axis }), 'int32');
};
