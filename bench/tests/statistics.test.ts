import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { median, medianRatio, quantile } from '../src/harness/statistics.ts';

const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });

/** Whether at most half of the sample lies on either side. */
function halves(values: readonly number[], middle: number): boolean {
  const below = values.filter((v) => v < middle).length;
  const above = values.filter((v) => v > middle).length;
  return 2 * below <= values.length && 2 * above <= values.length;
}

describe('median', () => {
  test('of odd, even and single samples', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  test('of equal values is that value, to the smallest numbers there are', () => {
    expect(median([-5.4e-323, -5.4e-323])).toBe(-5.4e-323);
  });

  test('sorts numbers by value, not as text', () => {
    expect(median([10, 9, 100])).toBe(10);
  });

  test.prop([sample])('at most half of the sample lies on either side', (values) => {
    expect(halves(values, median(values))).toBe(true);
  });

  test('the property above fails for the mean', () => {
    expect(halves([0, 0, 9], 3)).toBe(false);
  });

  test.prop([sample])('does not depend on the order and leaves the sample alone', (values) => {
    const before = [...values];
    expect(median([...values].reverse())).toBe(median(values));
    expect(values).toEqual(before);
  });
});

describe('quantile', () => {
  test('interpolates between order statistics', () => {
    expect(quantile([10, 20, 30], 0.25)).toBe(15);
    expect(quantile([30, 10, 20], 0)).toBe(10);
    expect(quantile([30, 10, 20], 1)).toBe(30);
  });

  test('of nothing is an error', () => {
    expect(() => median([])).toThrow('quantile: sample must not be empty');
  });
});

describe('medianRatio', () => {
  test('pairs the measurements of one round, so that a slow round cancels', () => {
    expect(medianRatio([20, 200, 20], [10, 100, 10])).toBe(2);
    // Ratios 2, 0.5 and 4; the ratio of the medians would be 2.5.
    expect(medianRatio([20, 50, 120], [10, 100, 30])).toBe(2);
  });

  test('samples of different lengths are an error', () => {
    expect(() => medianRatio([1], [1, 2])).toThrow('medianRatio: samples must have one length; got 1 and 2');
  });
});
