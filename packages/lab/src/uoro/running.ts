/** What the long tasks of these experiments share. */
import { setImmediate } from 'node:timers/promises';
import type { TaskContext } from '../experiment.ts';

/** Does something `count` times; shows how far it is and stops when the run is interrupted, at most half a second late or so. */
export async function repeat(
  count: number,
  { signal, progress }: TaskContext,
  once: (index: number) => void,
): Promise<void> {
  let shown = performance.now();
  for (let i = 0; i < count; i++) {
    once(i);
    if (performance.now() - shown < 200) continue;
    shown = performance.now();
    progress((i + 1) / count);
    await setImmediate();
    signal.throwIfAborted();
  }
}
