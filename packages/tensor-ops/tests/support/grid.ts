/** Plain n-dimensional arrays for reference results: nothing of the package computes with them. */
import { type DType, type Tensor, tensor } from '@descant/tensor-ops';

/** Row-major values of a shape. */
export interface Grid {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Index = readonly number[];

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Every index of a shape in row-major order. */
export function indicesOf(shape: readonly number[]): Index[] {
  return shape.reduce<Index[]>(
    (found, length) => found.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

/** A grid whose elements are a function of their index. */
export const build = (shape: readonly number[], value: (index: Index) => number): Grid => ({
  shape,
  values: indicesOf(shape).map(value),
});

/** The element at an index; the index may have more axes, and axes of length one repeat (NumPy broadcasting). */
export function read(grid: Grid, index: Index): number {
  const own = grid.shape.length === 0 ? [] : index.slice(-grid.shape.length);
  const flat = own.reduce((at, i, d) => at * grid.shape[d] + (grid.shape[d] === 1 ? 0 : i), 0);
  return grid.values[flat];
}

/** The common shape under broadcasting. */
export function jointShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, d) => {
    const lengths = shapes.flatMap((s) => (d < rank - s.length ? [] : [s[d - (rank - s.length)]]));
    return lengths.find((length) => length !== 1) ?? 1;
  });
}

/** Applies a function of numbers to grids that broadcast. */
export const elementwise =
  (fn: (...x: number[]) => number) =>
  (...grids: Grid[]): Grid =>
    build(jointShape(grids.map((g) => g.shape)), (index) => fn(...grids.map((g) => read(g, index))));

/** Reduces the elements of each line along the axes to one number. */
export function along(
  x: Grid,
  axes: readonly number[],
  keepDims: boolean,
  fn: (line: number[]) => number,
): Grid {
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const lines = build(kept, (index) => {
    const block = x.shape.map((d, i) => (axes.includes(i) ? d : 1));
    return fn(
      indicesOf(block).map((inside) =>
        read(
          x,
          inside.map((i, d) => i + index[d]),
        ),
      ),
    );
  });
  return { shape: keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i)), values: lines.values };
}

/** Applies a function that keeps the length to each line along an axis. */
export function mapLines(x: Grid, axis: number, fn: (line: number[]) => number[]): Grid {
  return build(x.shape, (index) => {
    const line = Array.from({ length: x.shape[axis] }, (_, i) =>
      read(
        x,
        index.map((j, d) => (d === axis ? i : j)),
      ),
    );
    return fn(line)[index[axis]];
  });
}

/** Grids of one shape along a new leading axis. */
export const stackGrids = (grids: readonly Grid[]): Grid => ({
  shape: [grids.length, ...grids[0].shape],
  values: grids.flatMap((g) => g.values),
});

export const toTensor = ({ shape, values }: Grid, dtype: DType = 'float64'): Tensor =>
  tensor(Float64Array.from(values), { shape, dtype });

export const toGrid = (x: Tensor): Grid => ({ shape: x.shape, values: Array.from(x.data) });

export const zeroGrid = (shape: readonly number[]): Grid => ({
  shape,
  values: new Array(size(shape)).fill(0),
});
