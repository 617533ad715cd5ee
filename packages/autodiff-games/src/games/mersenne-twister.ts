/** The uniform numbers of numpy's legacy generator, for games that published code drew with it. */
import { ArgumentError } from '@descant/tensor-ops';

const size = 624;

/** MT19937's state after its seeding, one word after another. */
function seeded(seed: number): Uint32Array {
  const state = new Uint32Array(size);
  state[0] = seed;
  for (let i = 1; i < size; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  return state;
}

/** The next 624 words of the state, in place. */
function refill(state: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const y = (state[i] & 0x80000000) | (state[(i + 1) % size] & 0x7fffffff);
    state[i] = state[(i + 397) % size] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

function tempered(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

/**
 * The first uniform numbers in [0, 1) that numpy draws after `numpy.random.seed(seed)`, by its `random_sample`.
 *
 * Each takes two words a, b of MT19937: `(2^26 floor(a / 2^5) + floor(b / 2^6)) / 2^53`.
 *
 * Source: Matsumoto and Nishimura 1998, with the initialisation of their code of 2002. It is here to repeat what
 * published code drew (`random2x2Payoffs`); for random numbers of your own use the keys of tensor-ops.
 *
 * @param seed - A whole number in [0, 2^32).
 * @param count - How many, a whole number of at least 0.
 * @throws ArgumentError when the seed or the count is out of range.
 *
 * @example
 * ```ts
 * import { numpyUniform } from '@descant/autodiff-games';
 * // numpy.random.seed(0); numpy.random.random_sample(2)
 * numpyUniform(0, 2); // => [0.5488135, 0.71518937]
 * ```
 */
export function numpyUniform(seed: number, count: number): number[] {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new ArgumentError('numpyUniform', 'seed', 'be a whole number in [0, 2^32)', String(seed));
  }
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError('numpyUniform', 'count', 'be a whole number of at least 0', String(count));
  }
  const state = seeded(seed);
  return Array.from({ length: count }, (_, k) => {
    const at = (2 * k) % size;
    if (at === 0) refill(state);
    return ((tempered(state[at]) >>> 5) * 2 ** 26 + (tempered(state[at + 1]) >>> 6)) / 2 ** 53;
  });
}
