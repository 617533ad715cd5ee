/** What threads need of the runtime. */

/** What this runtime lacks for threads, or undefined. */
export function missingForThreads(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined')
    return 'SharedArrayBuffer (in browsers: a cross-origin isolated page)';
  const { process } = globalThis as { process?: { getBuiltinModule?: unknown } };
  if (typeof Worker === 'undefined' && !process?.getBuiltinModule) return 'workers (Node 20.16 or later)';
  return undefined;
}
