/** Rows of the conformance table: arithmetic, elementary functions, activations, comparisons, choice, casts. */

import type { DType, Tensor } from '@descant/tensor-ops';
import * as ops from '@descant/tensor-ops';
import fc from 'fast-check';
import {
  awayFromZero,
  between,
  broadcasting,
  gridOf,
  one,
  positive,
  sampled,
  shapes,
  smooth,
} from '../support/arbitraries.ts';
import { build, elementwise, type Grid, jointShape, mapLines, read } from '../support/grid.ts';
import { erf, sigmoid, softmax } from '../support/special.ts';
import type { Row } from './row.ts';

const NUMBERS: readonly DType[] = ['float64', 'float32', 'int32', 'uint32'];

/** A function of one real number. */
const unary = (
  name: string,
  fn: (x: Tensor) => Tensor,
  reference: (x: number) => number,
  element: fc.Arbitrary<number> = smooth,
  change: Partial<Row> = {},
): Row => ({
  name,
  fn,
  reference: elementwise(reference),
  args: one(element),
  differentiable: [true],
  result: 'real',
  ...change,
});

/** A function of two numbers that broadcast. */
const binary = (
  name: string,
  fn: (a: Tensor, b: Tensor) => Tensor,
  reference: (a: number, b: number) => number,
  elements: readonly [fc.Arbitrary<number>, fc.Arbitrary<number>] = [smooth, smooth],
  change: Partial<Row> = {},
): Row => ({
  name,
  fn,
  reference: elementwise(reference),
  args: broadcasting(...elements),
  differentiable: [true, true],
  result: 'number',
  ...change,
});

/** Numbers on two interleaved grids: one of each kind never lie near each other. */
const onGrid = (offset: number) => fc.integer({ min: -4, max: 4 }).map((k) => 0.5 * k + offset);
const apart = [onGrid(0), onGrid(0.25)] as const;

/** x / y stays away from whole numbers for x here and y in [2, 2.2]. */
const fraction = fc.oneof(between(-1.8, -0.2), between(0.2, 1.8), between(2.4, 3.8));

/** Numbers away from halves and wholes. */
const offStep = fc
  .tuple(fc.integer({ min: -3, max: 3 }), fc.oneof(between(0.1, 0.4), between(0.6, 0.9)))
  .map(([k, rest]) => k + rest);

const roundHalfEven = (x: number) => {
  const near = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && near % 2 !== 0 ? near - 1 : near;
};

const compare = (name: string, fn: Row['fn'], reference: (a: number, b: number) => boolean): Row =>
  binary(
    name,
    fn as (a: Tensor, b: Tensor) => Tensor,
    (a, b) => Number(reference(a, b)),
    [onGrid(0), onGrid(0)],
    {
      differentiable: [false, false],
      result: 'truth',
    },
  );

const truth = fc.constantFrom(0, 1, 2);

const softmaxAlong = (
  name: string,
  axis: number,
  fn: (x: Tensor, axis: number) => Tensor,
  log: boolean,
): Row =>
  unary(
    `${name} axis ${axis}`,
    (x) => fn(x, axis),
    (x) => x,
    smooth,
    {
      args: one(smooth, shapes(2, 3)),
      reference: (x) =>
        mapLines(x, axis < 0 ? axis + x.shape.length : axis, (line) =>
          softmax(line).map((p) => (log ? Math.log(p) : p)),
        ),
    },
  );

const DTYPES: readonly DType[] = ['float64', 'float32', 'int32', 'uint32', 'bool'];
const castTo: Readonly<Record<DType, (x: number) => number>> = {
  float64: (x) => x,
  float32: (x) => x,
  int32: Math.trunc,
  uint32: (x) => Math.trunc(Math.max(0, x)),
  bool: (x) => Number(x !== 0),
};

