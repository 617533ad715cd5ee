/** Permutation of the axes. */
import { allocate } from '../dtype.ts';
import { makeNode } from '../ir/build.ts';
import { offsets, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import type { Primitive } from './primitive.ts';
import { reshape } from './reshape.ts';

/** Output axis d is input axis `permutation[d]`. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  if (permutation.every((axis, d) => axis === d)) return x;
  const shape = permutation.map((axis) => x.shape[axis]);
  if (x.is('transpose')) {
    return transpose(
      x.inputs[0],
      permutation.map((axis) => x.attributes.permutation[axis]),
    );
  }
  if (x.is('broadcast')) {
    const source = x.inputs[0];
    const padded = [...new Array<number>(x.rank - source.rank).fill(1), ...source.shape];
    return broadcast(transpose(reshape(source, padded), permutation), shape);
  }
  const long = permutation.filter((axis) => x.shape[axis] !== 1);
  if (long.every((axis, i) => i === 0 || long[i - 1] < axis)) return reshape(x, shape);
  return makeNode('transpose', [x], { permutation: [...permutation] }, shape, x.dtype);
}

/** Moves one axis to another place; the others keep their order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, d) => d);
  order.splice(from, 1);
  order.splice(to, 0, from);
  return transpose(x, order);
}

const inverse = (permutation: readonly number[]): number[] =>
  permutation.map((_, d) => permutation.indexOf(d));

export const transposePrimitive: Primitive<'transpose'> = {
  rebuild: ([x], node) => transpose(x, node.attributes.permutation),
  evaluate([x], { permutation }, shape) {
    const { data } = x;
    const strides = stridesOf(x.shape);
    const at = offsets(
      shape,
      permutation.map((axis) => strides[axis]),
    );
    const out = allocate(x.dtype, at.length);
    for (let i = 0; i < out.length; i++) out[i] = data[at[i]];
    return out;
  },
  jvp: (node, [t]) => t && transpose(t, node.attributes.permutation),
  transpose: (node, cotangent) => [transpose(cotangent, inverse(node.attributes.permutation))],
  batch: ([x], node) => transpose(x, [0, ...node.attributes.permutation.map((axis) => axis + 1)]),
};
