/** Whether memory grows while a compiled function is called: after a warm-up, with the garbage collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Usage {
  readonly steps: number;
  /** Bytes of JavaScript's heap in use. */
  readonly heap: number;
  /** Bytes of array buffers, the memory of compiled programs among them. */
  readonly buffers: number;
  /** Bytes of WebAssembly memory made since `watchWasmMemory` and not collected. */
  readonly wasm: number;
}

const made: WeakRef<WebAssembly.Memory>[] = [];

/** From now on the memory of WebAssembly programs is counted. */
export function watchWasmMemory(): void {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      made.push(new WeakRef(this));
    }
  };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is in use when the garbage has been collected; a finaliser may make more of it, so twice. */
async function usageAfter(steps: number): Promise<Usage> {
  for (let round = 0; round < 2; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const wasm = made.reduce((sum, memory) => sum + (memory.deref()?.buffer.byteLength ?? 0), 0);
  return { steps, heap: heapUsed, buffers: arrayBuffers, wasm };
}

/** Usage after the warm-up and after each of `parts` equal parts of the steps. */
export async function measureMemory(
  step: () => unknown,
  { warmUp, steps, parts }: { readonly warmUp: number; readonly steps: number; readonly parts: number },
): Promise<Usage[]> {
  for (let i = 0; i < warmUp; i++) step();
  const found = [await usageAfter(0)];
  for (let part = 1; part <= parts; part++) {
    for (let i = 0; i < steps / parts; i++) step();
    found.push(await usageAfter((part * steps) / parts));
  }
  return found;
}

/**
 * Bytes that each step adds: the slope of the least-squares line, so that what comes and goes between collections does
 * not count.
 */
export function growthPerStep(usages: readonly Usage[], bytesOf: (usage: Usage) => number): number {
  const mean = (f: (u: Usage) => number): number => usages.reduce((sum, u) => sum + f(u), 0) / usages.length;
  const [steps, bytes] = [mean((u) => u.steps), mean(bytesOf)];
  const covariance = mean((u) => (u.steps - steps) * (bytesOf(u) - bytes));
  return covariance / mean((u) => (u.steps - steps) ** 2);
}
