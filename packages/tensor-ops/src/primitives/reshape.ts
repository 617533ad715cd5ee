/** The same elements in row-major order under another shape. */
import { ArgumentError, showShape } from '../errors.ts';
import { makeNode } from '../ir/build.ts';
import { type Shape, sameShape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import type { Primitive } from './primitive.ts';

/** Changes the shape; the number of elements stays. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(x.shape) !== sizeOf(shape)) {
    throw new ArgumentError(
      'reshape',
      'shape',
      `have ${x.size} elements, as ${showShape(x.shape)} does`,
      showShape(shape),
    );
  }
  if (x.is('reshape')) return reshape(x.inputs[0], shape);
  if (x.is('broadcast')) {
    const source = x.inputs[0];
    if (source.size === 1) return broadcast(reshape(source, []), shape);
    const unit = unitAxes(x.shape, shape);
    if (unit) {
      const lead = x.shape.length - source.shape.length;
      const own = (axis: number) => (axis < lead ? 1 : source.shape[axis - lead]);
      return broadcast(
        reshape(
          source,
          unit.map((axis) => (axis < 0 ? 1 : own(axis))),
        ),
        shape,
      );
    }
  }
  return makeNode('reshape', [x], {}, shape, x.dtype);
}

/** When a reshape only inserts and removes axes of length one: the old axis behind each new one (-1: inserted). */
function unitAxes(from: Shape, to: Shape): number[] | undefined {
  const kept = from.flatMap((d, i) => (d === 1 ? [] : [i]));
  let next = 0;
  const axes = to.map((d) => (d === 1 ? -1 : (kept[next++] ?? -2)));
  const same = next === kept.length && axes.every((axis, j) => axis === -1 || from[axis] === to[j]);
  return same ? axes : undefined;
}

export const reshapePrimitive: Primitive<'reshape'> = {
  rebuild: ([x], node) => reshape(x, node.shape),
  evaluate: ([x]) => x.data,
  jvp: (node, [t]) => t && reshape(t, node.shape),
  transpose: (node, cotangent) => [reshape(cotangent, node.inputs[0].shape)],
  batch: ([x], node, _, size) => reshape(x, [size, ...node.shape]),
};
