/** The order along an axis: merge sort of positions, from runs of one element upwards. */
import { isFloat } from '../../../dtype.ts';
import type { Tensor } from '../../../tensor.ts';
import { loadScalar } from '../access.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { control, i32 } from '../opcodes.ts';
import { ScalarTarget } from '../target.ts';
import { nest, pointer } from './nest.ts';
import type { Operand } from './place.ts';

const POSITION_BYTES = 4;

export function sortKernel(
  g: Generator,
  f: FunctionBuilder,
  node: Tensor<'sort'>,
  x: Operand,
  out: Operand,
): void {
  const { axis, descending } = node.attributes;
  const count = x.shape[axis];
  const bytes = count * POSITION_BYTES;
  const areas = [g.memory.allocate(bytes), g.memory.allocate(bytes)] as const;
  const mergeSort = mergeSortOf(g, x.dtype, descending);
  const without = (list: readonly number[]): number[] => list.toSpliced(axis, 1);
  const source = pointer(f, x.place.address, without(x.place.strides));
  const destination = pointer(f, out.place.address, without(out.place.strides));
  const sorted = f.local(I32);
  nest(f, without(x.shape), [source, destination], () => {
    f.get(source.local).i32(x.place.strides[axis]).i32(bytes).i32(areas[0]).i32(areas[1]);
    f.call(mergeSort).set(sorted);
    const along = [
      { local: sorted, strides: [POSITION_BYTES] },
      { local: destination.local, strides: [out.place.strides[axis]] },
    ];
    nest(f, [count], along, () => {
      f.get(destination.local).get(sorted).memory(i32.load, 0).memory(i32.store, 0);
    });
  });
}

/**
 * The function (line, stride, bytes, from, to) that sorts the elements at line, line + stride, ... and returns where
 * their positions are: at `from` or at `to`, areas of `bytes` = 4 * count bytes each.
 */
function mergeSortOf(g: Generator, dtype: Operand['dtype'], descending: boolean): number {
  const name = `sort:${dtype}:${descending ? 'descending' : 'ascending'}`;
  return g.helper(name, [I32, I32, I32, I32, I32], [I32], (f) => {
    const [line, stride, bytes, from, to] = [0, 1, 2, 3, 4];
    const target = new ScalarTarget(g);
    const [width, start, middle, end, left, right, at, step] = Array.from({ length: 8 }, () => f.local(I32));
    const [a, b] = [f.local(target.valueType(dtype)), f.local(target.valueType(dtype))];

    /** Loads the element whose position is `offset` bytes into `from`. */
    const element = (offset: number, local: number): void => {
      f.get(line);
      place(from, offset).memory(i32.load, 0).get(stride).op(i32.multiply, i32.add);
      loadScalar(f, dtype, 0);
      f.set(local);
    };
    const compare = (fn: 'less' | 'equal' | 'notEqual', p: number, q: number): void => {
      f.get(p).get(q);
      target.apply(f, fn, dtype);
    };
    /** Pushes whether the element on the right goes before the one on the left: smaller, or a number before a NaN. */
    const overtakes = (): void => {
      element(left, a);
      element(right, b);
      if (descending) compare('less', a, b);
      else compare('less', b, a);
      if (!isFloat(dtype)) return;
      compare('notEqual', a, a);
      compare('equal', b, b);
      f.op(i32.and, i32.or);
    };
    /** Pushes the address of a place in an area. */
    const place = (area: number, offset: number): FunctionBuilder => f.get(area).get(offset).op(i32.add);
    const forward = (local: number, distance: () => void): void => {
      f.get(local);
      distance();
      f.op(i32.add).set(local);
    };
    /** Sets a local to the start plus some widths, or to the end of the line. */
    const border = (local: number, widths: number): void => {
      f.get(start).get(width).i32(widths).op(i32.multiply, i32.add).tee(local);
      f.get(bytes).get(local).get(bytes).get(local).op(i32.less, control.select).set(local);
    };

    f.loopWhile(
      () => f.get(at).get(bytes).op(i32.less),
      () => {
        place(from, at).get(at).i32(2).op(i32.shiftRight).memory(i32.store, 0);
        forward(at, () => f.i32(POSITION_BYTES));
      },
    );
    f.i32(POSITION_BYTES).set(width);
    f.loopWhile(
      () => f.get(width).get(bytes).op(i32.less),
      () => {
        f.i32(0).set(start);
        f.loopWhile(
          () => f.get(start).get(bytes).op(i32.less),
          () => mergeRuns(),
        );
        f.get(from).get(to).set(from).set(to);
        f.get(width).get(width).op(i32.add).set(width);
      },
    );
    f.get(from);

    function mergeRuns(): void {
      border(middle, 1);
      border(end, 2);
      f.get(start).tee(left).set(at);
      f.get(middle).set(right);
      // Without branches on the comparison, which nobody can predict.
      f.loopWhile(
        () => f.get(left).get(middle).op(i32.less).get(right).get(end).op(i32.less, i32.and),
        () => {
          overtakes();
          f.i32(POSITION_BYTES).op(i32.multiply).set(step);
          place(to, at).get(from).get(right).get(left).get(step).op(control.select, i32.add);
          f.memory(i32.load, 0).memory(i32.store, 0);
          forward(right, () => f.get(step));
          forward(left, () => f.i32(POSITION_BYTES).get(step).op(i32.subtract));
          forward(at, () => f.i32(POSITION_BYTES));
        },
      );
      // What is left of one of the runs.
      f.get(left).get(right).get(left).get(middle).op(i32.less, control.select).set(left);
      f.loopWhile(
        () => f.get(at).get(end).op(i32.less),
        () => {
          place(to, at);
          place(from, left).memory(i32.load, 0).memory(i32.store, 0);
          forward(left, () => f.i32(POSITION_BYTES));
          forward(at, () => f.i32(POSITION_BYTES));
        },
      );
      f.get(end).set(start);
    }
  });
}
