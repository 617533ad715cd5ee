/** Statistics, batching and reproducibility of the random numbers. */
import {
  at,
  bernoulli,
  categorical,
  foldIn,
  fori,
  jit,
  key,
  normal,
  softmax,
  split,
  stack,
  type Tensor,
  tensor,
  uniform,
  vmap,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import { EXECUTORS } from '../support/executors.ts';

const N = 20_000;
/**
 * Each statistic is a mean of N independent terms and asymptotically normal: P(|z| > 5) = 5.7e-7, so that the about
 * 30 statistics here, with fresh seeds, would raise 2e-5 false alarms. The seed is fixed: no alarm or always one.
 */
const LIMIT = 5;

/** Standard score of the mean of some numbers whose terms have the given mean and variance. */
function score(values: readonly number[], mean: number, variance: number): number {
  const average = values.reduce((a, b) => a + b, 0) / values.length;
  return (average - mean) / Math.sqrt(variance / values.length);
}

const numbers = (x: Tensor): number[] => Array.from(x.data);

/** Products of neighbours: independent for independent draws. */
const neighbours = (values: readonly number[], mean: number): number[] =>
  values.slice(0, -1).flatMap((v, i) => (i % 2 === 0 ? [(v - mean) * (values[i + 1] - mean)] : []));

describe.each(['float32', 'float64'] as const)(`moments of ${N} draws, %s`, (dtype) => {
  test('uniform on [-1, 3)', () => {
    const draws = numbers(uniform(key(101), [N], { low: -1, high: 3, dtype }));
    expect(draws.every((x) => x >= -1 && x < 3)).toBe(true);
    const unit = draws.map((x) => (x + 1) / 4);
    expect(Math.abs(score(unit, 1 / 2, 1 / 12))).toBeLessThan(LIMIT);
    // E u^2 = 1/3 and Var u^2 = 1/5 - 1/9.
    expect(
      Math.abs(
        score(
          unit.map((u) => u * u),
          1 / 3,
          4 / 45,
        ),
      ),
    ).toBeLessThan(LIMIT);
    expect(Math.abs(score(neighbours(unit, 0.5), 0, 1 / 144))).toBeLessThan(LIMIT);
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = unit.map((u) => Number(Math.floor(10 * u) === tenth));
      expect(Math.abs(score(inside, 0.1, 0.09))).toBeLessThan(LIMIT);
    }
  });

  test('normal', () => {
    const draws = numbers(normal(key(102), [N], dtype));
    // Moments 0, 1, 0, 3 with variances 1, 2, 15, 96.
    const variances = [1, 2, 15, 96];
    [0, 1, 0, 3].forEach((moment, i) => {
      expect(
        Math.abs(
          score(
            draws.map((x) => x ** (i + 1)),
            moment,
            variances[i],
          ),
        ),
      ).toBeLessThan(LIMIT);
    });
    expect(Math.abs(score(neighbours(draws, 0), 0, 1))).toBeLessThan(LIMIT);
    // P(x < -1.959964) = 0.025.
    expect(
      Math.abs(
        score(
          draws.map((x) => Number(x < -1.959964)),
          0.025,
          0.025 * 0.975,
        ),
      ),
    ).toBeLessThan(LIMIT);
  });

  test('bernoulli and categorical', () => {
    const p = tensor([0.05, 0.5, 0.8], { dtype });
    const hits = numbers(bernoulli(key(103), p, [N, 3]));
    numbers(p).forEach((q, i) => {
      expect(
        Math.abs(
          score(
            hits.filter((_, j) => j % 3 === i),
            q,
            q * (1 - q),
          ),
        ),
      ).toBeLessThan(LIMIT);
    });
    const logits = tensor([0, 1, -1, 0.5], { dtype });
    const classes = numbers(categorical(key(104), logits, [N]));
    numbers(softmax(logits)).forEach((q, c) => {
      expect(
        Math.abs(
          score(
            classes.map((k) => Number(k === c)),
            q,
            q * (1 - q),
          ),
        ),
      ).toBeLessThan(LIMIT);
    });
  });
});

