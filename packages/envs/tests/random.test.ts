import { random } from '@descant/envs';
import { at, bits, foldIn, key, uniform } from '@descant/tensor-ops';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { KeyedRandom } from '../src/random/random.ts';
import { messageOf } from './support/errors.ts';

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('random numbers of a key', () => {
  test.prop([seeds])('word j is element j of bits', (seed) => {
    const stream = random(seed);
    const words = [0, 1, 2, 3, 4].map(() => stream.word());
    expect(words).toEqual(bits(key(seed), [5]).toArray());
  });

  test.prop([seeds])('uniform number j is element j of uniform in float64', (seed) => {
    const stream = random(key(seed));
    const numbers = [0, 1, 2].map(() => stream.uniform());
    expect(numbers).toEqual(uniform(key(seed), [3], { dtype: 'float64' }).toArray());
  });

  test.prop([seeds, fc.nat()])(
    'fold draws from the folded key, however often it is drawn from',
    (seed, data) => {
      const stream = new KeyedRandom();
      const [high, low] = key(seed).toArray() as number[];
      stream.fold(high, low, data);
      const words = [stream.word(), stream.word()];
      expect(words).toEqual(bits(foldIn(key(seed), data), [2]).toArray());
      stream.fold(high, low, data);
      expect(stream.below(10)).toBe(words[0] % 10);
    },
  );

  test.prop([
    seeds,
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  ])('uniform stays within its bounds', (seed, low, width) => {
    const stream = random(seed);
    for (let k = 0; k < 10; k++) {
      const x = stream.uniform(low, low + width);
      expect(x >= low && x <= low + width).toBe(true);
    }
  });

  test('moments of normal numbers: n = 100000, standard errors 0.0032 and 0.0045', () => {
    const stream = random(11);
    const n = 100_000;
    let [sum, squares] = [0, 0];
    for (let k = 0; k < n; k++) {
      const x = stream.normal();
      sum += x;
      squares += x * x;
    }
    // Five standard errors: false alarm 6e-7 each.
    expect(Math.abs(sum / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  });

  test('a wrong source is an error', () => {
    expect(messageOf(() => random(-1))).toBe('random: seed must be a whole number in [0, 2^53); got -1');
    expect(messageOf(() => random(at(key(0), 0)))).toBe(
      'random: source must be a seed or a key made by tensor-ops; got object',
    );
  });
});
