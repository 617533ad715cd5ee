/** How matrix products are divided among threads: by examples, rows or columns, never along k. */
import type { Generator } from '../generator.ts';
import { type Chunks, chunksOf, NANOSECONDS } from '../threads/fork.ts';
import { blockingOf } from './blocks.ts';
import { ROWS } from './dot.ts';
import type { Problem } from './problem.ts';
import { wayOf } from './product.ts';

export interface Division {
  readonly along: 'batch' | 'rows' | 'columns';
  readonly chunks: Chunks;
  /** Whether B is put into panels once, before the chunks of rows. */
  readonly packsFirst: boolean;
}

/** With more rows, packing all of B first is little beside the product, and to read all of A in each chunk is much. */
const MANY_ROWS = 1024;

/** The division of `batch` products with so many operations together: between them, or within each. */
export function divisionOf(
  g: Generator,
  problem: Problem,
  batch: readonly number[],
  flops: number,
): Division | undefined {
  const { rows, columns, accumulate } = problem;
  const blocking = wayOf(problem) === 'blocks' ? blockingOf(g, problem) : undefined;
  const byRows = { along: 'rows', extent: rows, granule: blocking?.tile.rows ?? ROWS } as const;
  const byColumns = { along: 'columns', extent: columns, granule: blocking?.width ?? ROWS } as const;
  const byExamples = { along: 'batch', extent: batch[0], granule: 1 } as const;
  // Each chunk of columns packs its own part of B.
  const within = blocking?.packed && rows < MANY_ROWS ? [byColumns, byRows] : [byRows, byColumns];
  let best: Division | undefined;
  for (const { along, extent, granule } of batch.length > 0 && !accumulate
    ? [byExamples, ...within]
    : within) {
    const chunks = chunksOf(g, flops * NANOSECONDS.perFlop, extent, { granule });
    if (!chunks || chunks.count <= (best?.chunks.count ?? 1)) continue;
    const packsFirst = along === 'rows' && batch.length === 0 && blocking?.packed === true;
    best = { along, chunks, packsFirst };
    if (chunks.count >= g.threads.count) break;
  }
  return best;
}