test('a biased sample is noticed', () => {
  const draws = numbers(uniform(key(101), [N])).map((u) => u ** 1.05);
  expect(Math.abs(score(draws, 1 / 2, 1 / 12))).toBeGreaterThan(LIMIT);
});

test('bernoulli at the ends is certain', () => {
  expect(numbers(bernoulli(key(1), 0, [1000])).includes(1)).toBe(false);
  expect(numbers(bernoulli(key(1), 1, [1000])).includes(0)).toBe(false);
});

test('a class of probability zero is never drawn', () => {
  expect(new Set(numbers(categorical(key(1), tensor([0, Number.NEGATIVE_INFINITY, 0]), [1000])))).toEqual(
    new Set([0, 2]),
  );
});

test('as in JAX, the children of split are the keys folded with 0, 1, ...', () => {
  expectClose(stack([0, 1, 2].map((i) => foldIn(key(9), i))), split(key(9), 3), {
    what: 'children',
    tolerance: 0,
  });
});

test('different keys, split keys and folded keys give different streams', () => {
  const keys = [
    key(0),
    key(1),
    at(split(key(0)), 0),
    at(split(key(0)), 1),
    foldIn(key(0), 2),
    foldIn(key(1), 0),
  ];
  const streams = keys.map((k) => numbers(uniform(k, [4])).join());
  expect(new Set(streams).size).toBe(keys.length);
});

describe.each(EXECUTORS)('executor $name', (executor) => {
  const draws: readonly (readonly [string, (k: Tensor) => Tensor, number])[] = [
    ['split', (k) => split(k, 3), 0],
    ['foldIn', (k) => foldIn(k, 5), 0],
    ['uniform', (k) => uniform(k, [2, 3]), 0],
    ['uniform float64', (k) => uniform(k, [2, 3], { dtype: 'float64' }), 0],
    // A product and a sum may be fused, with one rounding instead of two.
    ['uniform with bounds', (k) => uniform(k, [5], { low: -2, high: 5 }), 1e-6],
    ['normal', (k) => normal(k, [2, 3]), 1e-6],
    ['normal float64', (k) => normal(k, [2, 3], 'float64'), 1e-12],
    ['bernoulli', (k) => bernoulli(k, tensor([0.2, 0.7])), 0],
    [
      'categorical',
      (k) =>
        categorical(
          k,
          tensor([
            [0, 1, 2],
            [1, 0, 0],
          ]),
        ),
      0,
    ],
  ];

  test.each(draws)('%s: the same key, the same numbers', (name, draw, tolerance) => {
    for (const k of [key(0), key(77), at(split(key(3)), 1)]) {
      const compiled = jit(draw, { executor });
      expectClose(compiled(k), draw(k), { what: name, tolerance });
      expect(compiled(k).data).toEqual(compiled(k).data);
    }
  });

  test.each(draws)('%s: vmap over keys is the loop over keys', (name, draw, tolerance) => {
    const keys = split(key(5), 4);
    const expected = stack([0, 1, 2, 3].map((i) => draw(at(keys, i))));
    expectClose(jit(vmap(draw), { executor })(keys), expected, { what: name, tolerance });
    expectClose(vmap(draw)(keys), expected, { what: name, tolerance: 0 });
  });

  test('keys folded in a loop', () => {
    const walk = (k: Tensor) =>
      fori(
        0,
        4,
        (i, c: { k: Tensor; u: Tensor }) => {
          const next = foldIn(c.k, i);
          return { k: next, u: uniform(next, [2]) };
        },
        { k, u: tensor([0, 0]) },
      );
    let k = key(8);
    for (let i = 0; i < 4; i++) k = foldIn(k, i);
    const { u } = jit(walk, { executor })(key(8));
    expectClose(u, uniform(k, [2]), { what: 'last draw of the loop', tolerance: 0 });
  });
});
