import { box, dict, discrete, multiDiscrete, random, type Space, tuple } from '@descant/envs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { messageOf } from './support/errors.ts';

const counts = fc.integer({ min: 1, max: 1000 });
const bound = fc.double({ noNaN: true });
const boxes = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    dtype: fc.constantFrom('float32', 'float64'),
    low: bound,
    high: bound,
  })
  .map(({ low, high, ...rest }) => box({ ...rest, low: Math.min(low, high), high: Math.max(low, high) }));
const wholeBoxes = fc
  .record({
    dtype: fc.constantFrom('uint8', 'int32'),
    low: fc.integer({ min: 0, max: 255 }),
    high: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ dtype, low, high }) =>
    box({ shape: [3], dtype, low: Math.min(low, high), high: Math.max(low, high) }),
  );
const leaves: fc.Arbitrary<Space> = fc.oneof(
  counts.map(discrete),
  fc.array(counts, { minLength: 1, maxLength: 4 }).map(multiDiscrete),
  boxes,
  wholeBoxes,
) as fc.Arbitrary<Space>;
const spaces = fc.oneof(
  leaves,
  fc.tuple(leaves, leaves).map(tuple) as fc.Arbitrary<Space>,
  fc.record({ a: leaves, b: leaves }).map(dict) as fc.Arbitrary<Space>,
);

describe('spaces', () => {
  test.prop([spaces, fc.nat()])('contain what they sample, the same for the same seed', (space, seed) => {
    const member = space.sample(random(seed));
    expect(space.contains(member)).toBe(true);
    expect(space.sample(random(seed))).toEqual(member);
  });

  test.prop([spaces, fc.anything()])(
    'do not contain what is of another kind, and never throw',
    (space, value) => {
      const inside = space.contains(value);
      if (inside) expect(['number', 'object']).toContain(typeof value);
    },
  );

  test('do not contain near misses', () => {
    const whole = discrete(3);
    for (const value of [-1, 3, 0.5, Number.NaN, '1', [1], null, undefined])
      expect(whole.contains(value)).toBe(false);
    const several = multiDiscrete([2, 3]);
    for (const value of [
      Int32Array.of(2, 0),
      Int32Array.of(-1, 0),
      Int32Array.of(0),
      [0, 0],
      Float64Array.of(0, 0),
    ]) {
      expect(several.contains(value)).toBe(false);
    }
    const real = box({ shape: [2], low: 0, high: [1, 2] });
    const misses = [
      Float32Array.of(0, 2.5),
      Float32Array.of(0, Number.NaN),
      Float32Array.of(0),
      Float64Array.of(0, 0),
      [0, 0],
    ];
    for (const value of misses) expect(real.contains(value)).toBe(false);
    expect(real.contains(Float32Array.of(1, 2))).toBe(true);
    expect(dict({ a: whole }).contains({ a: 1, b: 1 })).toBe(false);
    expect(dict({ toString: whole }).contains({})).toBe(false);
    expect(tuple([whole, whole]).contains([1, 1, 1])).toBe(false);
  });

  test('sampling is uniform: discrete(5), n = 50000', () => {
    const stream = random(3);
    const space = discrete(5);
    const n = 50_000;
    const seen = [0, 0, 0, 0, 0];
    for (let k = 0; k < n; k++) seen[space.sample(stream)]++;
    // Chi-squared with 4 degrees of freedom exceeds 33.4 with probability 1e-6.
    const chi = seen.reduce((sum, count) => sum + (count - n / 5) ** 2 / (n / 5), 0);
    expect(chi).toBeLessThan(33.4);
  });

  test('invalid definitions are errors', () => {
    expect(messageOf(() => discrete(0))).toBe('discrete: n must be a whole number of at least 1; got 0');
    expect(messageOf(() => multiDiscrete([2, 1.5]))).toBe(
      'multiDiscrete: counts must be one or more whole numbers of at least 1; got [2,1.5]',
    );
    expect(messageOf(() => box({ shape: [0] }))).toBe(
      'box: shape must be whole numbers of at least 1; got [0]',
    );
    expect(messageOf(() => box({ shape: [2], low: 1, high: [2, 0] }))).toBe(
      'box: low must be at most high; got 1 and 0 at element 1',
    );
    expect(messageOf(() => box({ shape: [2], dtype: 'uint8', high: 256 }))).toBe(
      'box: high must be one number or 2, in the range of uint8; got 256',
    );
    expect(messageOf(() => box({ shape: [2], dtype: 'int8' as never }))).toBe(
      'box: dtype must be one of float32, float64, uint8, int32; got "int8"',
    );
    expect(messageOf(() => dict({}))).toBe('dict: spaces must hold at least one space; got {}');
    expect(messageOf(() => tuple([]))).toBe('tuple: spaces must be one or more spaces; got []');
  });
});
