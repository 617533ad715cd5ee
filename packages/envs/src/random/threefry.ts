/** The block cipher behind the keys of tensor-ops, on plain numbers: environments draw one word at a time. */

const PARITY = 0x1bd11bda;

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Threefry-2x32-20: encrypts the counter (0, counter) under the key (k0, k1) into `out[0]`, `out[1]`.
 *
 * The words of `foldIn(key, counter)` of tensor-ops, without a tensor for each of them.
 *
 * Source: Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, sec. 3.3.
 */
export function encrypt(k0: number, k1: number, counter: number, out: Uint32Array): void {
  const k2 = k0 ^ k1 ^ PARITY;
  let x0 = k0 | 0;
  let x1 = (counter + k1) | 0;
  for (let group = 0; group < 5; group++) {
    const [a, b, c, d] = ROTATIONS[group & 1];
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << a) | (x1 >>> (32 - a))) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << b) | (x1 >>> (32 - b))) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << c) | (x1 >>> (32 - c))) ^ x0;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << d) | (x1 >>> (32 - d))) ^ x0;
    const next = (group + 1) % 3;
    x0 = (x0 + (next === 0 ? k0 : next === 1 ? k1 : k2)) | 0;
    const after = (group + 2) % 3;
    x1 = (x1 + (after === 0 ? k0 : after === 1 ? k1 : k2) + group + 1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}
