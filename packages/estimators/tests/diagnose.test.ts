/** `diagnose` and `simulate`: exact on enumerable programs, within standard errors on others. */
import {
  type Chance,
  type Diagnosis,
  diagnose,
  dice,
  enumerate,
  moments,
  scoreFunction,
  simulate,
} from '@descant/estimators';
import {
  add,
  at,
  cast,
  div,
  full,
  jsExecutor,
  key,
  log,
  mul,
  ones,
  square,
  stack,
  sum,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playedGame } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { differentiate, exactValues, f64, type Policies, play, rolloutOf } from './support/matrix-game.ts';
import { biasOf, relativeError } from './support/unbiased.ts';

/** A categorical draw and two signs, in a tree. */
const program = (chance: Chance) => {
  const a = cast(chance.categorical(f64([0.3, -0.2, 1])), 'float64');
  const s = chance.signs([2], 'float64');
  return { a, product: mul(s, add(a, 1)) };
};

describe('enumerated', () => {
  test('mean, bias, variance and mean squared error in plain numbers', () => {
    const weights = [0.3, -0.2, 1].map(Math.exp);
    const whole = weights.reduce((x, y) => x + y, 0);
    const p = weights.map((w) => w / whole);
    const mean = p[1] + 2 * p[2];
    const variance = p.reduce((v, q, a) => v + q * (a - mean) ** 2, 0);
    const square2 = p.reduce((v, q, a) => v + q * (a + 1) ** 2, 0);
    const found = diagnose(program, { exact: { a: f64(1), product: f64([0, 0.5]) } });
    expect(found.method).toBe('enumeration');
    expect(found.n).toBe(12);
    expect(found.standardErrors).toBeNull();
    expect(found.mean.a.item()).toBeCloseTo(mean, 14);
    expect(found.variance.a.item()).toBeCloseTo(variance, 14);
    expect(found.variance.product.data[0]).toBeCloseTo(square2, 14);
    expect(found.totalVariance).toBeCloseTo(variance + 2 * square2, 13);
    expect(found.bias!.a.item()).toBeCloseTo(mean - 1, 14);
    expect(found.bias!.product.data[1]).toBeCloseTo(-0.5, 14);
    expect(found.maxBias).toBeCloseTo(Math.max(Math.abs(mean - 1), 0.5), 14);
    expect(found.meanSquaredError).toBeCloseTo((mean - 1) ** 2 + 0.25 + variance + 2 * square2, 13);
    expect(found.noiseScale).toBeCloseTo((variance + 2 * square2) / mean ** 2, 12);
    // Lengths: sqrt(a^2 + 2 (a + 1)^2), whatever the signs.
    const lengths = [0, 1, 2].map((a) => Math.hypot(a, a + 1, a + 1));
    const first = p.reduce((v, q, a) => v + q * lengths[a], 0);
    const second = p.reduce((v, q, a) => v + q * lengths[a] ** 2, 0);
    expect(found.effectiveSampleSize).toBeCloseTo(first ** 2 / second, 13);
  });

  test('agrees with `moments`, and finds estimators biased or unbiased', () => {
    fc.assert(
      fc.property(playedGame, ({ game, policies }) => {
        const estimate = (estimator: typeof dice) => (chance: Chance) => {
          const one = play(game, policies, chance);
          return differentiate.grad(
            (p: Policies) => estimator().surrogate(rolloutOf(game, p, one)),
            policies,
            0,
          );
        };
        const exact = differentiate.grad((p) => exactValues(game, p), policies, 0);
        const found = diagnose(estimate(dice), { exact });
        const { mean, variance, totalVariance } = moments(enumerate(estimate(dice)));
        expect(relativeError(found.mean, mean)).toBe(0);
        expect(relativeError(found.variance, variance)).toBe(0);
        expect(Math.abs(found.totalVariance - totalVariance)).toBeLessThan(1e-12 * (1 + totalVariance));
        expect(found.maxBias).toBeLessThan(1e-11);
        expect(biasOf(game, policies, scoreFunction(), { player: 0, kind: 'grad' })).toBeLessThan(1e-11);
      }),
      { numRuns: 3 },
    );
  });

  test('the effective sample size is 1 for estimates of one length, k / n when k of n outcomes carry everything', () => {
    expect(diagnose((chance) => chance.signs([3])).effectiveSampleSize).toBeCloseTo(1, 14);
    const rare = (chance: Chance) => cast(chance.categorical(zeros([4])), 'float64');
    const oneOfFour = (chance: Chance) => mul(square(rare(chance)), add(rare(chance), -3));
    expect(diagnose((chance) => add(chance.signs([], 'float64'), 1)).effectiveSampleSize).toBeCloseTo(
      0.5,
      14,
    );
    expect(diagnose(oneOfFour).effectiveSampleSize).toBeLessThan(1);
    expect(diagnose(() => f64([0, 0])).effectiveSampleSize).toBe(1);
  });
});

