/** Rows of the conformance table: matrix products, linear systems, reading and writing at indices. */

import type { DType } from '@descant/tensor-ops';
import * as ops from '@descant/tensor-ops';
import { solve as solveSystem } from '@descant/tensor-ops/linalg';
import fc from 'fast-check';
import { dominant, gridOf, one, type Samples, sampled, shapes, smooth } from '../support/arbitraries.ts';
import { build, type Grid, indicesOf, jointShape, read } from '../support/grid.ts';
import type { Row } from './row.ts';

const FLOATS: readonly DType[] = ['float64', 'float32'];
const size = fc.integer({ min: 1, max: 3 });
const sizeOrNone = fc.oneof({ weight: 6, arbitrary: size }, { weight: 1, arbitrary: fc.constant(0) });

/** Grids of fixed shapes that are drawn together. */
const framed = <S>(frame: fc.Arbitrary<S>, shape: (s: S) => readonly (readonly number[])[]): Samples =>
  sampled(frame, (s) => fc.tuple(...shape(s).map((d) => gridOf(d, smooth))));

/** [..., m, k] x [..., k, n] by the definition. */
function product(a: Grid, b: Grid): Grid {
  const [m, k] = a.shape.slice(-2);
  const n = b.shape[b.shape.length - 1];
  const batch = jointShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return build([...batch, m, n], (index) => {
    const [lead, [i, j]] = [index.slice(0, -2), index.slice(-2)];
    let sum = 0;
    for (let l = 0; l < k; l++) sum += read(a, [...lead, i, l]) * read(b, [...lead, l, j]);
    return sum;
  });
}

const reshaped = (x: Grid, shape: readonly number[]): Grid => ({ shape, values: x.values });

/** The inverse of one matrix by Gauss-Jordan elimination without exchanges (the matrices here are dominant). */
function inverse(a: readonly number[], n: number): number[] {
  const rows = Array.from({ length: n }, (_, i) => [
    ...a.slice(i * n, (i + 1) * n),
    ...Array.from({ length: n }, (_, j) => Number(i === j)),
  ]);
  for (let k = 0; k < n; k++) {
    rows[k] = rows[k].map((x) => x / rows[k][k]);
    for (let i = 0; i < n; i++) if (i !== k) rows[i] = rows[i].map((x, j) => x - rows[i][k] * rows[k][j]);
  }
  return rows.flatMap((r) => r.slice(n));
}

/** A^-1 B as a product with the inverse. */
function solution(a: Grid, b: Grid): Grid {
  const n = a.shape[a.shape.length - 1];
  const values = indicesOf(a.shape.slice(0, -2)).flatMap((_, s) =>
    inverse(a.values.slice(s * n * n, (s + 1) * n * n), n),
  );
  return product({ shape: a.shape, values }, b);
}

const systems = (aBatch: readonly number[], right: (n: number, m: number) => readonly number[]): Samples =>
  sampled(fc.tuple(size, size), ([n, m]) => fc.tuple(dominant(aBatch, n), gridOf(right(n, m), smooth)));

const indexOf = (n: number) => fc.nat({ max: n - 1 });

/** Elements of `x` at `at` along an axis. */
const gathered =
  (axis: number) =>
  (x: Grid, at: Grid): Grid => {
    const rank = at.shape.length;
    const shape = [...x.shape.slice(0, axis), ...at.shape, ...x.shape.slice(axis + 1)];
    return build(shape, (index) => {
      const place = read(at, index.slice(axis, axis + rank));
      return read(x, [...index.slice(0, axis), place, ...index.slice(axis + rank)]);
    });
  };

/** Sums of `updates` at `at` along an axis of the given length. */
const scattered =
  (length: number, axis: number) =>
  (updates: Grid, at: Grid): Grid => {
    const rank = at.shape.length;
    const shape = [...updates.shape.slice(0, axis), length, ...updates.shape.slice(axis + rank)];
    return build(shape, (index) =>
      indicesOf(at.shape)
        .filter((place) => read(at, place) === index[axis])
        .reduce(
          (sum, place) => sum + read(updates, [...index.slice(0, axis), ...place, ...index.slice(axis + 1)]),
          0,
        ),
    );
  };

const linear = (
  name: string,
  fn: Row['fn'],
  reference: Row['reference'],
  args: Samples,
  change: Partial<Row> = {},
): Row => ({
  name,
  fn,
  reference,
  args,
  differentiable: [true, true],
  result: 'number',
  ...change,
});

const indexed = {
  differentiable: [true, false],
  fixedTypes: [null, 'int32'] as const,
  result: 'any' as const,
};

const matmul = ops.matmul as Row['fn'];
const solve = solveSystem as Row['fn'];
const systemsOnly = { dtypes: FLOATS, result: 'real' as const };

