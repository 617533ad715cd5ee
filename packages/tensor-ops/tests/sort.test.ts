/** Orders where the conformance table does not reach: ties, NaN, long axes, every dtype at its limits. */
import {
  argsort,
  cast,
  flip,
  grad,
  jvp,
  mul,
  segmentSum,
  sort,
  sum,
  type Tensor,
  tensor,
  topK,
  vmap,
} from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEED } from './support/arbitraries.ts';
import { EAGER, MODES, type Mode } from './support/executors.ts';

const DTYPES = ['float32', 'float64', 'int32', 'uint32', 'bool'] as const;
type Type = (typeof DTYPES)[number];

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Few values, so that there are many ties; the limits of the dtype; both zeros. */
const elements: Readonly<Record<Type, readonly number[]>> = {
  float32: [nan, -inf, inf, 0, -0, 1, -1, 1e-40, 3e38],
  float64: [nan, -inf, inf, 0, -0, 1, -1, 5e-324, 1e308],
  int32: [0, 1, -1, 2147483647, -2147483648],
  uint32: [0, 1, 2147483647, 2147483648, 4294967295],
  bool: [0, 1],
};

/** Insertion of one element after the other, behind everything that it does not go before. */
function insertionOrder(values: readonly number[], descending: boolean): number[] {
  const before = (a: number, b: number) =>
    !Number.isNaN(a) && (Number.isNaN(b) || (descending ? a > b : a < b));
  const order: number[] = [];
  values.forEach((x, i) => {
    const place = order.findIndex((j) => before(x, values[j]));
    order.splice(place < 0 ? order.length : place, 0, i);
  });
  return order;
}

type Sorter = (x: Tensor, descending: boolean) => { values: Tensor; positions: Tensor };

const sorter: Sorter = (x, descending) => ({
  values: sort(x, -1, { descending }),
  positions: argsort(x, -1, { descending }),
});

function checkOrder(mode: Mode, fn: Sorter, values: readonly number[], dtype: Type): void {
  const x = tensor(Float64Array.from(values), { dtype });
  const stored = Array.from(x.data);
  for (const descending of [false, true]) {
    const found = mode.run((t: Tensor) => fn(t, descending))(x);
    const order = insertionOrder(stored, descending);
    expect(Array.from(found.positions.data)).toEqual(order);
    expect(found.positions.dtype).toBe('int32');
    expect(Array.from(found.values.data)).toEqual(order.map((i) => stored[i]));
    expect(found.values.dtype).toBe(dtype);
  }
}

const lines = (dtype: Type) => fc.array(fc.constantFrom(...elements[dtype]), { maxLength: 40 });

describe.each(MODES)('$name', (mode) => {
  const { run } = mode;

  test.each(DTYPES)('%s: stable, NaN last, both zeros equal', (dtype) =>
    fc.assert(
      fc.property(lines(dtype), (values) => checkOrder(mode, sorter, values, dtype)),
      { seed: SEED, numRuns: mode === EAGER ? 60 : 25 },
    ),
  );

  test('long axes: 1, 2 and 3 elements around powers of two', () => {
    for (const n of [1, 2, 3, 127, 128, 129, 1000]) {
      const values = Array.from({ length: n }, (_, i) => Math.sin(i * i) * 50);
      checkOrder(mode, sorter, values, 'float64');
      checkOrder(mode, sorter, values.map(Math.round), 'int32');
    }
  });

  test('topK takes the first of equal elements, and NaN only when nothing else is left', () => {
    const take = (k: number) => run((x: Tensor) => topK(x, k))(tensor([2, nan, 3, 2, 3]));
    expect(take(3).values.toArray()).toEqual([3, 3, 2]);
    expect(take(3).indices.toArray()).toEqual([2, 4, 0]);
    expect(take(5).values.toArray()).toEqual([3, 3, 2, 2, nan]);
    expect(take(5).indices.toArray()).toEqual([2, 4, 0, 3, 1]);
    expect(take(0).values.shape).toEqual([0]);
  });

  test('at ties the derivative follows the stable order', () => {
    const weights = tensor([1, 2, 3, 4]);
    const slope = run(grad((x: Tensor) => sum(mul(sort(x), weights))));
    expect(slope(tensor([5, 1, 5, 1])).toArray()).toEqual([3, 1, 4, 2]);
    const best = run(grad((x: Tensor) => sum(topK(x, 1).values)));
    expect(best(tensor([1, 7, 7])).toArray()).toEqual([0, 1, 0]);
    const pushed = run((x: Tensor) => jvp(sort, x, weights)[1]);
    expect(pushed(tensor([5, 1, 5, 1])).toArray()).toEqual([2, 4, 1, 3]);
  });

  test('a permutation sorted by its own positions, in a batch', () => {
    const inverse = run(vmap((p: Tensor) => argsort(p)));
    const found = inverse(
      tensor(
        [
          [2, 0, 1],
          [1, 2, 0],
        ],
        { dtype: 'int32' },
      ),
    );
    expect(found.toArray()).toEqual([
      [1, 2, 0],
      [2, 0, 1],
    ]);
  });

  test('segments without rows are zero, segments out of range are dropped, truth values are counted', () => {
    const add = run((x: Tensor, ids: Tensor) => segmentSum(x, ids, 4));
    const ids = tensor([3, 0, 7, 3, -1], { dtype: 'int32' });
    const x = tensor([
      [1, 10],
      [2, 20],
      [4, 40],
      [8, 80],
      [16, 160],
    ]);
    if (mode !== EAGER)
      expect(add(x, ids).toArray()).toEqual([
        [2, 20],
        [0, 0],
        [0, 0],
        [9, 90],
      ]);
    const flags = tensor([true, true, false, true, true]);
    const counted = add(flags, tensor([1, 1, 0, 1, 0], { dtype: 'uint32' }));
    expect([counted.dtype, counted.toArray()]).toEqual(['int32', [1, 3, 0, 0]]);
  });
});

describe('a wrong order is noticed', () => {
  const [dtype, values] = ['float32', [1, 0, 1, nan, 0]] as const;
  test('the right one passes', () => checkOrder(EAGER, sorter, values, dtype));
  test('one that is not stable', () => {
    const backwards: Sorter = (x, descending) => {
      const positions = flip(argsort(flip(x), -1, { descending }));
      return { ...sorter(x, descending), positions };
    };
    expect(() => checkOrder(EAGER, backwards, values, dtype)).toThrow();
  });
  test('one that puts NaN first when descending', () => {
    const flipped: Sorter = (x, descending) => {
      const { values: ascending, positions } = sorter(x, false);
      return descending
        ? { values: flip(ascending), positions: flip(positions) }
        : { values: ascending, positions };
    };
    expect(() => checkOrder(EAGER, flipped, [nan, 1], dtype)).toThrow();
  });
  test('one that compares uint32 as signed', () => {
    const signed: Sorter = (x, descending) => {
      const { values: own, positions } = sorter(cast(x, 'int32'), descending);
      return { values: cast(own, x.dtype), positions };
    };
    expect(() => checkOrder(EAGER, signed, [2147483648, 1], 'uint32')).toThrow();
  });
});
