/** Directions for derivatives: reproducible numbers that are not uniform and not zero. */
import { type Grid, zeroGrid } from './grid.ts';

/** Numbers in [0, 1) from a seed. Source: mulberry32, a 32-bit generator in the public domain. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A grid with elements in +-[0.25, 1.25). */
export function noise(shape: readonly number[], random: () => number): Grid {
  const values = zeroGrid(shape).values.map(() => (0.25 + random()) * (random() < 0.5 ? -1 : 1));
  return { shape, values };
}
