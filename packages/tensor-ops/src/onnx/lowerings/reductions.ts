/**
 * Reductions, positions of maxima and running sums, each in a type that onnxruntime 1.30 reduces correctly: it lacks
 * uint32, its sums of int32 saturate, and its maximum of int64 misses 2^31 to 2^32. float64 holds the 32-bit integers.
 */
import type { DType } from '../../dtype.ts';
import type { ElementType } from '../model.ts';
import type { Lowering } from './lowering.ts';

type Through = Readonly<Partial<Record<DType, ElementType>>>;

const SUMMED: Through = { int32: 'int64', uint32: 'int64' };
const ORDERED: Through = { uint32: 'float64' };

const REDUCTION = { sum: 'ReduceSum', max: 'ReduceMax', min: 'ReduceMin' } as const;

/**
 * ONNX does not say what a NaN does to a maximum, nor to its position. That is left to the runtime: a guard would put
 * four operations into every softmax, which a NaN reaches all the same.
 */
export const lowerReduce: Lowering<'reduce'> = (g, node, inputs) => {
  const { kind, axes } = node.attributes;
  return g.through((kind === 'sum' ? SUMMED : ORDERED)[node.dtype], node.dtype, inputs, ([x]) =>
    g.op(REDUCTION[kind], [x, g.integers(axes)], { keepdims: 0 }),
  );
};

/** The first maximum. */
export const lowerArgmax: Lowering<'argmax'> = (g, node, [x]) => {
  const { dtype } = node.inputs[0];
  const type = dtype === 'bool' ? 'int32' : ORDERED[dtype];
  const ordered = type ? g.cast(x, type) : x;
  const { axis } = node.attributes;
  return g.cast(g.op('ArgMax', [ordered], { axis, keepdims: 0, select_last_index: 0 }), 'int32');
};

export const lowerCumsum: Lowering<'cumsum'> = (g, node, inputs) => {
  const { axis, reverse } = node.attributes;
  return g.through(SUMMED[node.dtype], node.dtype, inputs, ([x]) =>
    g.op('CumSum', [x, g.scalar(axis, 'int64')], { reverse: Number(reverse) }),
  );
};
