/** The errors of operations on tensors, by their whole messages. */

import * as ops from '@descant/tensor-ops';
import { ArgumentError, mul, sum, tensor, zeros } from '@descant/tensor-ops';
import { solve } from '@descant/tensor-ops/linalg';
import { describe, expect, test } from 'vitest';
import { type Case, expectErrors, wrong } from '../support/errors.ts';

const v2 = tensor([1, 2]);
const v3 = tensor([1, 2, 3]);
const m23 = zeros([2, 3]);
const ints = tensor([0, 1], { dtype: 'int32' });
const scalar = tensor(1);

const CREATION: readonly Case[] = [
  [
    'tensor: values must have arrays of length 2 at depth 2; got one of length 1',
    () => tensor([[1, 2], [3]]),
  ],
  ['tensor: values must have arrays of length 2 at depth 2; got 3', () => tensor([[1, 2], 3])],
  ['tensor: values must hold numbers or booleans; got a ragged array', () => tensor([1, [2]])],
  ['tensor: values must hold numbers or booleans; got a', () => tensor(wrong(['a']))],
  ['tensor: values must hold numbers or booleans; got null', () => tensor(wrong(null))],
  [
    'tensor: values must be a Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array; got Int8Array',
    () => tensor(wrong(new Int8Array(2))),
  ],
  ['tensor: shape must have 2 elements; got [3]', () => tensor([1, 2], { shape: [3] })],
  ['tensor: shape must have 2 elements; got [2, 2]', () => tensor(new Float32Array(2), { shape: [2, 2] })],
  [
    'tensor: shape must be an array of whole numbers; got [-2,-1]',
    () => tensor(new Float32Array(2), { shape: [-2, -1] }),
  ],
  [
    'tensor: dtype must be one of bool, uint32, int32, float32, float64; got float16',
    () => tensor([1], { dtype: wrong('float16') }),
  ],
  ['full: shape must be an array of whole numbers; got 3', () => ops.full(wrong(3), 1)],
  ['full: shape must be an array of whole numbers; got [1.5]', () => zeros([1.5])],
  [
    'full: dtype must be one of bool, uint32, int32, float32, float64; got double',
    () => ops.ones([1], wrong('double')),
  ],
  ['eye: shape must be an array of whole numbers; got [-1,-1]', () => ops.eye(-1)],
  ['arange: bounds must be whole numbers with start <= stop; got 3, 1', () => ops.arange(3, 1)],
  ['arange: bounds must be whole numbers with start <= stop; got 0, NaN', () => ops.arange(0, Number.NaN)],
  ['linspace: count must be a whole number of at least 1; got 0', () => ops.linspace(0, 1, 0)],
  [
    'cast: dtype must be one of bool, uint32, int32, float32, float64; got int64',
    () => ops.cast(v2, wrong('int64')),
  ],
  ['item: tensor must have one element; got [2]', () => v2.item()],
];

const ELEMENTWISE: readonly Case[] = [
  ['add: shapes must broadcast together; got [2] and [3]', () => ops.add(v2, v3)],
  ['sub: shapes must broadcast together; got [2] and [3]', () => ops.sub(v2, v3)],
  ['mul: shapes must broadcast together; got [2, 3] and [2]', () => mul(m23, v2)],
  ['div: shapes must broadcast together; got [2] and [3]', () => ops.div(v2, v3)],
  ['mod: shapes must broadcast together; got [2] and [3]', () => ops.mod(v2, v3)],
  ['pow: shapes must broadcast together; got [2] and [3]', () => ops.pow(v2, v3)],
  ['maximum: shapes must broadcast together; got [2] and [3]', () => ops.maximum(v2, v3)],
  ['minimum: shapes must broadcast together; got [2] and [3]', () => ops.minimum(v2, v3)],
  ['less: shapes must broadcast together; got [2] and [3]', () => ops.less(v2, v3)],
  ['lessEqual: shapes must broadcast together; got [2] and [3]', () => ops.lessEqual(v2, v3)],
  ['greater: shapes must broadcast together; got [2] and [3]', () => ops.greater(v2, v3)],
  ['greaterEqual: shapes must broadcast together; got [2] and [3]', () => ops.greaterEqual(v2, v3)],
  ['equal: shapes must broadcast together; got [2] and [3]', () => ops.equal(v2, v3)],
  ['notEqual: shapes must broadcast together; got [2] and [3]', () => ops.notEqual(v2, v3)],
  ['logicalAnd: shapes must broadcast together; got [2] and [3]', () => ops.logicalAnd(v2, v3)],
  ['logicalOr: shapes must broadcast together; got [2] and [3]', () => ops.logicalOr(v2, v3)],
  ['where: shapes must broadcast together; got [2] and [3] and []', () => ops.where(v2, v3, 0)],
  [
    'add: operand 2 must be a tensor or a number; got an array (wrap it in tensor(...))',
    () => ops.add(v2, wrong([1, 2])),
  ],
  ['add: operand 1 must be a tensor or a number; got string', () => ops.add(wrong('1'), v2)],
  ['greater: operand 2 must be a tensor or a number; got null', () => ops.greater(v2, wrong(null))],
  ['exp: x must be a tensor or a number; got undefined', () => ops.exp(wrong(undefined))],
  ['logicalNot: operand must be a tensor or a number; got object', () => ops.logicalNot(wrong({}))],
  ['clip: bounds must satisfy low <= high; got 1, 0', () => ops.clip(v2, 1, 0)],
  ['clip: bounds must satisfy low <= high; got NaN, 1', () => ops.clip(v2, Number.NaN, 1)],
];

