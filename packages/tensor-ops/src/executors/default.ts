/** Which executor runs compiled functions when the call does not say. */
import type { Executor } from './executor.ts';
import { jsExecutor } from './js/index.ts';
import { wasmExecutor } from './wasm/index.ts';

let chosen: Executor | undefined;

/**
 * The executor for `jit` without one of its own: the one that was set, else wasm, else js without WebAssembly.
 *
 * @example
 * ```ts
 * import { defaultExecutor } from '@descant/tensor-ops';
 * defaultExecutor().name; // => 'wasm'
 * ```
 */
export function defaultExecutor(): Executor {
  return chosen ?? (typeof WebAssembly === 'undefined' ? jsExecutor : wasmExecutor);
}

/**
 * Sets the executor that `jit` uses when it is not given one; undefined restores the choice by the runtime.
 *
 * @example
 * ```ts
 * import { jsExecutor, setDefaultExecutor } from '@descant/tensor-ops';
 * setDefaultExecutor(jsExecutor);
 * setDefaultExecutor(undefined);
 * ```
 */
export function setDefaultExecutor(executor: Executor | undefined): void {
  chosen = executor;
}
