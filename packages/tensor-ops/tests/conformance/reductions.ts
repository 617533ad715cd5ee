/** Rows of the conformance table: reductions, cumulative sums, positions of extremes. */

import type { DType, Tensor } from '@descant/tensor-ops';
import * as ops from '@descant/tensor-ops';
import {
  awayFromZero,
  distinct,
  fullShapes,
  one,
  type Samples,
  sampled,
  shapes,
  smooth,
} from '../support/arbitraries.ts';
import { along, mapLines } from '../support/grid.ts';
import type { ResultType, Row } from './row.ts';

const SIGNED: readonly DType[] = ['float64', 'float32', 'int32', 'bool'];

interface Reduction {
  readonly name: string;
  readonly fn: (x: Tensor, axis?: ops.Axes, options?: ops.ReduceOptions) => Tensor;
  readonly reference: (line: number[]) => number;
  readonly result: ResultType;
  readonly differentiable: boolean;
  /** Examples of rank `min` to 3. */
  readonly args: (min: number) => Samples;
}

/** A reduction over everything, over one axis, over two, and with the axes kept. */
const reduction = ({ name, fn, reference, result, differentiable, args }: Reduction): Row[] => {
  const base = { differentiable: [differentiable], result };
  const all = (rank: number) => Array.from({ length: rank }, (_, i) => i);
  return [
    {
      ...base,
      name,
      fn: (x) => fn(x),
      reference: (x) => along(x, all(x.shape.length), false, reference),
      args: args(0),
    },
    {
      ...base,
      name: `${name} last axis`,
      fn: (x) => fn(x, -1),
      reference: (x) => along(x, [x.shape.length - 1], false, reference),
      args: args(1),
    },
    {
      ...base,
      name: `${name} axes 0, 1`,
      fn: (x) => fn(x, [1, 0]),
      reference: (x) => along(x, [0, 1], false, reference),
      args: args(2),
    },
    {
      ...base,
      name: `${name} axis 0 kept`,
      fn: (x) => fn(x, 0, { keepDims: true }),
      reference: (x) => along(x, [0], true, reference),
      args: args(1),
    },
  ];
};

const total = (line: readonly number[]) => line.reduce((a, b) => a + b, 0);
const anyValue = (min: number) => one(smooth, shapes(min));
/** Neither ties nor empty axes: a maximum of nothing does not exist. */
const untied = (min: number) => sampled(fullShapes(min), (s) => distinct(s).map((g) => [g]));

const first = (better: (a: number, b: number) => boolean) => (line: number[]) =>
  line.reduce((best, x, i) => (better(x, line[best]) ? i : best), 0);

const position = (
  name: string,
  fn: (x: Tensor, axis?: number) => Tensor,
  reference: (line: number[]) => number,
): Row[] => [
  {
    name,
    fn: (x) => fn(x),
    reference: (x) => along(x, [x.shape.length - 1], false, reference),
    args: untied(1),
    differentiable: [false],
    result: 'index',
    dtypes: SIGNED,
  },
  {
    name: `${name} axis 0`,
    fn: (x) => fn(x, 0),
    reference: (x) => along(x, [0], false, reference),
    args: untied(1),
    differentiable: [false],
    result: 'index',
    dtypes: SIGNED,
  },
];

const running = (line: readonly number[]) => line.map((_, i) => total(line.slice(0, i + 1)));

export const REDUCTIONS: readonly Row[] = [
  ...reduction({
    name: 'sum',
    fn: ops.sum,
    reference: total,
    result: 'number',
    differentiable: true,
    args: anyValue,
  }),
  ...reduction({
    name: 'mean',
    fn: ops.mean,
    reference: (line) => total(line) / line.length,
    result: 'real',
    differentiable: true,
    args: (min) => one(smooth, fullShapes(min)),
  }),
  ...reduction({
    name: 'max',
    fn: ops.max,
    reference: (line) => Math.max(...line),
    result: 'number',
    differentiable: true,
    args: untied,
  }),
  ...reduction({
    name: 'min',
    fn: ops.min,
    reference: (line) => Math.min(...line),
    result: 'number',
    differentiable: true,
    args: untied,
  }),
  ...reduction({
    name: 'prod',
    fn: ops.prod,
    reference: (line) => line.reduce((a, b) => a * b, 1),
    result: 'number',
    differentiable: true,
    args: (min) => one(awayFromZero, shapes(min, min + 1)),
  }),
  ...reduction({
    name: 'logSumExp',
    fn: ops.logSumExp,
    reference: (line) => Math.log(total(line.map(Math.exp))),
    result: 'real',
    differentiable: true,
    args: (min) => one(smooth, fullShapes(min)),
  }),
  ...reduction({
    name: 'all',
    fn: ops.all,
    reference: (line) => Number(line.every((x) => x !== 0)),
    result: 'truth',
    differentiable: false,
    args: anyValue,
  }),
  ...reduction({
    name: 'any',
    fn: ops.any,
    reference: (line) => Number(line.some((x) => x !== 0)),
    result: 'truth',
    differentiable: false,
    args: anyValue,
  }),
  ...position(
    'argmax',
    ops.argmax,
    first((a, b) => a > b),
  ),
  ...position(
    'argmin',
    ops.argmin,
    first((a, b) => a < b),
  ),
  {
    name: 'cumsum',
    fn: (x) => ops.cumsum(x),
    reference: (x) => mapLines(x, 0, running),
    args: anyValue(1),
    differentiable: [true],
    result: 'number',
  },
  {
    name: 'cumsum from the end of the last axis',
    fn: (x) => ops.cumsum(x, -1, { reverse: true }),
    reference: (x) => mapLines(x, x.shape.length - 1, (line) => running(line.toReversed()).toReversed()),
    args: anyValue(1),
    differentiable: [true],
    result: 'number',
  },
];
