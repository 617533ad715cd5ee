import { jit, key, normal, type Tensor, tensor, uniform } from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arcsineDiscounts, flippedSigns, lambdaReturns, quantileLoss } from '../src/index.ts';
import { drawDiscounts } from '../src/rules/meta-value/exploration.ts';

const double = (values: unknown) => tensor(values as number[], { dtype: 'float64' });
const real = fc.double({ min: -10, max: 10, noNaN: true });
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** The loss written out on plain numbers, for one distribution. */
function plainLoss(predicted: readonly number[], targets: readonly number[], threshold: number): number {
  const huber = (d: number) =>
    Math.abs(d) <= threshold ? d ** 2 / 2 : threshold * (Math.abs(d) - threshold / 2);
  return predicted.reduce((total, q, m) => {
    const tau = (m + 0.5) / predicted.length;
    const of = targets.map((t) => Math.abs(tau - (t < q ? 1 : 0)) * huber(t - q));
    return total + of.reduce((a, b) => a + b) / targets.length;
  }, 0);
}

describe('quantileLoss', () => {
  const sample = fc.array(real, { minLength: 1, maxLength: 6 });

  test('is the loss written out', () => {
    fc.assert(
      fc.property(sample, sample, fc.constantFrom(0.5, 1, Number.POSITIVE_INFINITY), (q, t, threshold) => {
        const limit = Number.isFinite(threshold) ? threshold : 1e9;
        expect(quantileLoss(double(q), double(t), threshold).item()).toBeCloseTo(plainLoss(q, t, limit), 9);
      }),
    );
  });

  test('is averaged over leading axes', () => {
    const [q, t] = [normal(key(0), [2, 3, 4], 'float64'), normal(key(1), [2, 3, 5], 'float64')];
    const rows = Array.from({ length: 6 }, (_, r) =>
      plainLoss([...q.data.subarray(4 * r, 4 * r + 4)], [...t.data.subarray(5 * r, 5 * r + 5)], 1),
    );
    expect(quantileLoss(q, t).item()).toBeCloseTo(rows.reduce((a, b) => a + b) / 6, 12);
  });

  test('is least at the quantiles of the targets, for a threshold that goes to 0', () => {
    // Of 0, 1, ..., 7 the median lies between 3 and 4, and the quartiles between 1 and 2, 5 and 6.
    const targets = double([0, 1, 2, 3, 4, 5, 6, 7]);
    const at = (q: number[]) => quantileLoss(double(q), targets, 1e-6).item();
    const best = at([1.5, 5.5]);
    for (const moved of [
      [0.5, 5.5],
      [2.5, 5.5],
      [1.5, 4.5],
      [1.5, 6.5],
    ])
      expect(at(moved)).toBeGreaterThan(best);
    // The mean of the targets minimises squares.
    const squares = (q: number) => quantileLoss(double([q]), targets, Number.POSITIVE_INFINITY).item();
    expect(squares(3.5)).toBeLessThan(Math.min(squares(3.4), squares(3.6)));
  });

  test('its derivatives are those of finite differences', () => {
    const t = double([
      [0.3, -2, 0.1],
      [1.7, 0.2, -0.4],
    ]);
    const report = checkGradients(
      (q: Tensor) => quantileLoss(q, t),
      [
        double([
          [0.11, 0.5],
          [-3, 1.05],
        ]),
      ],
    );
    expect(report.checked).toBeGreaterThan(0);
  });

  test('refuses shapes and thresholds that do not fit', () => {
    expect(() => quantileLoss(double([[1, 2]]), double([1, 2]))).toThrow(
      'quantileLoss: targets must have shape [1, N]; got [2]',
    );
    expect(() => quantileLoss(double([1]), double([1]), 0)).toThrow(
      'quantileLoss: threshold must be positive; got 0',
    );
  });
});

/** Lambda-returns as the weighted mean of the n-step returns, (1 - lambda) sum_n lambda^(n-1) G_n. */
function plainReturns(
  rewards: readonly number[],
  values: readonly number[],
  gamma: number,
  lambda: number,
): number[] {
  const k = rewards.length;
  return rewards.map((_, t) => {
    const nStep = (n: number) =>
      Array.from({ length: n }, (_, i) => (1 - gamma) * gamma ** i * rewards[t + i]).reduce(
        (a, b) => a + b,
        0,
      ) +
      gamma ** n * values[t + n];
    const most = k - t;
    const early = Array.from({ length: most - 1 }, (_, i) => (1 - lambda) * lambda ** i * nStep(i + 1));
    return early.reduce((a, b) => a + b, 0) + lambda ** (most - 1) * nStep(most);
  });
}

