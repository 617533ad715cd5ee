/** In which order ancestral sampling fills hidden cells. */
import { permutation, type Tensor } from '@descant/tensor-ops';
import type { Cells } from './masker.ts';

/** Orders the hidden cells: positions in [T, I], first to be filled first. */
export type Selector = (key: Tensor, cells: Cells, hidden: Uint8Array) => readonly number[];

const positions = (hidden: Uint8Array): number[] => [...hidden.keys()].filter((i) => hidden[i] === 1);

/**
 * A random order: each next cell is uniform among those that are left.
 *
 * Source: Cooijmans (2023), thesis, section 3.5.1.
 *
 * @example
 * ```ts
 * import { randomSelector } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const cells = { steps: 3, instruments: 1, free: new Uint8Array(3).fill(1) };
 * randomSelector()(key(0), cells, Uint8Array.of(0, 1, 0)); // => [1]
 * ```
 */
export const randomSelector = (): Selector => (key, _cells, hidden) => {
  const cells = positions(hidden);
  return Array.from(permutation(key, cells.length).data, (i) => cells[i]);
};

/**
 * From the first step to the last; within a step in a random order of the voices.
 *
 * @example
 * ```ts
 * import { chronologicalSelector } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const cells = { steps: 3, instruments: 1, free: new Uint8Array(3).fill(1) };
 * chronologicalSelector()(key(0), cells, cells.free); // => [0, 1, 2]
 * ```
 */
export const chronologicalSelector =
  (): Selector =>
  (key, { instruments, ...cells }, hidden) => {
    const step = (cell: number) => Math.floor(cell / instruments);
    return randomSelector()(key, { instruments, ...cells }, hidden).toSorted((a, b) => step(a) - step(b));
  };
