/** The ways to run a function that every test of behaviour goes through. */

import { type Executor, jit, jsExecutor, wasmExecutor } from '@descant/tensor-ops';
import { compileProgram } from '../../src/executors/wasm/compile.ts';
import { hasRelaxedSimd } from '../../src/executors/wasm/generator.ts';

/** The wasm executor's schedule for larger programs, on small ones too. */
const wasmFused: Executor = {
  name: 'wasm, schedule S2',
  compile: (program) => compileProgram(program, { fma: hasRelaxedSimd(), mostOperations: 0 }),
};

/** Every executor that the conformance table runs on. */
export const EXECUTORS: readonly Executor[] = [jsExecutor, wasmExecutor, wasmFused];

export interface Mode {
  readonly name: string;
  /** The function itself, or compiled. */
  readonly run: <A extends readonly unknown[], Y>(fn: (...args: A) => Y) => (...args: A) => Y;
}

export const EAGER: Mode = { name: 'without jit', run: (fn) => fn };

export const COMPILED: readonly Mode[] = EXECUTORS.map((executor) => ({
  name: `executor ${executor.name}`,
  run: (fn) => jit(fn, { executor }),
}));

export const MODES: readonly Mode[] = [EAGER, ...COMPILED];