describe('sampled', () => {
  const settings = { key: key(7), samples: 4000 };

  test('normals: moments within five standard errors', () => {
    // n = 4000, seed 7; |z| <= 5, false alarm 6e-7 each.
    const found = diagnose((chance) => add(mul(chance.normal([2], 'float64'), 3), f64([1, -1])), {
      ...settings,
      exact: f64([1, -1]),
    });
    expect(found.method).toBe('sampling');
    expect(found.n).toBe(4000);
    const errors = found.standardErrors!;
    found.bias!.data.forEach((b, i) => {
      expect(Math.abs(b)).toBeLessThan(5 * errors.mean.data[i]);
    });
    expect(errors.mean.data[0]).toBeCloseTo(3 / Math.sqrt(4000), 2);
    expect(Math.abs(found.totalVariance - 18)).toBeLessThan(5 * errors.totalVariance);
    // Var d^2 = 2 * 81 * 2 for two elements of variance 9.
    expect(errors.totalVariance).toBeCloseTo(Math.sqrt(324 / 4000), 1);
    expect(Math.abs(found.meanSquaredError! - 18)).toBeLessThan(5 * errors.totalVariance);
  });

  test('agrees with the enumeration of the same program', () => {
    const exact = diagnose(program);
    const sampled = diagnose(program, { ...settings, maxOutcomes: 0, exact: exact.mean });
    expect(sampled.method).toBe('sampling');
    const z = (d: Diagnosis<{ a: Tensor; product: Tensor }>) =>
      Math.max(
        Math.abs(d.bias!.a.item() / d.standardErrors!.mean.a.item()),
        ...Array.from(div(d.bias!.product, d.standardErrors!.mean.product).data, Math.abs),
        Math.abs((d.totalVariance - exact.totalVariance) / d.standardErrors!.totalVariance),
      );
    expect(z(sampled)).toBeLessThan(5); // seed 7, n = 4000, four statistics: false alarm 2e-6
    const shifted = { a: add(exact.mean.a, 0.2), product: exact.mean.product };
    expect(z(diagnose(program, { ...settings, maxOutcomes: 0, exact: shifted }))).toBeGreaterThan(5);
    expect(sampled.effectiveSampleSize).toBeCloseTo(exact.effectiveSampleSize, 1);
  });

  test('one key, one result; another key, another; the batch size changes nothing but the draws', () => {
    const run = (seed: number) => simulate(program, key(seed), 100).product.toArray();
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(simulate(program, key(1), 100, { batch: 7 }).a.shape).toEqual([100]);
    expect(simulate((chance) => chance.normal([]), key(1), 1).shape).toEqual([1]);
  });

  test('draws of one run differ from each other and between runs', () => {
    const { values } = {
      values: simulate((chance) => stack([chance.normal([]), chance.normal([])]), key(4), 50),
    };
    expect(new Set(values.data).size).toBe(100);
  });
});

describe('cost', () => {
  test('counts operations of one estimate without its random numbers, and takes positive time', () => {
    const cheap = diagnose((chance) => mul(chance.signs([3]), 2)).cost;
    const dear = diagnose((chance) => {
      const s = chance.signs([3]);
      return add(mul(square(add(s, 1)), 2), log(add(square(s), 3)));
    }).cost;
    expect(dear.operations).toBeGreaterThan(cheap.operations);
    expect(cheap.operations).toBeLessThan(10);
    expect(cheap.microseconds).toBeGreaterThan(0);
    expect(diagnose(() => ones([2])).cost.operations).toBeGreaterThanOrEqual(0);
  });

  test('runs on the executor that is given', () => {
    const found = diagnose(program, { executor: jsExecutor });
    expect(found.totalVariance).toBeCloseTo(diagnose(program).totalVariance, 13);
  });
});

test('errors', () => {
  const normals = (chance: Chance) => chance.normal([1]);
  const messages = [
    () => diagnose(normals),
    () => diagnose((chance) => chance.signs([20])),
    () => diagnose(normals, { key: key(0), samples: 1 }),
    () => diagnose(program, { exact: { a: f64(1), product: f64([1]) } }),
    () => diagnose((chance) => log(sum(chance.signs([1], 'float64')))),
    () =>
      diagnose((chance) => mul(at(chance.normal([1]), 0), full([], Number.NaN)), { key: key(0), samples: 2 }),
    () => simulate(normals, key(0), 0),
    () => simulate(normals, key(0), 3, { batch: 0.5 }),
    () => simulate(normals, 3 as never, 3),
  ].map(messageOf);
  expect(messages).toEqual([
    'diagnose: key must be given, because the program has to be sampled; got normal draws',
    'diagnose: key must be given, because the program has to be sampled; got 1048576 outcomes',
    'diagnose: samples must be a whole number of at least 2; got 1',
    'diagnose: exact must be like an estimate, [], [2]; got [], [1]',
    'diagnose: program must return finite estimates; got NaN in outcome 0',
    'diagnose: program must return finite estimates; got NaN in outcome 0',
    'simulate: runs must be a whole number of at least 1; got 0',
    'simulate: batch must be a whole number of at least 1; got 0.5',
    'simulate: key must be a key; got number',
  ]);
});
