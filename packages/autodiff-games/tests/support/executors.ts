import { type Executor, jsExecutor, wasmExecutor } from '@descant/tensor-ops';

/** Every executor that games and rules must give the same results on. */
export const executors: readonly Executor[] = [jsExecutor, wasmExecutor];
