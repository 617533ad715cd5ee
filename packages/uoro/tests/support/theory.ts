import { add, exp, eye, key, mul, normal, type Tensor } from '@descant/tensor-ops';
import { type CutName, creditAssignment } from '@descant/uoro';
import { expect } from 'vitest';
import { elements, inputs, model, numbers, parameters, relativeError, start, targets } from './network.ts';

/** Expects a tensor or number to be near reference values. */
export function near(actual: Tensor | number, expected: unknown, tolerance = 1e-10): void {
  const found = typeof actual === 'number' ? [actual] : elements(actual);
  expect(relativeError(found, numbers(expected))).toBeLessThan(tolerance);
}

/** The credit of the reference episode. */
export const creditAt = (cut: CutName) =>
  creditAssignment(model, parameters, inputs, targets, { cut, cellState: start });

/** Any positive numbers for alpha, and an invertible matrix that is far from symmetric. */
export const someScaling = (steps: number, size: number, seed: number) => ({
  alpha: exp(normal(key(seed), [steps], 'float64')),
  matrix: add(eye(size, 'float64'), mul(0.4, normal(key(seed + 1), [size, size], 'float64'))),
});
