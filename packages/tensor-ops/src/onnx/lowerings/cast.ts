/** Conversion between dtypes. */
import { isFloat } from '../../dtype.ts';
import type { Lowering } from './lowering.ts';

const RANGE = { int32: [-2147483648, 2147483647], uint32: [0, 4294967295] } as const;

/** ONNX leaves floats out of an integer's range to the runtime: here they saturate, and NaN gives 0. */
export const lowerCast: Lowering<'cast'> = (g, node, [x]) => {
  const from = node.inputs[0].dtype;
  const to = node.dtype;
  if (!isFloat(from) || (to !== 'int32' && to !== 'uint32')) return g.cast(x, to);
  const wide = from === 'float64' ? x : g.cast(x, 'float64');
  const number = g.where(g.op('IsNaN', [wide]), g.scalar(0, 'float64'), wide, 'float64');
  const [low, high] = RANGE[to].map((limit) => g.scalar(limit, 'float64'));
  return g.cast(g.cast(g.op('Min', [g.op('Max', [number, low]), high]), 'int64'), to);
};
