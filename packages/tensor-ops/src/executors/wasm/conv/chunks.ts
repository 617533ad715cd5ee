/** Loops over axes of strided arrays, divided among threads along one of them. */
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { advanceByChunk, type Chunks, chunksOf, fork, whicheverSize } from '../threads/fork.ts';
import type { Axis } from './contraction.ts';

/** Moves a local that walks over A or C to where the part begins. */
export type Move = (local: number, along: 'a' | 'c') => void;

/**
 * Appends the code that has `write` done for all of the axes, or for parts of them by all threads; `write` gets the
 * function to write to, the axes of the part, how to begin there, and the locals passed and that of the thread.
 * `granules`: what parts of an axis should be multiples of; 1 if absent.
 */
export function overChunks<A extends Axis>(
  g: Generator,
  f: FunctionBuilder,
  axes: readonly A[],
  nanoseconds: number,
  pass: readonly number[],
  write: (f: FunctionBuilder, axes: readonly A[], move: Move, passed: readonly number[]) => void,
  granules: readonly number[] = [],
): void {
  let best: { chunks: Chunks; d: number } | undefined;
  axes.forEach(({ extent }, d) => {
    const chunks = chunksOf(g, nanoseconds, extent, { granule: granules[d] ?? 1 });
    if (chunks && chunks.count > (best?.chunks.count ?? 1)) best = { chunks, d };
  });
  if (!best) {
    write(f, axes, () => {}, pass);
    return;
  }
  const { chunks, d } = best;
  fork(g, f, chunks.count, pass, (region, { passed, chunk }) => {
    const move: Move = (local, along) => advanceByChunk(region, local, chunk, chunks.size * axes[d][along]);
    whicheverSize(region, chunks, chunk, (extent) => {
      write(
        region,
        axes.map((axis, i) => (i === d ? { ...axis, extent } : axis)),
        move,
        passed,
      );
    });
  });
}
