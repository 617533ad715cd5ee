/** A small network of pairs, and what the tests of learned rules feed it with. */
import { key, normal, type Tensor, uniform } from '@descant/tensor-ops';
import { expect } from 'vitest';
import type { PairNetworkOptions } from '../../src/index.ts';

export const small: PairNetworkOptions = {
  size: 5,
  outputs: 4,
  units: 6,
  residualBlocks: 1,
  encoder: 'thesis',
  input: 'probabilities',
  last: 'tanh',
  symmetric: true,
};

export const positions = (seed: number, plays = 3, n = 5): Tensor =>
  normal(key(seed), [2, plays, n], 'float64');

export const discounts = (seed: number, plays = 3): Tensor =>
  uniform(key(seed), [2, plays], { dtype: 'float64' });

/** Expects equal shapes and values. */
export function close(a: Tensor, b: Tensor, digits = 12): void {
  expect(a.shape).toEqual(b.shape);
  a.data.forEach((v: number, i: number) => {
    expect(v).toBeCloseTo(b.data[i], digits);
  });
}
