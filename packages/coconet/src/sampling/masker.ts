/** Which cells a step of Gibbs sampling resamples. */
import { ArgumentError, at, bernoulli, randint, split, type Tensor } from '@descant/tensor-ops';

/** Cells of one score, row-major [T, I]: 1 for those that may be resampled. */
export interface Cells {
  readonly steps: number;
  readonly instruments: number;
  readonly free: Uint8Array;
}

/** Chooses the cells to hide, 1 in the result, among the free ones; `share` comes from the schedule. */
export type Masker = (key: Tensor, cells: Cells, share: number) => Uint8Array;

/**
 * Hides every free cell with the probability that the schedule says, independently.
 *
 * Source: Yao et al. (2014); Cooijmans (2023), thesis, section 3.5.2.
 *
 * @example
 * ```ts
 * import { bernoulliMasker } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const cells = { steps: 2, instruments: 2, free: Uint8Array.of(1, 0, 1, 1) };
 * bernoulliMasker()(key(0), cells, 1); // => [1, 0, 1, 1]
 * ```
 */
export const bernoulliMasker =
  (): Masker =>
  (key, { free }, share) => {
    const drawn = bernoulli(key, Math.min(1, share), [free.length]).data;
    return free.map((f, i) => (f === 1 && drawn[i] !== 0 ? 1 : 0));
  };

/** Options of `blockMasker`. */
export interface BlockOptions {
  /** Length of a block in steps. */
  readonly steps: number;
}

/**
 * Hides contiguous blocks: starting with nothing hidden, blocks of one voice at a random place are hidden until their
 * cells are at least the share of the free cells that the schedule says.
 *
 * Held notes are resampled as a whole where a block covers them, which single cells seldom achieve.
 *
 * Source: Cooijmans (2023), thesis, section 3.5.2, on why blocks mix; the form of the blocks is ours.
 *
 * @throws ArgumentError when the length is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { blockMasker } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const cells = { steps: 4, instruments: 1, free: new Uint8Array(4).fill(1) };
 * blockMasker({ steps: 4 })(key(0), cells, 0.5).length; // => 4
 * ```
 */
export function blockMasker({ steps: length }: BlockOptions): Masker {
  if (!Number.isInteger(length) || length < 1)
    throw new ArgumentError('blockMasker', 'steps', 'be a whole number of at least 1', String(length));
  return (key, { steps, instruments, free }, share) => {
    const hidden = new Uint8Array(free.length);
    const count = (cells: Uint8Array) => cells.reduce((n, c) => n + c, 0);
    const wanted = Math.min(1, share) * count(free);
    let rest = key;
    while (count(hidden) < wanted) {
      const [next, placeKey, voiceKey] = [0, 1, 2].map((i) => at(split(rest, 3), i));
      rest = next;
      // Blocks may stick out at both ends, so that every step is covered equally often.
      const first = randint(placeKey, [], 1 - length, steps).item();
      const voice = randint(voiceKey, [], 0, instruments).item();
      for (let t = Math.max(0, first); t < Math.min(steps, first + length); t++) {
        const cell = t * instruments + voice;
        hidden[cell] = free[cell];
      }
    }
    return hidden;
  };
}