const REDUCTIONS: readonly Case[] = [
  ['sum: axis must be an integer in [-1, 0]; got 1', () => sum(v2, 1)],
  ['mean: axis must be an integer in [-2, 1]; got -3', () => ops.mean(m23, -3)],
  ['prod: axis must be an integer in [-1, 0]; got 0.5', () => ops.prod(v2, 0.5)],
  ['sum: axis must not be given for a scalar; got 0', () => sum(scalar, 0)],
  ['logSumExp: axis must name each axis once; got [0, 0]', () => ops.logSumExp(m23, [0, -2])],
  ['max: x must have elements along the axis; got [0, 3]', () => ops.max(zeros([0, 3]), 0)],
  ['min: x must have elements along the axis; got [0]', () => ops.min(zeros([0]))],
  ['logSumExp: x must have elements along the axis; got [0]', () => ops.logSumExp(zeros([0]))],
  ['argmax: x must have elements along the axis; got [2, 0]', () => ops.argmax(zeros([2, 0]))],
  ['argmin: x must be int32 or float; got uint32', () => ops.argmin(tensor([1], { dtype: 'uint32' }))],
  ['all: axis must be an integer in [-1, 0]; got 3', () => ops.all(v2, 3)],
  ['any: axis must be an integer in [-1, 0]; got 3', () => ops.any(v2, 3)],
  ['cumsum: axis must not be given for a scalar; got 0', () => ops.cumsum(scalar)],
  ['softmax: axis must be an integer in [-1, 0]; got 2', () => ops.softmax(v2, 2)],
  ['logSoftmax: axis must not be given for a scalar; got -1', () => ops.logSoftmax(scalar)],
];

const SHAPES: readonly Case[] = [
  ['reshape: shape must have 2 elements, as [2] does; got [3]', () => ops.reshape(v2, [3])],
  ['reshape: shape must divide 3 elements; got [2, -1]', () => ops.reshape(v3, [2, -1])],
  ['reshape: shape must be an array of whole numbers; got [-1]', () => ops.reshape(m23, [-1, -1])],
  ['reshape: shape must be an array of whole numbers; got [-2,-3]', () => ops.reshape(m23, [-2, -3])],
  ['transpose: permutation must name all 2 axes; got [0]', () => ops.transpose(m23, [0])],
  ['transpose: axis must name each axis once; got [1, 1]', () => ops.transpose(m23, [1, 1])],
  ['moveAxis: axis must be an integer in [-2, 1]; got 2', () => ops.moveAxis(m23, 0, 2)],
  ['broadcastTo: shape must be one to which [2] broadcasts; got [3]', () => ops.broadcastTo(v2, [3])],
  [
    'broadcastTo: shape must be one to which [2, 3] broadcasts; got [1, 3]',
    () => ops.broadcastTo(ops.broadcastTo(tensor([[1, 2, 3]]), [2, 3]), [1, 3]),
  ],
  [
    'broadcastTo: shape must be one to which [2] broadcasts; got []',
    () => ops.broadcastTo(ops.ones([2]), []),
  ],
  ['broadcastTo: shape must be an array of whole numbers; got [-1]', () => ops.broadcastTo(scalar, [-1])],
  ['expandDims: axis must be an integer in [-2, 1]; got 2', () => ops.expandDims(v2, 2)],
  ['squeeze: axis must name axes of length one; got axis 0 of [2, 3]', () => ops.squeeze(m23, 0)],
  ['slice: block must lie inside [2]; got begin [1], size [2]', () => ops.slice(v2, [1], [2])],
  ['slice: block must lie inside [2, 3]; got begin [0], size [1]', () => ops.slice(m23, [0], [1])],
  ['slice: block must lie inside [3]; got begin [0.5], size [1]', () => ops.slice(v3, [0.5], [1])],
  ['at: position must be an integer in [-2, 1]; got 2', () => ops.at(v2, 2)],
  ['at: axis must not be given for a scalar; got 0', () => ops.at(scalar, 0)],
  ['concat: tensors must hold at least one tensor; got none', () => ops.concat([])],
  [
    'concat: tensors must agree with [2, 3] except on axis 0; got [2, 2]',
    () => ops.concat([m23, zeros([2, 2])]),
  ],
  ['concat: axis must not be given for a scalar; got 0', () => ops.concat([1, 2])],
  ['stack: tensors must hold at least one tensor; got none', () => ops.stack([])],
  ['stack: tensors must all have shape [2]; got [3]', () => ops.stack([v2, v3])],
  ['pad: padding must hold 1 pairs of whole numbers; got [[1,-1]]', () => ops.pad(v2, [[1, -1]])],
  ['pad: padding must hold 2 pairs of whole numbers; got [[1,1]]', () => ops.pad(m23, [[1, 1]])],
  ['splitAxis: lengths must be whole numbers that sum to 3; got [1, 1]', () => ops.splitAxis(v3, [1, 1])],
  ['splitAxis: lengths must be whole numbers that sum to 3; got [4, -1]', () => ops.splitAxis(v3, [4, -1])],
  ['flip: axis must be an integer in [-1, 0]; got 1', () => ops.flip(v2, 1)],
];

