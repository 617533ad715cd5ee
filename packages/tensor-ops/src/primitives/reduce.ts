/** Sum, maximum and minimum over axes. */
import { allocate } from '../dtype.ts';
import { divide, equal, filled, multiply } from '../ir/arithmetic.ts';
import type { Attributes } from '../ir/attributes.ts';
import { makeNode, scalar } from '../ir/build.ts';
import { offsets, type Shape, sizeOf, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import { cast } from './cast.ts';
import { notLinear, type Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';

type Kind = Attributes['reduce']['kind'];

/** The result for no elements. */
const START: Record<Kind, number> = { sum: 0, max: -Infinity, min: Infinity };

/** Reduces over sorted `axes`, which disappear from the shape. */
export function reduce(kind: Kind, x: Tensor, axes: readonly number[]): Tensor {
  if (axes.length === 0) return x;
  const shape = x.shape.filter((_, d) => !axes.includes(d));
  if (axes.every((axis) => x.shape[axis] === 1)) return reshape(x, shape);
  if (axes.some((axis) => x.shape[axis] === 0)) return filled(START[kind], shape, x.dtype);
  if (x.is('broadcast')) {
    const simpler = reduceBroadcast(kind, x, axes, shape);
    if (simpler) return simpler;
  }
  return makeNode('reduce', [x], { kind, axes: [...axes] }, shape, x.dtype);
}

/** Along repeated axes a sum is a product and a maximum is the value itself. */
function reduceBroadcast(kind: Kind, x: Tensor, axes: readonly number[], shape: Shape): Tensor | undefined {
  const source = x.inputs[0];
  const lead = x.rank - source.rank;
  const repeated = axes.filter((axis) => axis < lead || source.shape[axis - lead] === 1);
  if (repeated.length === 0) return undefined;
  const once = x.shape.map((d, axis) => (repeated.includes(axis) ? 1 : d));
  const padded = reshape(source, [...new Array<number>(lead).fill(1), ...source.shape]);
  const rest = reduce(
    kind,
    broadcast(padded, once),
    axes.filter((axis) => !repeated.includes(axis)),
  );
  const count = repeated.reduce((n, axis) => n * x.shape[axis], 1);
  const value = reshape(rest, shape);
  return kind === 'sum' ? multiply(scalar(count, x.dtype), value) : value;
}

/** The shape of `x` with the reduced axes kept at length one. */
const keptShape = (x: Tensor, axes: readonly number[]): number[] =>
  x.shape.map((d, i) => (axes.includes(i) ? 1 : d));

export const reducePrimitive: Primitive<'reduce'> = {
  rebuild: ([x], node) => reduce(node.attributes.kind, x, node.attributes.axes),
  evaluate([x], { kind, axes }, shape, dtype) {
    const { data } = x;
    const acc = new Float64Array(sizeOf(shape)).fill(START[kind]);
    const own = stridesOf(shape);
    let next = 0;
    const at = offsets(
      x.shape,
      x.shape.map((_, d) => (axes.includes(d) ? 0 : own[next++])),
    );
    for (let i = 0; i < at.length; i++) {
      const o = at[i];
      acc[o] =
        kind === 'sum'
          ? acc[o] + data[i]
          : kind === 'max'
            ? Math.max(acc[o], data[i])
            : Math.min(acc[o], data[i]);
    }
    const out = allocate(dtype, acc.length);
    out.set(acc);
    return out;
  },
  jvp(node, [t]) {
    if (!t) return null;
    const [x] = node.inputs;
    const { kind, axes } = node.attributes;
    if (kind === 'sum') return reduce('sum', t, axes);
    // Ties share the derivative equally. A product, not a choice: where x is NaN nothing hits, and both modes of
    // differentiation give NaN.
    const hit = cast(equal(x, reshape(node, keptShape(x, axes))), x.dtype);
    return divide(reduce('sum', multiply(hit, t), axes), reduce('sum', hit, axes));
  },
  transpose(node, cotangent) {
    const [x] = node.inputs;
    if (node.attributes.kind !== 'sum') throw notLinear(node.attributes.kind);
    return [broadcast(reshape(cotangent, keptShape(x, node.attributes.axes)), x.shape)];
  },
  batch: ([x], node) =>
    reduce(
      node.attributes.kind,
      x,
      node.attributes.axes.map((axis) => axis + 1),
    ),
};
