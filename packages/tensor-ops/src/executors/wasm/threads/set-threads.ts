import { ArgumentError } from '../../../errors.ts';
import { useThreads } from './current.ts';
import { missingForThreads } from './missing.ts';

const MOST_THREADS = 256;

/**
 * Sets how many threads compute what the wasm executor compiles from now on; 1 at first.
 *
 * Large matrix products, convolutions, loop nests and batches are divided among the thread that calls and its
 * helpers (`worker_threads` in Node, web workers in browsers), which share the memory of compiled programs; what
 * is small stays on one thread. Results have the same bits whatever the number. Functions that `jit` has compiled
 * are compiled again at their next call. Helpers sleep when there is nothing to do, and let the process end.
 *
 * The promise is settled when the helpers run. There is no need to wait for it: until then, and after a helper has
 * failed (of which a warning tells), those that are there do all the work.
 *
 * @param threads - The calling thread counts: a whole number from 1 to 256, at most the machine's cores to be of use.
 * @returns Rejected when a helper cannot start.
 * @throws ArgumentError for other numbers; Error where the runtime lacks SharedArrayBuffer (browser pages have to be
 *   cross-origin isolated) or workers.
 *
 * @example
 * ```ts
 * import { jit, matmul, ones, setThreads } from '@descant/tensor-ops';
 * await setThreads(2);
 * jit(matmul)(ones([256, 256]), ones([256, 256])).data[0]; // => 256
 * await setThreads(1);
 * ```
 */
export function setThreads(threads: number): Promise<void> {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    const expected = `be a whole number from 1 to ${MOST_THREADS}`;
    throw new ArgumentError('setThreads', 'threads', expected, String(threads));
  }
  const missing = threads > 1 ? missingForThreads() : undefined;
  if (missing !== undefined) throw new Error(`setThreads: ${threads} threads need ${missing}`);
  const wanted = useThreads(threads);
  if (threads === 1) return Promise.resolve();
  // Who does not call this does not load the rest.
  return import('./pool.ts').then(({ PATIENCE_MILLISECONDS, Pool }) => {
    if (!wanted()) return undefined;
    const pool = new Pool(threads - 1, PATIENCE_MILLISECONDS);
    useThreads(threads, pool);
    return pool.ready;
  });
}
