/** Compiles a program: chooses the schedules, places inputs and outputs, instantiates the module. */
import { type TypedArray, viewOn } from '../../dtype.ts';
import { ArgumentError } from '../../errors.ts';
import type { Program } from '../../ir/attributes.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import type { CompileReport, Executable } from '../executor.ts';
import { BYTES } from './access.ts';
import type { FunctionBuilder } from './encoder.ts';
import { compileGroups } from './fused/compile.ts';
import { Generator, type ThreadOptions } from './generator.ts';
import { tryKernel } from './kernel.ts';
import { whySlower, whyTooLarge } from './scalar-size.ts';

const viewMemory = (buffer: ArrayBuffer, { shape, dtype }: Tensor, address: number): TypedArray =>
  viewOn(buffer, dtype, address, sizeOf(shape));

/** Generates the code of a program: by schedule S1 where it is small and better so, by schedule S2 otherwise. */
function generate(
  g: Generator,
  program: Program,
  inputs: readonly number[],
  outputs: readonly number[],
  scalarFirst: boolean,
): { run: FunctionBuilder; parts: CompileReport['parts'] } {
  const reason = whyTooLarge(program, g.mostOperations) ?? (scalarFirst ? undefined : whySlower(program));
  const kernel = reason ?? tryKernel(g, program, inputs, outputs);
  if (typeof kernel !== 'string') return { run: kernel.run, parts: [kernel.report] };
  return compileGroups(g, program, inputs, outputs, kernel);
}

/** Programs (or loops) with more scalar operations are left to schedule S2. */
export const MOST_OPERATIONS = 60_000;

export interface CompileOptions {
  /** Whether products and sums may be fused. */
  readonly fma: boolean;
  /** The largest S1 kernel. */
  readonly mostOperations: number;
  /** Takes schedule S1 wherever it fits, also where it is likely to be slower. */
  readonly scalarFirst?: boolean;
  /** One thread, if absent. */
  readonly threads?: ThreadOptions;
}

/** Compiles a program. */
export function compileProgram(program: Program, options: CompileOptions): Executable {
  const g = new Generator(options.fma, options.mostOperations, options.threads);
  const allocate = ({ shape, dtype }: Tensor): number => g.memory.allocate(sizeOf(shape) * BYTES[dtype]);
  // Inputs and constants that are outputs as they are, and outputs that come twice, need no code.
  const variables = new Set<Tensor>(program.inputs);
  const computed = [...new Set(program.outputs)].filter((o) => !o.isConcrete && !variables.has(o));
  const inputs = program.inputs.map(allocate);
  const outputs = computed.map(allocate);
  const { run, parts } = generate(
    g,
    { inputs: program.inputs, outputs: computed },
    inputs,
    outputs,
    options.scalarFirst ?? false,
  );
  g.module.export('run', run);
  const { exports, buffer, codeBytes } = g.instantiate();
  const execute = exports.run as () => void;
  const sources = program.inputs.map((variable, i) => viewMemory(buffer, variable, inputs[i]));
  const places = new Map<Tensor, TypedArray>(program.inputs.map((variable, i) => [variable, sources[i]]));
  computed.forEach((output, i) => {
    places.set(output, viewMemory(buffer, output, outputs[i]));
  });
  const results = program.outputs.map((output) => places.get(output) ?? output.data);
  /** What the inputs' memory holds. */
  const copied: (TypedArray | undefined)[] = [];
  return {
    run(values) {
      sources.forEach((source, i) => {
        if (values[i] === copied[i]) return;
        if (values[i]?.length !== source.length) {
          const expected = `have ${source.length} elements for input ${i}`;
          throw new ArgumentError('wasm executor', 'inputs', expected, `${values[i]?.length}`);
        }
        source.set(values[i]);
        copied[i] = values[i];
      });
      execute();
      return results.map((result) => result.slice());
    },
    report: { executor: 'wasm', parts, memoryBytes: g.memory.bytes, codeBytes },
  };
}
