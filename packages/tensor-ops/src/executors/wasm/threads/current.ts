/** How many threads compute, and the helpers among them. */
import type { ParallelProgram, Pool } from './pool.ts';

let pool: Pool | undefined;
let count = 1;

/** The number that `setThreads` set. */
export const threadCount = (): number => count;

/** Replaces the helpers; those before stop. */
export function useThreads(threads: number, next: Pool | undefined): void {
  pool?.stop();
  pool = next;
  count = threads;
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
