/** How many threads compute, and the helpers among them. */
import type { ParallelProgram, Pool } from './pool.ts';

let pool: Pool | undefined;
let count = 1;
let changes = 0;

/** The number that `setThreads` set. */
export const threadCount = (): number => count;

/** Sets the number and replaces the helpers; those before stop. Returns whether nothing else was set since. */
export function useThreads(threads: number, next?: Pool): () => boolean {
  pool?.stop();
  pool = next;
  count = threads;
  const now = ++changes;
  return () => now === changes;
}

/** Runs all chunks of a region of a program: what its code calls. */
export function runRegion(program: ParallelProgram, region: number, chunks: number): void {
  if (pool) {
    pool.run(program, region, chunks);
    return;
  }
  const run = program.exports[region] as (chunk: number, thread: number) => void;
  for (let chunk = 0; chunk < chunks; chunk++) run(chunk, 0);
}
