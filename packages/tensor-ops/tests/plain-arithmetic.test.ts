/** What a tensor means to JavaScript's own operators. */
import { grad, mul, type Tensor, TracedValueError, tensor } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';

describe('a tensor in plain JavaScript arithmetic', () => {
  const plain = (x: unknown) => x as number;

  test('is its value', () => {
    expect(plain(tensor(3)) > 2).toBe(true);
    expect(plain(tensor(3)) + 1).toBe(4);
    expect(`${tensor(3)}`).toBe('Tensor<float32>[] 3');
  });

  test('throws while traced, and when it has several elements', () => {
    expect(() => grad((x: Tensor) => (plain(x) > 0 ? x : mul(x, 2)))(tensor(1))).toThrow(TracedValueError);
    expect(() => plain(tensor([1, 2])) > 0).toThrow('item: tensor must have one element; got [2]');
  });
});