export const ELEMENTWISE: readonly Row[] = [
  binary('add', ops.add, (a, b) => a + b),
  binary('sub', ops.sub, (a, b) => a - b),
  binary('mul', ops.mul, (a, b) => a * b),
  binary('div', ops.div, (a, b) => a / b, [smooth, awayFromZero], { result: 'real' }),
  binary('mod', ops.mod, (a, b) => a - b * Math.floor(a / b), [fraction, between(2, 2.2)], {
    dtypes: NUMBERS,
  }),
  binary('pow', ops.pow, (a, b) => a ** b, [positive, smooth], { result: 'real' }),
  ...[-2, -1, 0, 0.5, 1, 2, 3, 4, 2.5].map((exponent) =>
    unary(
      `pow ${exponent}`,
      (x) => ops.pow(x, exponent),
      (x) => x ** exponent,
      positive,
    ),
  ),
  binary('maximum', ops.maximum, Math.max, apart),
  binary('minimum', ops.minimum, Math.min, apart),
  unary(
    'clip',
    (x) => ops.clip(x, -1, 1),
    (x) => Math.min(1, Math.max(-1, x)),
    onGrid(0.25),
    {
      result: 'number',
      dtypes: ['float64', 'float32', 'int32'],
    },
  ),
  unary('square', ops.square, (x) => x * x, smooth, { result: 'number' }),
  unary('neg', ops.neg, (x) => -x, smooth, { result: 'number' }),
  unary('abs', ops.abs, Math.abs, awayFromZero, { result: 'number' }),
  unary('sign', ops.sign, Math.sign, awayFromZero, { result: 'number' }),
  unary('floor', ops.floor, Math.floor, offStep),
  unary('ceil', ops.ceil, Math.ceil, offStep),
  unary('round', ops.round, roundHalfEven, offStep),
  unary('sqrt', ops.sqrt, Math.sqrt, positive),
  unary('exp', ops.exp, Math.exp),
  unary('expm1', ops.expm1, Math.expm1),
  unary('log', ops.log, Math.log, positive),
  unary('log1p', ops.log1p, Math.log1p, between(-0.7, 2)),
  unary('sin', ops.sin, Math.sin),
  unary('cos', ops.cos, Math.cos),
  unary('sigmoid', ops.sigmoid, sigmoid, between(-5, 5)),
  unary('tanh', ops.tanh, Math.tanh),
  unary('softplus', ops.softplus, (x) => Math.log(1 + Math.exp(x)), between(-5, 5)),
  unary('erf', ops.erf, erf),
  unary('gelu', ops.gelu, (x) => (x * (1 + erf(x / Math.SQRT2))) / 2),
  unary('relu', ops.relu, (x) => Math.max(0, x), awayFromZero),
  softmaxAlong('softmax', -1, ops.softmax, false),
  softmaxAlong('softmax', 0, ops.softmax, false),
  softmaxAlong('logSoftmax', -1, ops.logSoftmax, true),
  softmaxAlong('logSoftmax', 0, ops.logSoftmax, true),
  compare('less', ops.less as Row['fn'], (a, b) => a < b),
  compare('lessEqual', ops.lessEqual as Row['fn'], (a, b) => a <= b),
  compare('greater', ops.greater as Row['fn'], (a, b) => a > b),
  compare('greaterEqual', ops.greaterEqual as Row['fn'], (a, b) => a >= b),
  compare('equal', ops.equal as Row['fn'], (a, b) => a === b),
  compare('notEqual', ops.notEqual as Row['fn'], (a, b) => a !== b),
  binary('logicalAnd', ops.logicalAnd, (a, b) => Number(a !== 0 && b !== 0), [truth, truth], {
    differentiable: [false, false],
    result: 'truth',
  }),
  binary('logicalOr', ops.logicalOr, (a, b) => Number(a !== 0 || b !== 0), [truth, truth], {
    differentiable: [false, false],
    result: 'truth',
  }),
  unary('logicalNot', ops.logicalNot, (x) => Number(x === 0), truth, {
    differentiable: [false],
    result: 'truth',
  }),
  {
    name: 'where',
    fn: ops.where as Row['fn'],
    reference: elementwise((condition, a, b) => (condition !== 0 ? a : b)),
    args: broadcasting(fc.constantFrom(0, 1), smooth, smooth),
    differentiable: [false, true, true],
    fixedTypes: ['bool', null, null],
    result: 'any',
  },
  ...DTYPES.map(
    (to): Row =>
      unary(`cast to ${to}`, (x) => ops.cast(x, to), castTo[to], smooth, {
        differentiable: [to === 'float64'],
        resultIs: to,
      }),
  ),
  {
    // One operand with itself and with a smaller one: shared inputs, and sums over broadcast axes in reverse mode.
    name: 'mul shared',
    fn: (a, b) => ops.mul(ops.mul(a, b), ops.add(a, b)),
    reference: (a: Grid, b: Grid) =>
      build(jointShape([a.shape, b.shape]), (i) => read(a, i) * read(b, i) * (read(a, i) + read(b, i))),
    args: sampled(shapes(1, 2), (shape) => fc.tuple(gridOf(shape, smooth), gridOf(shape.slice(1), smooth))),
    differentiable: [true, true],
    result: 'number',
  },
];
