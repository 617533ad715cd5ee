/** Rows of the conformance table: changing shapes, taking apart, putting together. */
import * as ops from '@descant/tensor-ops';
import fc from 'fast-check';
import { fullShapes, gridOf, one, type Samples, sampled, shapes, smooth } from '../support/arbitraries.ts';
import { build, type Grid, read, stackGrids } from '../support/grid.ts';
import type { Row } from './row.ts';

const row = (name: string, fn: Row['fn'], reference: Row['reference'], args: Samples, arity = 1): Row => ({
  name,
  fn,
  reference,
  args,
  differentiable: new Array<boolean>(arity).fill(true),
  result: 'any',
});

const ofShape = (...shape: number[]): Samples => one(smooth, fc.constant(shape));
const reshaped = (x: Grid, shape: readonly number[]): Grid => ({ shape, values: x.values });

/** Input axis of each output axis, for moving one axis. */
function movedAxes(rank: number, from: number, to: number): number[] {
  const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== from);
  return [...rest.slice(0, to), from, ...rest.slice(to)];
}

const permuted = (x: Grid, order: readonly number[]): Grid =>
  build(
    order.map((a) => x.shape[a]),
    (index) =>
      read(
        x,
        x.shape.map((_, a) => index[order.indexOf(a)]),
      ),
  );

const reversed = (x: Grid) =>
  permuted(
    x,
    x.shape.map((_, d) => x.shape.length - 1 - d),
  );

/** Reads `x` at each index shifted. */
const block = (x: Grid, begin: readonly number[], shape: readonly number[]): Grid =>
  build(shape, (index) =>
    read(
      x,
      index.map((i, d) => i + begin[d]),
    ),
  );

const flipped = (x: Grid, axis: number): Grid =>
  build(x.shape, (index) =>
    read(
      x,
      index.map((i, d) => (d === axis ? x.shape[axis] - 1 - i : i)),
    ),
  );

/** Three parts that agree except along an axis. */
const parts = (axis: number): Samples =>
  sampled(
    fc.tuple(fullShapes(axis + 1, axis + 2), fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 3 })),
    ([shape, lengths]) =>
      fc.tuple(
        ...lengths.map((n) =>
          gridOf(
            shape.map((d, i) => (i === axis ? n : d)),
            smooth,
          ),
        ),
      ),
  );

const joined =
  (axis: number) =>
  (...grids: Grid[]): Grid => {
    const places = grids.flatMap((g) => Array.from({ length: g.shape[axis] }, (_, i) => ({ g, i })));
    const shape = grids[0].shape.map((d, i) => (i === axis ? places.length : d));
    return build(shape, (index) => {
      const { g, i } = places[index[axis]];
      return read(
        g,
        index.map((j, d) => (d === axis ? i : j)),
      );
    });
  };

const alike: Samples = sampled(shapes(0, 2), (s) => fc.tuple(gridOf(s, smooth), gridOf(s, smooth)));

const padded = (x: Grid, before: readonly number[], shape: readonly number[], value: number): Grid =>
  build(shape, (index) => {
    const inside = index.map((i, d) => i - before[d]);
    return inside.every((i, d) => i >= 0 && i < x.shape[d]) ? read(x, inside) : value;
  });

