/** Loop nests that read or write at computed positions, or walk along an axis: gather, scatter, argmax, cumsum. */
import { isFloat } from '../../../dtype.ts';
import type { Tensor } from '../../../tensor.ts';
import { loadScalar, storeScalar } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { i32 } from '../opcodes.ts';
import type { ScalarTarget } from '../target.ts';
import { advance, nest, type Pointer, pointer } from './nest.ts';
import type { Operand, Place } from './place.ts';

/** Strides over an output in which the axes from `axis` on belong to the indices: those of x without its `axis`. */
const around = (strides: readonly number[], axis: number, rank: number): number[] => [
  ...strides.slice(0, axis),
  ...new Array<number>(rank).fill(0),
  ...strides.slice(axis + 1),
];

/** A pointer to the index that belongs to each element of a tensor of the given rank. */
function indexPointer(f: FunctionBuilder, { place, shape }: Operand, axis: number, rank: number): Pointer {
  const strides = Array.from({ length: rank }, (_, d) =>
    d >= axis && d < axis + shape.length ? place.strides[d - axis] : 0,
  );
  return pointer(f, place.address, strides);
}

/** Pushes whether the index at the pointer is in [0, count). */
function whenInside(f: FunctionBuilder, index: Pointer, count: number): void {
  f.get(index.local).memory(i32.load, 0).i32(count).op(i32.lessUnsigned);
}

/** Pushes base + index * stride. */
function indexed(f: FunctionBuilder, base: Pointer, index: Pointer, stride: number): void {
  f.get(base.local).get(index.local).memory(i32.load, 0).i32(stride).op(i32.multiply, i32.add);
}

export function gather(
  f: FunctionBuilder,
  target: ScalarTarget,
  node: Tensor<'gather'>,
  x: Operand,
  indices: Operand,
  out: Operand,
): void {
  const { axis } = node.attributes;
  const { shape, dtype } = out;
  const source = pointer(f, x.place.address, around(x.place.strides, axis, indices.shape.length));
  const index = indexPointer(f, indices, axis, shape.length);
  const destination = pointer(f, out.place.address, out.place.strides);
  const found = (): void => {
    indexed(f, source, index, x.place.strides[axis]);
    loadScalar(f, dtype, 0);
  };
  const missing = (): void => target.constant(f, dtype, isFloat(dtype) ? Number.NaN : 0);
  nest(f, shape, [source, index, destination], () => {
    f.get(destination.local);
    whenInside(f, index, x.shape[axis]);
    f.branch(found, missing, target.valueType(dtype));
    storeScalar(f, dtype, 0);
  });
}

/** Adds into a result that is zero so far. */
export function scatterAdd(
  f: FunctionBuilder,
  target: ScalarTarget,
  node: Tensor<'scatterAdd'>,
  updates: Operand,
  indices: Operand,
  out: Operand,
): void {
  const { axis, size } = node.attributes;
  const { dtype } = out;
  const source = pointer(f, updates.place.address, updates.place.strides);
  const destination = pointer(f, out.place.address, around(out.place.strides, axis, indices.shape.length));
  const index = indexPointer(f, indices, axis, updates.shape.length);
  nest(f, updates.shape, [source, index, destination], () => {
    whenInside(f, index, size);
    f.branch(() => {
      for (let i = 0; i < 2; i++) indexed(f, destination, index, out.place.strides[axis]);
      loadScalar(f, dtype, 0);
      f.get(source.local);
      loadScalar(f, dtype, 0);
      target.apply(f, 'add', dtype);
      storeScalar(f, dtype, 0);
    });
  });
}

/** The first maximum; a NaN is larger than every number. */
export function argmax(
  f: FunctionBuilder,
  target: ScalarTarget,
  node: Tensor<'argmax'>,
  x: Operand,
  out: Operand,
): void {
  const { axis } = node.attributes;
  const count = x.shape[axis];
  const step = x.place.strides[axis];
  const source = pointer(f, x.place.address, x.place.strides.toSpliced(axis, 1));
  const destination = pointer(f, out.place.address, out.place.strides);
  const best = f.local(target.valueType(x.dtype));
  const candidate = f.local(target.valueType(x.dtype));
  const index = f.local(I32);
  const compare = (fn: 'less' | 'equal', a: number, b: number): void => {
    f.get(a).get(b);
    target.apply(f, fn, x.dtype);
  };
  nest(f, out.shape, [source, destination], () => {
    f.i32(0).set(index);
    f.loop(count, (counter) => {
      f.get(source.local);
      loadScalar(f, x.dtype, 0);
      f.set(candidate);
      // The first element, or: larger than the best or NaN, unless the best is NaN.
      f.get(counter).op(i32.isZero);
      compare('less', best, candidate);
      compare('equal', candidate, candidate);
      f.op(i32.isZero, i32.or);
      compare('equal', best, best);
      f.op(i32.and, i32.or);
      f.branch(() => {
        f.get(candidate).set(best).get(counter).set(index);
      });
      advance(f, source.local, step);
    });
    advance(f, source.local, -count * step);
    f.get(destination.local).get(index).memory(i32.store, 0);
  });
}

export function cumsum(
  f: FunctionBuilder,
  target: ScalarTarget,
  node: Tensor<'cumsum'>,
  x: Operand,
  out: Operand,
): void {
  const { axis, reverse } = node.attributes;
  const { dtype } = x;
  const count = x.shape[axis];
  const without = (list: readonly number[]): number[] => list.toSpliced(axis, 1);
  const first = ({ address, strides }: Place): number =>
    address + (reverse ? (count - 1) * strides[axis] : 0);
  const along = ({ local }: Pointer, { strides }: Place): Pointer => ({
    local,
    strides: [reverse ? -strides[axis] : strides[axis]],
  });
  const source = pointer(f, first(x.place), without(x.place.strides));
  const destination = pointer(f, first(out.place), without(out.place.strides));
  const total = f.local(target.valueType(dtype));
  nest(f, without(x.shape), [source, destination], () => {
    target.constant(f, dtype, 0);
    f.set(total);
    nest(f, [count], [along(source, x.place), along(destination, out.place)], () => {
      f.get(destination.local).get(total).get(source.local);
      loadScalar(f, dtype, 0);
      target.apply(f, 'add', dtype);
      f.tee(total);
      storeScalar(f, dtype, 0);
    });
  });
}