const INDEXING: readonly Case[] = [
  ['gather: indices must lie in [0, 1]; got 2', () => ops.gather(v2, tensor([0, 2], { dtype: 'int32' }))],
  ['gather: indices must lie in [0, 1]; got -1', () => ops.gather(v2, -1)],
  ['gather: indices must be int32 or uint32; got float32', () => ops.gather(v2, tensor([0]))],
  ['gather: axis must be an integer in [-1, 0]; got 1', () => ops.gather(v2, 0, 1)],
  ['scatterAdd: indices must lie in [0, 0]; got 1', () => ops.scatterAdd(v2, ints, 1)],
  ['scatterAdd: size must be a whole number; got -1', () => ops.scatterAdd(v2, ints, -1)],
  ['scatterAdd: axis must lie in [0, 0]; got 1', () => ops.scatterAdd(v2, ints, 3, 1)],
  ['scatterAdd: updates must have the axes [2] at 0; got [3]', () => ops.scatterAdd(v3, ints, 3)],
  ['segmentSum: segmentIds must lie in [0, 0]; got 1', () => ops.segmentSum(v2, ints, 1)],
  ['segmentSum: segmentIds must be int32 or uint32; got float32', () => ops.segmentSum(v2, v2, 3)],
  ['segmentSum: segmentIds must have shape [3]; got [2]', () => ops.segmentSum(v3, ints, 2)],
  ['segmentSum: segmentIds must have shape [2]; got []', () => ops.segmentSum(v2, 0, 2)],
  ['segmentSum: numSegments must be a whole number; got 1.5', () => ops.segmentSum(v2, ints, 1.5)],
  ['segmentSum: x must have at least one axis; got a scalar', () => ops.segmentSum(1, ints, 2)],
  ['sort: axis must be an integer in [-1, 0]; got 1', () => ops.sort(v2, 1)],
  ['sort: x must be a tensor or a number; got an array (wrap it in tensor(...))', () => ops.sort(wrong([1]))],
  ['argsort: axis must not be given for a scalar; got -1', () => ops.argsort(scalar)],
  ['topK: axis must be an integer in [-2, 1]; got 2', () => ops.topK(m23, 1, 2)],
  ['topK: k must be a whole number in [0, 2]; got 3', () => ops.topK(v2, 3)],
  ['topK: k must be a whole number in [0, 3]; got -1', () => ops.topK(m23, -1)],
  ['topK: k must be a whole number in [0, 3]; got 0.5', () => ops.topK(m23, 0.5)],
  ['oneHot: indices must be int32 or uint32; got float32', () => ops.oneHot(v2, 3)],
  ['oneHot: depth must be a whole number of at least 1; got 0', () => ops.oneHot(ints, 0)],
];

const PRODUCTS: readonly Case[] = [
  ['matmul: b must have 3 rows, as [2, 3] has columns; got [2, 3]', () => ops.matmul(m23, m23)],
  [
    'matmul: shapes must broadcast together; got [2] and [3]',
    () => ops.matmul(zeros([2, 1, 1]), zeros([3, 1, 1])),
  ],
  ['matmul: a must have at least one axis; got a scalar', () => ops.matmul(2, v2)],
  ['solve: a must be square in its last two axes; got [2, 3]', () => solve(m23, v2)],
  ['solve: a must have at least two axes; got [2]', () => solve(v2, v2)],
  ['solve: b must have 2 rows, as [2, 2] has; got [3, 1]', () => solve(ops.eye(2), v3)],
  ['solve: b must have at least one axis; got a scalar', () => solve(ops.eye(2), 1)],
];

describe.each([
  ['creation', CREATION],
  ['elementwise', ELEMENTWISE],
  ['reductions', REDUCTIONS],
  ['shapes', SHAPES],
  ['indexing', INDEXING],
  ['products', PRODUCTS],
] as const)('ArgumentError: %s', (_, cases) => expectErrors('ArgumentError', cases));

test('the parts of an ArgumentError are fields', () => {
  const error = new ArgumentError('lola', 'payoffs', 'have shape [2, 2, 2]', '[2, 4]');
  expect(error.message).toBe('lola: payoffs must have shape [2, 2, 2]; got [2, 4]');
  expect({ ...error }).toMatchObject({
    fn: 'lola',
    argument: 'payoffs',
    expected: 'have shape [2, 2, 2]',
    received: '[2, 4]',
  });
});