export const SHAPES: readonly Row[] = [
  row(
    'reshape',
    (x) => ops.reshape(x, [3, -1]),
    (x) => reshaped(x, [3, 4]),
    ofShape(2, 6),
  ),
  row(
    'reshape to a vector',
    (x) => ops.reshape(x, [x.size]),
    (x) => reshaped(x, [x.values.length]),
    one(smooth),
  ),
  row('transpose', (x) => ops.transpose(x), reversed, one(smooth)),
  row(
    'transpose 2, 0, 1',
    (x) => ops.transpose(x, [2, 0, -2]),
    (x) => permuted(x, [2, 0, 1]),
    one(smooth, shapes(3, 3)),
  ),
  row(
    'moveAxis',
    (x) => ops.moveAxis(x, 0, -1),
    (x) => permuted(x, movedAxes(3, 0, 2)),
    one(smooth, shapes(3, 3)),
  ),
  row(
    'moveAxis 2 to 1',
    (x) => ops.moveAxis(x, 2, 1),
    (x) => permuted(x, movedAxes(4, 2, 1)),
    one(smooth, fullShapes(4, 4)),
  ),
  row(
    'broadcastTo',
    (x) => ops.broadcastTo(x, [2, 4, 3]),
    (x) => build([2, 4, 3], (i) => read(x, i)),
    sampled(fc.constantFrom([], [3], [1], [4, 1], [1, 3], [4, 3], [2, 1, 1], [1, 1, 1], [2, 4, 3]), (s) =>
      gridOf(s, smooth).map((g) => [g]),
    ),
  ),
  row(
    'expandDims',
    (x) => ops.expandDims(x, -1),
    (x) => reshaped(x, [...x.shape, 1]),
    one(smooth),
  ),
  row(
    'squeeze',
    (x) => ops.squeeze(x),
    (x) =>
      reshaped(
        x,
        x.shape.filter((d) => d !== 1),
      ),
    one(smooth),
  ),
  row(
    'squeeze one axis',
    (x) => ops.squeeze(x, 1),
    (x) => reshaped(x, [2, 1]),
    ofShape(2, 1, 1),
  ),
  row(
    'slice',
    (x) => ops.slice(x, [1, 0], [2, -1]),
    (x) => block(x, [1, 0], [2, x.shape[1]]),
    sampled(fc.tuple(fc.integer({ min: 3, max: 4 }), fc.integer({ min: 0, max: 3 })), (s) =>
      gridOf(s, smooth).map((g) => [g]),
    ),
  ),
  row(
    'slices that overlap',
    (x) =>
      ops.where(ops.cast(ops.slice(x, [0], [3]), 'bool'), ops.slice(x, [1], [3]), ops.slice(x, [0], [3])),
    (x) => build([3], ([i]) => (x.values[i] !== 0 ? x.values[i + 1] : x.values[i])),
    ofShape(4),
  ),
  row(
    'at',
    (x) => ops.at(x, -1, 1),
    (x) => build([3, 2], ([i, k]) => read(x, [i, x.shape[1] - 1, k])),
    ofShape(3, 2, 2),
  ),
  row('concat', (...x) => ops.concat(x), joined(0), parts(0), 3),
  row('concat axis 1', (...x) => ops.concat(x, 1), joined(1), parts(1), 3),
  row(
    'stack',
    (a, b) => ops.stack([a, b]),
    (a, b) => stackGrids([a, b]),
    alike,
    2,
  ),
  row(
    'stack last',
    (a, b) => ops.stack([a, b], -1),
    (a, b) => build([...a.shape, 2], (index) => read(index.at(-1) === 0 ? a : b, index.slice(0, -1))),
    alike,
    2,
  ),
  row(
    'pad',
    (x) =>
      ops.pad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        3,
      ),
    (x) => padded(x, [1, 2], [x.shape[0] + 1, x.shape[1] + 3], 3),
    one(smooth, shapes(2, 2)),
  ),
  row(
    'splitAxis',
    (x) => ops.concat(ops.splitAxis(x, [1, 0, 2], 1).toReversed(), 1),
    (x) => build(x.shape, ([i, j]) => read(x, [i, (j + 1) % 3])),
    ofShape(2, 3),
  ),
  row(
    'flip',
    (x) => ops.flip(x),
    (x) => flipped(x, 0),
    one(smooth, shapes(1, 3)),
  ),
  row(
    'flip axis -1',
    (x) => ops.flip(x, -1),
    (x) => flipped(x, x.shape.length - 1),
    one(smooth, shapes(1, 3)),
  ),
  // Sums of paddings merge into one node when the parts coincide or are disjoint, and must not when they overlap.
  ...[0, 1, 2].map(
    (shift): Row => ({
      name: `add paddings shifted by ${shift}`,
      fn: (a, b) => ops.add(ops.pad(a, [[1, 2]]), ops.pad(b, [[1 + shift, 2 - shift]])),
      reference: (a, b) =>
        build([5], (i) => read(padded(a, [1], [5], 0), i) + read(padded(b, [1 + shift], [5], 0), i)),
      args: sampled(fc.constant([2]), (s) => fc.tuple(gridOf(s, smooth), gridOf(s, smooth))),
      differentiable: [true, true],
      result: 'number',
    }),
  ),
];
