/** Random bits, whole numbers and orders: JAX's numbers, counts, and error messages. */
import {
  arange,
  at,
  bits,
  jit,
  jsExecutor,
  key,
  permutation,
  randint,
  reshape,
  split,
  stack,
  sum,
  type Tensor,
  vmap,
  wasmExecutor,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('jax 0.10.2 (jax_threefry_partitionable=True), key(5)', () => {
  test('jax.random.bits(key(5), (2, 3)) and bits(key(2**33 + 7), (4,))', () => {
    expect(bits(key(5), [2, 3]).toArray()).toEqual([
      [2003086470, 3955154020, 3160280976],
      [408371909, 3927703089, 2910825445],
    ]);
    // JAX keeps the seed's low word when jax_enable_x64 is off: key(2**33 + 7) is key(7) there.
    expect(bits(key(7), [4]).toArray()).toEqual([2895194379, 4185947648, 1300703658, 1906787632]);
  });

  const draws: [low: number, high: number, expected: number[]][] = [
    [0, 10, [1, 8, 3, 6, 4, 1]],
    [-5, 5, [-4, 3, -2, 1, -1, -4]],
    [0, 1, [0, 0, 0, 0, 0, 0]],
    [0, 65536, [51969, 47168, 51447, 40456, 52540, 32309]],
    [0, 1000003, [974604, 460472, 526033, 339525, 372894, 276041]],
    [-2147483648, 2147483647, [-1787507967, -1163020224, -1664956169, -994140664, -1625109188, -191201739]],
  ];
  test.each(draws)('jax.random.randint(key(5), (6,), %i, %i)', (low, high, expected) => {
    expect(randint(key(5), [6], low, high).toArray()).toEqual(expected);
  });

  test('jax.random.permutation(key(5), n)', () => {
    const expected = [[0], [0, 1], [0, 2, 4, 1, 3, 5, 6], [9, 0, 2, 4, 8, 1, 3, 5, 7, 6]];
    expect([1, 2, 7, 10].map((n) => permutation(key(5), n).toArray())).toEqual(expected);
  });

  test('permutation(key(5), 3000), which takes two rounds: its head and a checksum', () => {
    const { data } = permutation(key(5), 3000);
    expect([...data.slice(0, 5)]).toEqual([36, 227, 1919, 2001, 1010]);
    expect([...data].reduce((s, p, i) => s + ((p * i) % 1009), 0)).toBe(1506758);
  });

  test('permutation of arange(8) as (4, 2), and as (2, 4) along axis 1', () => {
    expect(permutation(key(5), reshape(arange(0, 8), [4, 2])).toArray()).toEqual([
      [0, 1],
      [4, 5],
      [2, 3],
      [6, 7],
    ]);
    expect(permutation(key(5), reshape(arange(0, 8), [2, 4]), 1).toArray()).toEqual([
      [0, 2, 1, 3],
      [4, 6, 5, 7],
    ]);
  });
});

describe.each([jsExecutor, wasmExecutor].map((executor) => ({ name: executor.name, executor })))(
  'compiled on $name',
  ({ executor }) => {
    test('integers and orders are those of plain evaluation', () => {
      fc.assert(
        fc.property(
          fc.nat(1000),
          fc.integer({ min: 0, max: 40 }),
          fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 2 }),
          fc.double({ min: 0, max: 1, noNaN: true }),
          (seed, n, low, share) => {
            const high = Math.min(2 ** 31 - 1, low + 1 + Math.floor(2 ** (32 * share)));
            const draw = (k: Tensor) => ({
              bits: bits(k, [n]),
              integers: randint(k, [n], low, high),
              order: permutation(k, n),
            });
            const compiled = jit(draw, { executor })(key(seed));
            const plain = draw(key(seed));
            expect(compiled.bits.toArray()).toEqual(plain.bits.toArray());
            expect(compiled.integers.toArray()).toEqual(plain.integers.toArray());
            expect(compiled.order.toArray()).toEqual(plain.order.toArray());
            for (const v of plain.integers.data) expect(v >= low && v < high).toBe(true);
          },
        ),
        { seed: 12, numRuns: 25 },
      );
    });

    test('keys batch', () => {
      const keys = split(key(9), 3);
      const draw = (k: Tensor) => permutation(k, 6);
      const each = stack([0, 1, 2].map((i) => draw(at(keys, i))));
      expect(jit(vmap(draw), { executor })(keys).toArray()).toEqual(each.toArray());
    });
  },
);

/** Standard scores of observed counts against n p each. */
const scores = (counts: readonly number[], n: number, p: number): number[] =>
  counts.map((c) => (c - n * p) / Math.sqrt(n * p * (1 - p)));

describe('frequencies', () => {
  // Each |z| > 5 has probability 6e-7, so the 7 + 24 scores fail falsely with probability below 2e-5.
  test('randint gives each of 7 numbers equally often (n = 70000)', () => {
    const n = 70000;
    const counts = new Array<number>(7).fill(0);
    for (const v of randint(key(1), [n], 0, 7).data) counts[v]++;
    expect(Math.max(...scores(counts, n, 1 / 7).map(Math.abs))).toBeLessThan(5);
  });

  test('permutation gives each of 24 orders equally often (n = 4800)', () => {
    const n = 4800;
    const counts = new Map<string, number>();
    const keys = split(key(2), n);
    for (let i = 0; i < n; i++) {
      const order = permutation(at(keys, i), 4).data.join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.max(...scores([...counts.values()], n, 1 / 24).map(Math.abs))).toBeLessThan(5);
  });

  test('the score rejects a bias of 5 %', () => {
    expect(Math.abs(scores([10500], 70000, 1 / 7)[0])).toBeGreaterThan(5);
  });
});

test('every order holds every element once', () => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(9999), (n, seed) => {
      const order = permutation(key(seed), n);
      expect([...order.data].sort((a, b) => a - b)).toEqual([...arange(0, n).data]);
      expect(2 * sum(order).item()).toBe(n * n - n);
    }),
    { seed: 13 },
  );
});

test('errors name the function, what was expected and what came', () => {
  expect(() => randint(key(0), [2], 3, 3)).toThrow(
    'randint: bounds must be int32 numbers with low < high; got 3, 3',
  );
  expect(() => randint(key(0), [2], 0, 2 ** 31)).toThrow('got 0, 2147483648');
  expect(() => randint(key(0), [2], 0.5, 2)).toThrow('got 0.5, 2');
  expect(() => permutation(key(0), -1)).toThrow(
    'permutation: x must be a tensor or a whole number of at least 0; got -1',
  );
});
