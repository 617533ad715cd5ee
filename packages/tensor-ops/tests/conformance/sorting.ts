/** Rows of the conformance table: orders along an axis. */

import type { Tensor } from '@descant/tensor-ops';
import * as ops from '@descant/tensor-ops';
import { distinct, fullShapes, type Samples, sampled, shapes } from '../support/arbitraries.ts';
import { build, type Grid, mapLines, read } from '../support/grid.ts';
import type { Row } from './row.ts';

/** Neither ties nor NaN, so that derivatives exist; axes of length 0 and 1 included. */
const untied = (min: number): Samples => sampled(shapes(min), (s) => distinct(s).map((g) => [g]));

type Before = (a: number, b: number) => boolean;
const smaller: Before = (a, b) => a < b;
const larger: Before = (a, b) => a > b;

/** Positions in order: an element's place is the number of elements that go before it. */
const order = (before: Before) => (line: readonly number[]) => {
  const positions = line.map(() => -1);
  line.forEach((x, i) => {
    positions[line.filter((y, j) => before(y, x) || (y === x && j < i)).length] = i;
  });
  return positions;
};

const inOrder = (before: Before) => (line: readonly number[]) => order(before)(line).map((i) => line[i]);

const last = (x: Grid) => x.shape.length - 1;

/** The first `k` of each line along an axis. */
const firstOf = (x: Grid, axis: number, k: number): Grid =>
  build(
    x.shape.map((d, i) => (i === axis ? k : d)),
    (index) => read(x, index),
  );

const row = (
  name: string,
  differentiable: boolean,
  fn: (x: Tensor) => Tensor,
  reference: (x: Grid) => Grid,
  args: Samples = untied(1),
): Row => ({
  name,
  fn,
  reference,
  args,
  differentiable: [differentiable],
  result: differentiable ? 'any' : 'index',
});

const wide = sampled(fullShapes(2, 3), (s) => distinct([s[0], s[1] + 1, ...s.slice(2)]).map((g) => [g]));

export const SORTING: readonly Row[] = [
  row('sort', true, ops.sort, (x) => mapLines(x, last(x), inOrder(smaller))),
  row(
    'sort axis 0, descending',
    true,
    (x) => ops.sort(x, 0, { descending: true }),
    (x) => mapLines(x, 0, inOrder(larger)),
  ),
  row(
    'sort axis 1 of 3',
    true,
    (x) => ops.sort(x, 1),
    (x) => mapLines(x, 1, inOrder(smaller)),
    untied(3),
  ),
  row('argsort', false, ops.argsort, (x) => mapLines(x, last(x), order(smaller))),
  row(
    'argsort axis 0, descending',
    false,
    (x) => ops.argsort(x, 0, { descending: true }),
    (x) => mapLines(x, 0, order(larger)),
  ),
  row(
    'topK values',
    true,
    (x) => ops.topK(x, 2, 1).values,
    (x) => firstOf(mapLines(x, 1, inOrder(larger)), 1, 2),
    wide,
  ),
  row(
    'topK indices',
    false,
    (x) => ops.topK(x, 2, 1).indices,
    (x) => firstOf(mapLines(x, 1, order(larger)), 1, 2),
    wide,
  ),
];
