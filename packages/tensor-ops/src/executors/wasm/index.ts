/** The default executor: programs become WebAssembly with SIMD, whole loops included. */
import type { Executor } from '../executor.ts';
import { compileProgram, MOST_OPERATIONS } from './compile.ts';
import { hasRelaxedSimd } from './generator.ts';

/** Options of `createWasmExecutor`. */
export interface WasmOptions {
  /**
   * Whether a product and a sum may be one operation with one rounding (relaxed SIMD), where the runtime has it.
   * Without it, programs of + - * / and sqrt give the same bits on every machine.
   */
  readonly fma: boolean;
}

/** A WebAssembly executor with or without fused multiply-add; `wasmExecutor` has it where the runtime does. */
export const createWasmExecutor = ({ fma }: WasmOptions): Executor => ({
  name: fma ? 'wasm' : 'wasm without fma',
  compile: (program) =>
    compileProgram(program, { fma: fma && hasRelaxedSimd(), mostOperations: MOST_OPERATIONS }),
});

/** The default executor. */
export const wasmExecutor: Executor = createWasmExecutor({ fma: true });
