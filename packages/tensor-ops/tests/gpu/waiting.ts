/** Laws that read results at once, on a device whose results have to be waited for. */
import { jit } from '@descant/tensor-ops';
import type { TensorflowExecutor } from '@descant/tensor-ops/tensorflow';
import type { Mode } from '../support/executors.ts';

/** Thrown out of a law at the first call whose result has not been read yet. */
class Waiting {
  readonly result: Promise<unknown>;

  constructor(result: Promise<unknown>) {
    this.result = result;
  }
}

/**
 * Holds a law on a device: runs it again from the start after every result that arrives, each call of the device
 * answered by the result that it had, until it ends. A law must call the device in the same order each time.
 */
export async function holds(executor: TensorflowExecutor, law: (mode: Mode) => void): Promise<void> {
  const arrived: unknown[] = [];
  for (;;) {
    let calls = 0;
    const run: Mode['run'] =
      (fn) =>
      (...args) => {
        const call = calls++;
        if (call < arrived.length) return arrived[call] as ReturnType<typeof fn>;
        const result = jit(fn, { executor })(...args);
        throw new Waiting(executor.toHost(result).finally(() => executor.dispose(result)));
      };
    try {
      return law({ name: executor.name, run });
    } catch (error) {
      if (!(error instanceof Waiting)) throw error;
      arrived.push(await error.result);
    }
  }
}
