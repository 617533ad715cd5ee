/** Random numbers equal JAX's: golden.json holds them with the calls that made them (golden.py writes it). */
import {
  bernoulli,
  categorical,
  foldIn,
  key,
  normal,
  split,
  type Tensor,
  tensor,
  uniform,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { expectClose } from '../support/close.ts';
import golden from './golden.json' with { type: 'json' };

type Result = {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
};
const results: Readonly<Record<string, Result>> = golden.results;

const at = (keys: Tensor, i: number) => tensor(keys.data.slice(2 * i, 2 * i + 2));
const float64 = (values: Parameters<typeof tensor>[0]) => tensor(values, { dtype: 'float64' });

/** Our call beside JAX's; exact but for normal, which goes through logarithms. */
const CALLS: readonly (readonly [jax: string, ours: () => Tensor])[] = [
  ['jax.random.key(0)', () => key(0)],
  ['jax.random.key(42)', () => key(42)],
  ['jax.random.key(2**32 + 5)', () => key(2 ** 32 + 5)],
  ['jax.random.split(jax.random.key(0))', () => split(key(0))],
  ['jax.random.split(jax.random.key(42), 5)', () => split(key(42), 5)],
  ['jax.random.split(jax.random.split(jax.random.key(7))[1], 3)', () => split(at(split(key(7)), 1), 3)],
  ['jax.random.fold_in(jax.random.key(0), 0)', () => foldIn(key(0), 0)],
  ['jax.random.fold_in(jax.random.key(0), 7)', () => foldIn(key(0), 7)],
  ['jax.random.fold_in(jax.random.key(42), 4294967295)', () => foldIn(key(42), 4294967295)],
  ["jax.random.uniform(jax.random.key(0), (), 'float32')", () => uniform(key(0))],
  ["jax.random.uniform(jax.random.key(0), (3, 5), 'float32')", () => uniform(key(0), [3, 5])],
  [
    "jax.random.uniform(jax.random.key(42), (7,), 'float32', minval=-2, maxval=3)",
    () => uniform(key(42), [7], { low: -2, high: 3 }),
  ],
  ["jax.random.uniform(jax.random.key(0), (), 'float64')", () => uniform(key(0), [], { dtype: 'float64' })],
  [
    "jax.random.uniform(jax.random.key(0), (3, 5), 'float64')",
    () => uniform(key(0), [3, 5], { dtype: 'float64' }),
  ],
  [
    "jax.random.uniform(jax.random.key(42), (7,), 'float64', minval=-2, maxval=3)",
    () => uniform(key(42), [7], { low: -2, high: 3, dtype: 'float64' }),
  ],
  ["jax.random.normal(jax.random.key(0), (), 'float32')", () => normal(key(0))],
  ["jax.random.normal(jax.random.key(1), (4, 6), 'float32')", () => normal(key(1), [4, 6])],
  ["jax.random.normal(jax.random.key(0), (), 'float64')", () => normal(key(0), [], 'float64')],
  ["jax.random.normal(jax.random.key(1), (4, 6), 'float64')", () => normal(key(1), [4, 6], 'float64')],
  ['jax.random.bernoulli(jax.random.key(0), jnp.float32(0.3), (12,))', () => bernoulli(key(0), 0.3, [12])],
  [
    "jax.random.bernoulli(jax.random.key(5), jnp.array([0.1, 0.5, 0.9], 'float32'))",
    () => bernoulli(key(5), tensor([0.1, 0.5, 0.9])),
  ],
  [
    "jax.random.bernoulli(jax.random.key(5), jnp.array([0.1, 0.5, 0.9], 'float64'), (4, 3))",
    () => bernoulli(key(5), float64([0.1, 0.5, 0.9]), [4, 3]),
  ],
  [
    "jax.random.categorical(jax.random.key(0), jnp.array([0.1, 1.0, -0.5, 0.3], 'float32'))",
    () => categorical(key(0), tensor([0.1, 1, -0.5, 0.3])),
  ],
  [
    "jax.random.categorical(jax.random.key(3), jnp.array([0.1, 1.0, -0.5], 'float32'), shape=(16,))",
    () => categorical(key(3), tensor([0.1, 1, -0.5]), [16]),
  ],
  [
    "jax.random.categorical(jax.random.key(3), jnp.array([[0.0, 1.0], [2.0, 0.0], [0.5, 0.4]], 'float64'))",
    () =>
      categorical(
        key(3),
        float64([
          [0, 1],
          [2, 0],
          [0.5, 0.4],
        ]),
      ),
  ],
  [
    "jax.random.categorical(jax.random.key(9), jnp.array([[0.0, 1.0], [2.0, 0.0]], 'float64'), shape=(6, 2))",
    () =>
      categorical(
        key(9),
        float64([
          [0, 1],
          [2, 0],
        ]),
        [6, 2],
      ),
  ],
];

describe(`the numbers of ${golden.version}`, () => {
  test.each(CALLS)('%s', (jax, ours) => {
    const expected = results[jax];
    const found = ours();
    // JAX's categorical gives int64 under jax_enable_x64; ours is int32 everywhere.
    expect(found.dtype).toBe(expected.dtype === 'int64' ? 'int32' : expected.dtype);
    // Uniform bits are exact, and so is [0, 1); other bounds are within a rounding of a product and a sum.
    const tolerance = jax.includes('normal')
      ? 1e-6
      : jax.includes('minval')
        ? 2 ** (found.dtype === 'float32' ? -23 : -52)
        : 0;
    expectClose(found, expected, { what: jax, tolerance });
  });

  test('every recorded call is compared', () => {
    expect(CALLS.map(([jax]) => jax).sort()).toEqual(Object.keys(results).sort());
  });

  test('another key gives other numbers: the comparison can fail', () => {
    const expected = results["jax.random.uniform(jax.random.key(0), (3, 5), 'float32')"];
    expect(() => expectClose(uniform(key(1), [3, 5]), expected, { what: 'key 1', tolerance: 1e-3 })).toThrow(
      'key 1',
    );
  });
});
