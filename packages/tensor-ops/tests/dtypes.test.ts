/** Promotion: what mixed operands become, and what numbers and booleans become beside tensors. */
import {
  add,
  concat,
  type DType,
  div,
  grad,
  less,
  logicalAnd,
  matmul,
  maximum,
  mul,
  pow,
  sin,
  stack,
  sum,
  type Tensor,
  tensor,
  where,
} from '@descant/tensor-ops';
import { solve } from '@descant/tensor-ops/linalg';
import { describe, expect, test } from 'vitest';
import { MODES } from './support/executors.ts';

/** In promotion order. */
const DTYPES: readonly DType[] = ['bool', 'uint32', 'int32', 'float32', 'float64'];
const PAIRS = DTYPES.flatMap((a) => DTYPES.map((b) => [a, b] as const));

const larger = (a: DType, b: DType): DType => DTYPES[Math.max(DTYPES.indexOf(a), DTYPES.indexOf(b))];
const numeric = (dtype: DType): DType => (dtype === 'bool' ? 'int32' : dtype);
const real = (dtype: DType): DType => (dtype === 'float64' ? 'float64' : 'float32');

const one = (dtype: DType) => tensor([[1]], { dtype });

describe.each(MODES)('two tensors, $name', ({ run }) => {
  test.each(PAIRS)('%s with %s', (a, b) => {
    const common = larger(a, b);
    const results = run((x: Tensor, y: Tensor) => [
      add(x, y),
      mul(x, y),
      maximum(x, y),
      matmul(x, y),
      div(x, y),
      pow(x, y),
      solve(x, y),
      concat([x, y]),
      stack([x, y]),
      where(true, x, y),
      less(x, y),
      logicalAnd(x, y),
    ])(one(a), one(b));
    expect(results.map((r) => r.dtype)).toEqual([
      ...new Array(4).fill(numeric(common)),
      ...new Array(3).fill(real(common)),
      ...new Array(3).fill(common),
      ...new Array(2).fill('bool'),
    ]);
    expect(results.map((r) => Number(r.data[0]))).toEqual([2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1]);
  });
});

describe('a plain number', () => {
  test.each(DTYPES.filter((d) => d !== 'bool'))('that is whole takes the dtype %s of its tensor', (dtype) => {
    expect(add(one(dtype), 2).dtype).toBe(dtype);
    expect(add(2, one(dtype)).dtype).toBe(dtype);
    expect(where(true, one(dtype), 0).dtype).toBe(dtype);
  });

  test('with a fraction makes integers float32, and leaves floats what they are', () => {
    expect(add(one('int32'), 0.5).toArray()).toEqual([[1.5]]);
    expect(add(one('int32'), 0.5).dtype).toBe('float32');
    expect(add(one('uint32'), 0.5).dtype).toBe('float32');
    expect(add(one('float64'), 0.1).toArray()).toEqual([[1.1]]);
  });

  test('beside a bool tensor is float32, as numbers among themselves are', () => {
    expect(mul(one('bool'), 2).dtype).toBe('float32');
    expect(add(1, 2).dtype).toBe('float32');
    expect(sin(1).dtype).toBe('float32');
  });

  test('a boolean is a bool scalar and never widens', () => {
    expect(add(one('uint32'), true).dtype).toBe('uint32');
    expect(add(true, true).dtype).toBe('int32');
  });
});

test('integers wrap around', () => {
  expect(add(tensor([2147483647], { dtype: 'int32' }), 1).toArray()).toEqual([-2147483648]);
  expect(mul(tensor([65537, -3], { dtype: 'int32' }), 65537).toArray()).toEqual([131073, -196611]);
  expect(add(tensor([4294967295], { dtype: 'uint32' }), 2).toArray()).toEqual([1]);
  expect(sum(tensor([2147483647, 1], { dtype: 'int32' })).item()).toBe(-2147483648);
});

test('the gradient has the dtype of its argument, whatever it met', () => {
  const wide = tensor([1, 2], { dtype: 'float64' });
  const g = grad(({ x, y }: { x: Tensor; y: Tensor }) => sum(mul(mul(x, y), wide)))({
    x: tensor([3, 4]),
    y: wide,
  });
  expect([g.x.dtype, g.y.dtype]).toEqual(['float32', 'float64']);
  expect([g.x.toArray(), g.y.toArray()]).toEqual([
    [1, 4],
    [3, 8],
  ]);
});
