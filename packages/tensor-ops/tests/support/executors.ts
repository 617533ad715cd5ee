/** Every executor that the conformance table runs on. */
import { type Executor, jsExecutor, wasmExecutor } from '@descant/tensor-ops';

export const EXECUTORS: readonly Executor[] = [jsExecutor, wasmExecutor];
