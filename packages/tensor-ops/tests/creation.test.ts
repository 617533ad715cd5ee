/** Making tensors, and reading them. */
import {
  arange,
  type DType,
  eye,
  full,
  linspace,
  ones,
  sum,
  Tensor,
  type TypedArray,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEED, shapes } from './support/arbitraries.ts';
import { indicesOf } from './support/grid.ts';

const DTYPES: readonly DType[] = ['float32', 'float64', 'int32', 'uint32', 'bool'];

describe('tensor', () => {
  test('nested arrays, numbers and booleans, with their default dtypes', () => {
    const matrix = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([matrix.shape, matrix.rank, matrix.size, matrix.dtype]).toEqual([[2, 3], 2, 6, 'float32']);
    expect(tensor(2.5).toArray()).toBe(2.5);
    expect([tensor(true).dtype, tensor([[true], [false]]).toArray()]).toEqual(['bool', [[true], [false]]]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  test.each([
    [new Float32Array([1, 2]), 'float32'],
    [new Float64Array([1, 2]), 'float64'],
    [new Int32Array([1, 2]), 'int32'],
    [new Uint32Array([1, 2]), 'uint32'],
    [new Uint8Array([1, 0]), 'bool'],
  ] as const)('typed storage %o has its dtype, and is copied', (values: TypedArray, dtype) => {
    const x = tensor(values);
    expect(x.dtype).toBe(dtype);
    const before = x.toArray();
    values.fill(0);
    expect(x.toArray()).toEqual(before);
  });

  test('conversion: floats truncate and saturate, anything but zero is true', () => {
    expect(tensor([1.9, -1.9, 1e10, -1e10, Number.NaN], { dtype: 'int32' }).toArray()).toEqual([
      1, -1, 2147483647, -2147483648, 0,
    ]);
    expect(tensor([-3, 5e9], { dtype: 'uint32' }).toArray()).toEqual([0, 4294967295]);
    expect(tensor([0, -0, 0.1, Number.NaN], { dtype: 'bool' }).toArray()).toEqual([false, false, true, true]);
    expect(tensor([0.1]).toArray()).toEqual([Math.fround(0.1)]);
    expect(tensor([0.1], { dtype: 'float64' }).toArray()).toEqual([0.1]);
  });

  test('booleans are 0 and 1, however they were given', () => {
    expect(sum(tensor(new Uint8Array([7, 0, 255]))).item()).toBe(2);
    expect(sum(full([3], 9, 'bool')).item()).toBe(3);
  });

  test('toArray gives back what was nested', () => {
    fc.assert(
      fc.property(shapes(), (shape) => {
        const values = indicesOf(shape).map((_, i) => i - 3);
        const x = tensor(Int32Array.from(values), { shape });
        const again = tensor(x.toArray(), { dtype: 'int32', shape });
        expect(again.shape).toEqual(shape);
        expect(Array.from(again.data)).toEqual(values);
      }),
      { seed: SEED, numRuns: 50 },
    );
  });

  test('a tensor prints itself', () => {
    expect(String(tensor([[1, 2]]))).toBe('Tensor<float32>[1, 2] [[1,2]]');
    expect(tensor(1)).toBeInstanceOf(Tensor);
  });
});

describe.each(DTYPES)('of dtype %s', (dtype) => {
  test('full, zeros, ones, eye', () => {
    const one = dtype === 'bool' ? true : 1;
    const zero = dtype === 'bool' ? false : 0;
    expect(zeros([2], dtype).toArray()).toEqual([zero, zero]);
    expect(ones([1, 2], dtype).toArray()).toEqual([[one, one]]);
    expect(full([], 1, dtype).toArray()).toBe(one);
    expect(eye(2, dtype).toArray()).toEqual([
      [one, zero],
      [zero, one],
    ]);
    for (const x of [zeros([2], dtype), ones([2], dtype), full([2], 1, dtype), eye(2, dtype)])
      expect(x.dtype).toBe(dtype);
    expect(zeros([0, 3], dtype).size).toBe(0);
  });
});

test('arange and linspace', () => {
  expect([arange(-1, 3).toArray(), arange(2, 2).shape, arange(0, 2).dtype]).toEqual([
    [-1, 0, 1, 2],
    [0],
    'int32',
  ]);
  expect(arange(0, 3, 'float64').dtype).toBe('float64');
  expect(linspace(-1, 1, 5, 'float64').toArray()).toEqual([-1, -0.5, 0, 0.5, 1]);
  expect(linspace(3, 9, 1).toArray()).toEqual([3]);
});
