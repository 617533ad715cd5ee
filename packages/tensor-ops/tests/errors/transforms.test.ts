/** The errors of transformations, control flow and random numbers, and of reading what has no value yet. */

import * as ops from '@descant/tensor-ops';
import {
  grad,
  jit,
  key,
  mul,
  sum,
  type Tensor,
  TracedValueError,
  tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { describe, expect, test } from 'vitest';
import { type Case, expectErrors, wrong } from '../support/errors.ts';

const v2 = tensor([1, 2]);
const v3 = tensor([1, 2, 3]);
const m23 = zeros([2, 3]);
const ints = tensor([0, 1], { dtype: 'int32' });
const scalar = tensor(1);

const id = (x: Tensor) => x;

const TRANSFORMS: readonly Case[] = [
  ['grad: fn must return one floating-point scalar; got float32[2]', () => grad(id)(v2)],
  [
    'grad: fn must return one floating-point scalar; got int32[]',
    () => grad((x: Tensor) => ops.argmax(x))(v2),
  ],
  [
    'grad: fn must return one floating-point scalar; got float32[], float32[]',
    () => grad(wrong((x: Tensor) => [sum(x), sum(x)]))(v2),
  ],
  ['grad: x must hold float32 or float64 tensors; got int32', () => grad(sum)(ints)],
  [
    'grad: tree must hold only tensors, numbers, arrays and plain objects; got string',
    () => grad((_x: unknown) => scalar)({ name: 'x' }),
  ],
  ['vjp: cotangent must have shape [2]; got [3]', () => ops.vjp(id, v2)[1](v3)],
  ['vjp: cotangent must have the structure *; got [*]', () => ops.vjp(id, v2)[1](wrong([v2]))],
  ['vjp: x must hold float32 or float64 tensors; got bool', () => ops.vjp(id, tensor([true]))],
  ['jvp: tangent must have shape [2]; got []', () => ops.jvp(id, v2, scalar)],
  ['jvp: tangent must have the structure [*]; got *', () => ops.jvp(([x]: Tensor[]) => x, [v2], wrong(v2))],
  ['jacobian: x must be a tensor; got object', () => ops.jacobian(id)(wrong([v2]))],
  ['vmap: arguments must have batch axes of one length; got [2, 3]', () => vmap(ops.add)(v2, v3)],
  ['vmap: axes must name a batch axis for at least one argument; got none', () => vmap(id, [null])(v2)],
  ['vmap: axis must not be given for a scalar; got 0', () => vmap(id)(scalar)],
  ['vmap: axis must be an integer in [-1, 0]; got 1', () => vmap(id, [1])(v2)],
  ['mapTree: trees must have the structure [*]; got [*,*]', () => ops.mapTree(id, [v2], [v2, v2])],
  [
    'flatten: tree must hold only tensors, numbers, arrays and plain objects; got Map',
    () => ops.flatten(new Map()),
  ],
  [
    'jit: tree must hold only tensors, numbers, arrays and plain objects; got boolean',
    () => jit(wrong(id))(wrong(true)),
  ],
];

const CONTROL: readonly Case[] = [
  [
    'scan: carry must keep its structure, shapes and dtypes, * of float32[]; got * of float32[2]',
    () => ops.scan((c: Tensor) => [mul(c, v2), null], scalar, v3),
  ],
  [
    'scan: carry must keep its structure, shapes and dtypes, * of int32[2]; got * of float32[2]',
    () => ops.scan((c: Tensor) => [mul(c, 0.5), null], ints, v3),
  ],
  [
    'scan: carry must keep its structure, shapes and dtypes, [*] of float32[]; got [*,*] of float32[], float32[]',
    () => ops.scan(([c]: Tensor[]) => [[c, c], null], [scalar], v3),
  ],
  [
    'scan: step must return [carry, y]; got object',
    () =>
      ops.scan(
        wrong((c: Tensor) => c),
        scalar,
        v3,
      ),
  ],
  [
    'scan: length must be a whole number, given or taken from xs; got undefined',
    () => ops.scan((c: Tensor) => [c, null], scalar, null),
  ],
  [
    'scan: length must be a whole number, given or taken from xs; got undefined',
    () => ops.scan((c: Tensor) => [c, null], scalar, scalar),
  ],
  [
    'scan: xs must have leading axes of one length; got [2, 3]',
    () => ops.scan((c: Tensor) => [c, null], scalar, [v2, v3]),
  ],
  [
    'scan: xs must have leading axes of one length; got [3, 2]',
    () => ops.scan((c: Tensor) => [c, null], scalar, v3, { length: 2 }),
  ],
  [
    'fori: bounds must be whole numbers with lower <= upper; got 3, 1',
    () => ops.fori(3, 1, (_i, c: Tensor) => c, scalar),
  ],
  [
    'fori: bounds must be whole numbers with lower <= upper; got 0, 1.5',
    () => ops.fori(0, 1.5, (_i, c: Tensor) => c, scalar),
  ],
  [
    'whileLoop: condition must return a bool scalar tensor; got boolean',
    () =>
      whileLoop(
        wrong(() => true),
        id,
        scalar,
      ),
  ],
  ['whileLoop: condition must return a bool scalar tensor; got float32[]', () => whileLoop(id, id, scalar)],
  [
    'whileLoop: condition must return a bool scalar tensor; got bool[2]',
    () => whileLoop((x: Tensor) => ops.less(x, 1), id, v2),
  ],
  [
    'whileLoop: carry must keep its structure, shapes and dtypes, * of int32[]; got * of float32[]',
    () =>
      whileLoop(
        (x: Tensor) => ops.less(x, 1),
        (x: Tensor) => mul(x, 0.5),
        tensor(0, { dtype: 'int32' }),
      ),
  ],
  ['cond: predicate must be a bool scalar tensor; got boolean', () => ops.cond(wrong(true), id, id, scalar)],
  ['cond: predicate must be a bool scalar tensor; got float32[]', () => ops.cond(scalar, id, id, scalar)],
  [
    'cond: predicate must be a bool scalar tensor; got bool[2]',
    () => ops.cond(tensor([true, false]), id, id, scalar),
  ],
  [
    'cond: whenFalse must return what whenTrue returns, * of float32[2]; got * of float32[]',
    () => ops.cond(tensor(true), id, sum, v2),
  ],
  [
    'cond: whenFalse must return what whenTrue returns, * of float32[]; got [*] of float32[]',
    () =>
      ops.cond(
        tensor(true),
        id,
        wrong((x: Tensor) => [x]),
        scalar,
      ),
  ],
];

const RANDOM: readonly Case[] = [
  ['key: seed must be a whole number in [0, 2^53); got NaN', () => key(Number.NaN)],
  ['key: seed must be a whole number in [0, 2^53); got -1', () => key(-1)],
  ['key: seed must be a whole number in [0, 2^53); got 0.5', () => key(0.5)],
  ['split: key must be a uint32[2] tensor made by key or split; got float32[2]', () => ops.split(v2)],
  ['split: count must be a whole number of at least 1; got 0', () => ops.split(key(0), 0)],
  ['foldIn: data must be a whole number in [0, 2^32); got -1', () => ops.foldIn(key(0), -1)],
  ['uniform: key must be a uint32[2] tensor made by key or split; got number', () => ops.uniform(wrong(0))],
  [
    'uniform: key must be a uint32[2] tensor made by key or split; got uint32[2, 2]',
    () => ops.uniform(ops.split(key(0))),
  ],
  [
    'uniform: bounds must be finite with low < high; got 1, 1',
    () => ops.uniform(key(0), [2], { low: 1, high: 1 }),
  ],
  [
    'uniform: bounds must be finite with low < high; got 0, NaN',
    () => ops.uniform(key(0), [2], { high: Number.NaN }),
  ],
  [
    'uniform: bounds must be finite with low < high; got 0, Infinity',
    () => ops.uniform(key(0), [2], { high: Number.POSITIVE_INFINITY }),
  ],
  [
    'uniform: dtype must be float32 or float64; got int32',
    () => ops.uniform(key(0), [2], { dtype: wrong('int32') }),
  ],
  ['uniform: shape must be an array of whole numbers; got [-1]', () => ops.uniform(key(0), [-1])],
  ['normal: shape must be an array of whole numbers; got 3', () => ops.normal(key(0), wrong(3))],
  ['normal: dtype must be float32 or float64; got int32', () => ops.normal(key(0), [2], wrong('int32'))],
  ['bernoulli: p must lie in [0, 1]; got 1.5', () => ops.bernoulli(key(0), 1.5)],
  ['bernoulli: p must lie in [0, 1]; got NaN', () => ops.bernoulli(key(0), tensor([0.5, Number.NaN]))],
  [
    'bernoulli: shape must be one to which p, [2], broadcast; got []',
    () => ops.bernoulli(key(0), tensor([0.1, 0.2]), []),
  ],
  ['categorical: logits must have at least one axis; got []', () => ops.categorical(key(0), scalar)],
  [
    'categorical: shape must be one to which the leading axes of the logits, [2], broadcast; got [3]',
    () => ops.categorical(key(0), m23, [3]),
  ],
];

describe.each([
  ['transformations', TRANSFORMS],
  ['control flow', CONTROL],
  ['random', RANDOM],
] as const)('ArgumentError: %s', (_, cases) => expectErrors('ArgumentError', cases));

describe('TracedValueError: reading a value that does not exist yet', () => {
  const message = (what: string) =>
    `data: a ${what} has no value yet, because it is being traced by a transformation (grad, vmap, jit, scan, ...); ` +
    'compute with tensor operations (where, cond) instead of reading it, or read it outside';
  const cases: readonly Case[] = [
    [message('float32 tensor of shape []'), () => grad((x: Tensor) => mul(x, x.item()))(scalar)],
    [message('float32 tensor of shape []'), () => vmap((x: Tensor) => mul(x, x.item()))(v2)],
    [message('float32 tensor of shape [2]'), () => jit((x: Tensor) => tensor(x.toArray()))(v2)],
    [message('float32 tensor of shape [2]'), () => jit((x: Tensor) => (x.data[0] > 0 ? x : mul(x, 2)))(v2)],
    [
      message('float32 tensor of shape []'),
      () => ops.scan((c: Tensor, x: Tensor) => [mul(c, x.item()), null], scalar, v2),
    ],
    [message('int32 tensor of shape []'), () => ops.fori(0, 2, (i, c: Tensor) => mul(c, i.item()), scalar)],
    [
      message('float32 tensor of shape []'),
      () => ops.cond(tensor(true), (x: Tensor) => mul(x, x.item()), id, scalar),
    ],
    [
      message('bool tensor of shape []'),
      () => grad((x: Tensor) => (ops.greater(x, 0).item() ? x : mul(x, 2)))(scalar),
    ],
    [message('float32 tensor of shape []'), () => ops.jvp((x: Tensor) => mul(x, x.item()), scalar, scalar)],
    [message('float32 tensor of shape []'), () => ops.vjp((x: Tensor) => mul(x, x.item()), scalar)],
  ];
  expectErrors('TracedValueError', cases);

  test('a value that escaped from its transformation', () => {
    let leaked: Tensor = scalar;
    grad((x: Tensor) => {
      leaked = x;
      return mul(x, x);
    })(scalar);
    expect(() => leaked.item()).toThrow(TracedValueError);
    expect(() => jit((x: Tensor) => mul(x, leaked))(scalar)).toThrow(
      /outlived its transformation has no value yet/,
    );
    expect(String(leaked)).toBe('Tensor<float32>[] (traced)');
  });

  test('after an error inside a transformation, everything still computes at once', () => {
    expect(() => grad((x: Tensor) => mul(x, x.item()))(scalar)).toThrow(TracedValueError);
    expect(ops.add(1, 2).item()).toBe(3);
    expect(grad((x: Tensor) => mul(x, x))(tensor(3)).item()).toBe(6);
  });
});

test('indices that are only known in compiled code read as NaN, or 0 for integers, and write nothing', () => {
  const at = tensor([-1, 0, 5], { dtype: 'int32' });
  for (const executor of [ops.jsExecutor, ops.wasmExecutor]) {
    const run = jit(
      (x: Tensor, i: Tensor) => [
        ops.gather(x, i),
        ops.gather(ops.cast(x, 'int32'), i),
        ops.scatterAdd(ops.gather(v3, i), i, 2),
      ],
      { executor },
    );
    expect(run(v2, at).map((x) => x.toArray())).toEqual([
      [Number.NaN, 1, Number.NaN],
      [0, 1, 0],
      [1, 0],
    ]);
    const slope = jit(
      grad((x: Tensor, i: Tensor) => sum(ops.where(ops.less(i, 2), ops.gather(x, i), 0))),
      { executor },
    );
    expect(slope(v2, at).toArray()).toEqual([1, 0]);
  }
});