describe('lambdaReturns', () => {
  const episode = fc.integer({ min: 1, max: 6 }).chain((k) =>
    fc.record({
      rewards: fc.array(real, { minLength: k, maxLength: k }),
      values: fc.array(real, { minLength: k + 1, maxLength: k + 1 }),
    }),
  );

  test('are the weighted means of n-step returns', () => {
    fc.assert(
      fc.property(episode, share, share, ({ rewards, values }, gamma, lambda) => {
        const returns = lambdaReturns({
          rewards: double(rewards),
          values: double(values.map((v) => [v])),
          discounts: double(gamma),
          lambda,
        });
        const expected = plainReturns(rewards, values, gamma, lambda);
        expected.forEach((y, t) => {
          expect(returns.data[t]).toBeCloseTo(y, 9);
        });
      }),
    );
  });

  test('without discount they are the rewards, and values that fit are their own returns', () => {
    const rewards = normal(key(0), [4, 2], 'float64');
    const values = normal(key(1), [5, 2, 3], 'float64');
    const returns = lambdaReturns({ rewards, values, discounts: double([0, 0]), lambda: 0.7 });
    rewards.data.forEach((r, i) => {
      for (const m of [0, 1, 2]) expect(returns.data[3 * i + m]).toBe(r);
    });
    const constant = lambdaReturns({
      rewards: double([2, 2, 2]),
      values: double([[2], [2], [2], [2]]),
      discounts: double(0.9),
      lambda: 0.3,
    });
    for (const y of constant.data) expect(y).toBeCloseTo(2, 12);
  });

  test('returns that were not normalised would be noticed', () => {
    const [rewards, values, gamma] = [[1, 2], [0, 3, 5], 0.5];
    const plain = rewards[1] + gamma * values[2];
    expect(plain).not.toBeCloseTo(plainReturns(rewards, values, gamma, 1)[1], 3);
  });

  test('refuse shapes and lambdas that do not fit', () => {
    const fits = {
      rewards: double([1, 2]),
      values: double([[1], [2], [3]]),
      discounts: double(0.5),
      lambda: 1,
    };
    expect(() => lambdaReturns({ ...fits, lambda: 2 })).toThrow(
      'lambdaReturns: lambda must lie in [0, 1]; got 2',
    );
    expect(() => lambdaReturns({ ...fits, values: double([[1], [2]]) })).toThrow(
      'lambdaReturns: values must have shape [3, M]; got [2, 1]',
    );
    expect(() => lambdaReturns({ ...fits, discounts: double([0.5]) })).toThrow(
      'lambdaReturns: discounts must have shape []; got [1]',
    );
  });
});

describe('what is drawn', () => {
  test('discounts are drawn for each player, once for both, or not at all', () => {
    const drawn = (discount: 'arcsine' | 'sharedArcsine' | number) =>
      drawDiscounts(discount, key(3), 5, 'float64').toArray() as number[][];
    const [own, shared] = [drawn('arcsine'), drawn('sharedArcsine')];
    expect(own[0]).not.toEqual(own[1]);
    expect(shared[0]).toEqual(shared[1]);
    expect(new Set(shared[0]).size).toBe(5);
    expect(drawn(0.25)).toEqual([Array(5).fill(0.25), Array(5).fill(0.25)]);
  });

  test('discounts have the moments and the distribution of the arcsine law', () => {
    const n = 20_000;
    const draws = Array.from(jit((k: Tensor) => arcsineDiscounts(k, [n], 'float64'))(key(3)).data);
    // Moments of Beta(1/2, 1/2): mean 1/2 with variance 1/8; P(gamma < 1/4) = 1/3. |z| <= 5: false alarms 6e-7 each.
    const average = draws.reduce((a, b) => a + b) / n;
    expect(Math.abs(average - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 8 / n));
    const below = draws.filter((g) => g < 0.25).length / n;
    expect(Math.abs(below - 1 / 3)).toBeLessThan(5 * Math.sqrt(2 / 9 / n));
    expect(draws.every((g) => g >= 0 && g <= 1)).toBe(true);
    // Uniform draws would be noticed.
    const even = uniform(key(3), [n], { dtype: 'float64' }).data.filter((g) => g < 0.25).length / n;
    expect(Math.abs(even - 1 / 3)).toBeGreaterThan(5 * Math.sqrt(2 / 9 / n));
  });

  test('signs are flipped with their probability, and apart for each place', () => {
    const n = 20_000;
    const signs = Array.from(jit((k: Tensor) => flippedSigns(k, 1 / 16, [n]))(key(4)).data);
    const flipped = signs.filter((s) => s === -1).length;
    expect(flipped + signs.filter((s) => s === 1).length).toBe(n);
    // |z| <= 5: false alarm 6e-7.
    expect(Math.abs(flipped / n - 1 / 16)).toBeLessThan(5 * Math.sqrt(15 / 256 / n));
    expect(() => flippedSigns(key(0), 1.5, [1])).toThrow(
      'flippedSigns: probability must lie in [0, 1]; got 1.5',
    );
  });
});
