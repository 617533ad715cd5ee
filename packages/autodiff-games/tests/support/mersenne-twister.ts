/** numpy.random.seed(seed); numpy.random.random_sample(count): MT19937, seeded as by Matsumoto and Nishimura's init_genrand. */
export function randomSample(seed: number, count: number): number[] {
  const state = new Uint32Array(624);
  state[0] = seed;
  for (let i = 1; i < 624; i++) {
    state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }
  // One refill serves 312 numbers.
  for (let i = 0; i < 624; i++) {
    const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
    state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
  const word = (i: number) => {
    let y = state[i];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  return Array.from(
    { length: count },
    (_, k) => ((word(2 * k) >>> 5) * 67108864 + (word(2 * k + 1) >>> 6)) / 2 ** 53,
  );
}
