/** The default executor: programs become WebAssembly with SIMD, whole loops included. */
import type { Executor } from '../executor.ts';
import { compileProgram, MOST_OPERATIONS } from './compile.ts';
import { hasRelaxedSimd } from './generator.ts';
import { threadCount } from './threads/current.ts';
import { LEAST_NANOSECONDS } from './threads/fork.ts';

/** Options of `createWasmExecutor`. */
export interface WasmOptions {
  /**
   * Whether a product and a sum may be one operation with one rounding (relaxed SIMD), where the runtime has it.
   * Without it, programs of + - * / and sqrt give the same bits on every machine.
   */
  readonly fma: boolean;
}

/**
 * Makes a WebAssembly executor, with or without fused multiply-add.
 *
 * Small programs become straight-line scalar code with one SIMD lane for each example of the batch (schedule S1 in
 * the report), with their loops; larger ones a sequence of loop nests, in which small loops are still scalar code.
 * Both branches of a `cond` run in scalar code, and one is selected. Differs from the js executor in rounding:
 * float32 is rounded after every operation, long sums are added in pairs, a quotient by a matrix entry is a product
 * with its reciprocal in `solve`, and exp, expm1, log, log1p, sigmoid, softplus and tanh are off by up to 3 units in
 * the last place.
 *
 * Throws an `ArgumentError` for inputs of the wrong length and for programs that need more than 4 GiB.
 *
 * @example
 * ```ts
 * import { createWasmExecutor, jit, mul, tensor, type Tensor } from '@descant/tensor-ops';
 * const executor = createWasmExecutor({ fma: false });
 * jit((x: Tensor) => mul(x, x), { executor })(tensor([2, 3])).toArray(); // => [4, 9]
 * ```
 */
export const createWasmExecutor = ({ fma }: WasmOptions): Executor => ({
  name: fma ? 'wasm' : 'wasm without fma',
  settings: threadCount,
  compile: (program) =>
    compileProgram(program, {
      fma: fma && hasRelaxedSimd(),
      mostOperations: MOST_OPERATIONS,
      threads: { count: threadCount(), leastNanoseconds: LEAST_NANOSECONDS },
    }),
});

/**
 * The default executor: WebAssembly with SIMD, and with fused multiply-add where the runtime has it.
 *
 * @example
 * ```ts
 * import { jit, mul, tensor, type Tensor, wasmExecutor } from '@descant/tensor-ops';
 * jit((x: Tensor) => mul(x, x), { executor: wasmExecutor })(tensor([2, 3])).toArray(); // => [4, 9]
 * ```
 */
export const wasmExecutor: Executor = createWasmExecutor({ fma: true });
