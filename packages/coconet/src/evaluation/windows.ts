/** Parts of scores that predictions depend on, gathered into batches of equal length. */
import type { Conditionals } from '../model/conditionals.ts';

/** Steps first..first + length - 1 of a score. */
export interface WindowRange {
  readonly first: number;
  readonly length: number;
}

/**
 * The steps within reach of one step. Windows end where scores end, as convolutions pad there with zeros, and are
 * alike in length elsewhere, so that they share a batch.
 */
export function windowAt(steps: number, step: number, { before, after }: Conditionals['reach']): WindowRange {
  const length = Math.min(steps, before + after + 1);
  const first = Number.isFinite(before) ? Math.min(Math.max(0, step - before), steps - length) : 0;
  return { first, length };
}

/** Items in batches of at most a size, those of a batch alike in something; each with its place in the list. */
export function batchesOfLike<T>(
  items: readonly T[],
  likeness: (item: T) => number | string,
  batchSize: number,
): { readonly index: number; readonly item: T }[][] {
  const groups = new Map<number | string, { index: number; item: T }[]>();
  for (const [index, item] of items.entries()) {
    const group = groups.get(likeness(item)) ?? [];
    group.push({ index, item });
    groups.set(likeness(item), group);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / batchSize) }, (_, k) =>
      group.slice(k * batchSize, (k + 1) * batchSize),
    ),
  );
}
