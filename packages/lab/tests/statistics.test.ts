import { key, normal } from '@descant/tensor-ops';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, test as plain } from 'vitest';
import { deviation, percentWithin, quantile, summarise } from '../src/statistics.ts';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
function near(actual: number | null, expected: number, scale = 1): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, scale));
}

describe('deviation', () => {
  plain('of normal numbers: 1 within 4 of its standard errors, which is near 1 / sqrt(2 n)', () => {
    const n = 4000;
    const { data } = normal(key(3), [n], 'float64');
    const { value, standardError } = deviation(Array.from(data));
    // P(|z| > 4) = 6e-5 over seeds.
    expect(Math.abs((value ?? 0) - 1) / (standardError ?? 0)).toBeLessThan(4);
    expect((standardError ?? 0) * Math.sqrt(2 * n)).toBeCloseTo(1, 1);
  });
  plain('of one value twice 0; of fewer than two values none', () => {
    expect(deviation([3, 3])).toEqual({ value: 0, standardError: 0 });
    expect(deviation([3])).toEqual({ value: null, standardError: null });
    near(deviation([0, 2]).value, Math.SQRT2);
  });
});

describe('summarise', () => {
  test.prop([finite, finite])('of two values: mean (a + b) / 2, standard error |a - b| / 2', (a, b) => {
    const { mean, standardError, n } = summarise([a, b]);
    near(mean, (a + b) / 2, 1e6);
    near(standardError, Math.abs(a - b) / 2, 1e6);
    expect(n).toBe(2);
  });

  test.prop([fc.integer({ min: 0, max: 50 }), fc.integer({ min: 2, max: 50 })])(
    'of k ones among n values: p and sqrt(p (1 - p) / (n - 1))',
    (k, n) => {
      fc.pre(k <= n);
      const { mean, standardError } = summarise(Array.from({ length: n }, (_, i) => (i < k ? 1 : 0)));
      const p = k / n;
      near(mean, p);
      near(standardError, Math.sqrt((p * (1 - p)) / (n - 1)));
    },
  );

  test.prop([
    fc.array(finite, { minLength: 2, maxLength: 30 }),
    finite,
    fc.double({ min: -50, max: 50, noNaN: true }),
  ])('a + b x has mean a + b mean and standard error |b| se', (values, a, b) => {
    const before = summarise(values);
    const after = summarise(values.map((x) => a + b * x));
    near(after.mean, a + b * (before.mean ?? 0), 1e9);
    near(after.standardError, Math.abs(b) * (before.standardError ?? 0), 1e9);
  });

  plain('small samples have no standard error, empty ones no mean', () => {
    expect(summarise([])).toEqual({ mean: null, standardError: null, n: 0 });
    expect(summarise([4])).toEqual({ mean: 4, standardError: null, n: 1 });
  });

  plain('a value that is not finite is refused', () => {
    expect(() => summarise([1, Number.NaN])).toThrow('summarise: values must be finite; got NaN at index 1');
  });

  plain('dividing by n instead of n - 1 would be noticed', () => {
    const values = [0, 1, 1];
    const biased = Math.sqrt(2 / 9 / 3);
    expect(Math.abs((summarise(values).standardError ?? 0) - biased)).toBeGreaterThan(1e-3);
  });
});

describe('quantile', () => {
  test.prop([fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true })])(
    'of 0, 1, ..., n is q n',
    (n, q) =>
      near(
        quantile(
          Array.from({ length: n + 1 }, (_, i) => n - i),
          q,
        ),
        q * n,
        n,
      ),
  );

  test.prop([fc.array(finite, { minLength: 1 })])('runs from the minimum to the maximum', (values) => {
    // Adding 0 makes 0 of -0, between which and 0 sorting does not distinguish.
    expect(quantile(values, 0) + 0).toBe(Math.min(...values) + 0);
    expect(quantile(values, 1) + 0).toBe(Math.max(...values) + 0);
  });

  plain('refuses empty samples and q out of range', () => {
    expect(() => quantile([], 0.5)).toThrow('quantile: values must not be empty; got 0 values');
    expect(() => quantile([1], 1.5)).toThrow('quantile: q must be in [0, 1]; got 1.5');
  });
});

describe('percentWithin', () => {
  test.prop([fc.array(fc.boolean(), { minLength: 1 }), fc.double({ min: 0.01, max: 0.4, noNaN: true })])(
    'counts exactly the values inside the tolerance',
    (inside, tolerance) => {
      const values = inside.map((hit, i) => (i % 2) + (hit ? 0.9 : 1.1) * tolerance);
      const targets = inside.map((_, i) => i % 2);
      near(
        percentWithin(values, targets, tolerance),
        (100 * inside.filter(Boolean).length) / inside.length,
        100,
      );
    },
  );
});