export const PRODUCTS: readonly Row[] = [
  linear(
    'matmul',
    matmul,
    product,
    framed(fc.tuple(sizeOrNone, sizeOrNone, sizeOrNone), ([m, k, n]) => [
      [m, k],
      [k, n],
    ]),
  ),
  linear(
    'matmul batched',
    matmul,
    product,
    framed(fc.tuple(size, size, size), ([m, k, n]) => [
      [2, 1, m, k],
      [3, k, n],
    ]),
  ),
  linear(
    'matmul matrix-vector',
    matmul,
    (a, b) => {
      const result = product(a, reshaped(b, [...b.shape, 1]));
      return reshaped(result, result.shape.slice(0, -1));
    },
    framed(fc.tuple(size, size), ([m, k]) => [[2, m, k], [k]]),
  ),
  linear(
    'matmul vector-matrix',
    matmul,
    (a, b) => {
      const result = product(reshaped(a, [1, ...a.shape]), b);
      return reshaped(result, [...result.shape.slice(0, -2), ...result.shape.slice(-1)]);
    },
    framed(fc.tuple(size, size), ([k, n]) => [[k], [2, k, n]]),
  ),
  linear(
    'matmul dot',
    matmul,
    (a, b) => reshaped(product(reshaped(a, [1, ...a.shape]), reshaped(b, [...b.shape, 1])), []),
    framed(size, (k) => [[k], [k]]),
  ),
  linear(
    'solve',
    solve,
    solution,
    systems([], (n, m) => [n, m]),
    systemsOnly,
  ),
  linear(
    'solve batched',
    solve,
    solution,
    systems([2], (n, m) => [1, n, m]),
    systemsOnly,
  ),
  linear(
    'solve vector',
    solve,
    (a, b) => {
      const result = solution(a, reshaped(b, [...b.shape, 1]));
      return reshaped(result, result.shape.slice(0, -1));
    },
    systems([2], (n) => [n]),
    systemsOnly,
  ),
  linear(
    'solve diagonally dominant',
    (a, b) => solveSystem(a, b, { diagonallyDominant: true }),
    solution,
    systems([], (n, m) => [n, m]),
    systemsOnly,
  ),
  linear(
    'solve with exchanges',
    (a, b) => solveSystem(ops.flip(a), ops.flip(b)),
    solution,
    systems([], (n, m) => [n, m]),
    systemsOnly,
  ),
  linear(
    'gather',
    (x, at) => ops.gather(x, at),
    gathered(0),
    sampled(fc.tuple(size, size, shapes(0, 2)), ([n, m, s]) =>
      fc.tuple(gridOf([n, m], smooth), gridOf(s, indexOf(n))),
    ),
    indexed,
  ),
  linear(
    'gather axis 1 of 3',
    (x, at) => ops.gather(x, at, 1),
    gathered(1),
    sampled(fc.tuple(size, shapes(1, 2)), ([n, s]) =>
      fc.tuple(gridOf([2, n, 2], smooth), gridOf(s, indexOf(n))),
    ),
    indexed,
  ),
  linear(
    'gather last of 3',
    (x, at) => ops.gather(x, at, -1),
    gathered(2),
    sampled(fc.tuple(size, size), ([n, k]) => fc.tuple(gridOf([2, 2, n], smooth), gridOf([k], indexOf(n)))),
    indexed,
  ),
  linear(
    'scatterAdd',
    (x, at) => ops.scatterAdd(x, at, 3),
    scattered(3, 0),
    sampled(fc.tuple(shapes(0, 2), size), ([s, m]) =>
      fc.tuple(gridOf([...s, m], smooth), gridOf(s, indexOf(3))),
    ),
    { ...indexed, dtypes: ['float64', 'float32', 'int32', 'uint32'] },
  ),
  linear(
    'scatterAdd axis 1',
    (x, at) => ops.scatterAdd(x, at, 3, 1),
    scattered(3, 1),
    sampled(fc.tuple(size, size), ([k, m]) => fc.tuple(gridOf([2, k, m], smooth), gridOf([k], indexOf(3)))),
    { ...indexed, dtypes: ['float64', 'float32', 'int32', 'uint32'] },
  ),
  linear(
    'segmentSum',
    (x, ids) => ops.segmentSum(x, ids, 3),
    scattered(3, 0),
    sampled(fc.tuple(sizeOrNone, size), ([n, m]) =>
      fc.tuple(gridOf([n, m], smooth), gridOf([n], indexOf(3))),
    ),
    { ...indexed, result: 'number' },
  ),
  {
    name: 'oneHot',
    fn: (at) => ops.oneHot(at, 3, 'float64'),
    reference: (at) =>
      build([...at.shape, 3], (index) => Number(read(at, index.slice(0, -1)) === index.at(-1))),
    // Positions -1 and 3 are out of range: a row of zeros.
    args: one(fc.integer({ min: -1, max: 3 }), shapes(0, 2)),
    differentiable: [false],
    fixedTypes: ['int32'],
    result: 'any',
    dtypes: ['float64'],
  },
];
