/** What an executor offers: it turns a program of the IR into something that runs on typed arrays. */
import type { TypedArray } from '../dtype.ts';
import type { Program } from '../ir/attributes.ts';
import type { Tensor } from '../tensor.ts';

/** How a program was compiled; `explain` prints it. */
export interface CompileReport {
  readonly executor: string;
  /** One entry for each compiled part, e.g. `{ schedule: 'S1', lanes: 4, batch: 128, operations: 2311 }`. */
  readonly parts: readonly Readonly<Record<string, string | number | boolean>>[];
  /** Bytes of working memory, and of generated code where there is any. */
  readonly memoryBytes: number;
  readonly codeBytes: number;
}

/**
 * A compiled program: inputs and outputs are row-major, in the order and with the dtypes of the program. Inputs are
 * the data of tensors, which never change: those of the last call need not be copied again.
 */
export interface Executable {
  run(inputs: readonly TypedArray[]): TypedArray[];
  /** What `jit` calls instead, where there is memory other than JavaScript's: results may stay there until read. */
  runTensors?(inputs: readonly Tensor[]): Tensor[];
  readonly report: CompileReport;
}

export interface Executor {
  readonly name: string;
  /** What it compiles for at the moment; programs compiled for something else are compiled again. */
  settings?(): number;
  /** The program is lowered: no stopGradient, custom or customTangent nodes; shapes and dtypes are static. */
  compile(program: Program): Executable;
}
