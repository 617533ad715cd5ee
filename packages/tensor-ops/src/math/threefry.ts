/** The counter-based generator Threefry-2x32 with 20 rounds. */

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const PARITY = 0x1bd11bda;

/**
 * Threefry-2x32-20: encrypts the counter (c0, c1) under the key (k0, k1).
 *
 * Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, sec. 3.3; the same
 * words as JAX's `threefry2x32`. All words are unsigned 32-bit integers.
 */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const schedule = [k0 | 0, k1 | 0, k0 ^ k1 ^ PARITY];
  let x0 = (c0 + schedule[0]) | 0;
  let x1 = (c1 + schedule[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const r of ROTATIONS[group % 2]) {
      x0 = (x0 + x1) | 0;
      x1 = (x1 << r) | (x1 >>> (32 - r));
      x1 ^= x0;
    }
    x0 = (x0 + schedule[(group + 1) % 3]) | 0;
    x1 = (x1 + schedule[(group + 2) % 3] + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}
