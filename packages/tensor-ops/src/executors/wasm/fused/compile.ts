/** Compiles a whole program by schedule S2. */
import type { Program } from '../../../ir/attributes.ts';
import type { Tensor } from '../../../tensor.ts';
import type { CompileReport } from '../../executor.ts';
import type { FunctionBuilder } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { emitPlan } from './emit.ts';
import { byteSize, contiguous, fixedArea, type Place } from './place.ts';
import { Planner } from './planner.ts';
import { describePlan } from './report.ts';

/**
 * The function that runs the program with inputs and outputs at the given addresses, and what it consists of;
 * `reason` says why it is not scalar code.
 */
export function compileGroups(
  g: Generator,
  program: Program,
  inputs: readonly number[],
  outputs: readonly number[],
  reason: string,
): { readonly run: FunctionBuilder; readonly parts: CompileReport['parts'] } {
  const fixed = ({ shape, dtype }: Tensor, address: number): Place =>
    contiguous(fixedArea(address, byteSize(shape, dtype)), shape, dtype);
  const kernels: Readonly<Record<string, string | number | boolean>>[] = [];
  const constant = (node: Tensor<'constant'>): Place => fixed(node, g.memory.place(node.attributes.data));
  const plan = new Planner({ g, constant, kernels }, 0).plan(
    program,
    program.inputs.map((variable, i) => fixed(variable, inputs[i])),
    program.outputs.map((output, i) => fixed(output, outputs[i])),
  );
  const run = emitPlan(g, plan, g.memory.allocate(plan.bytes), 0);
  return { run, parts: [...describePlan(plan, reason, g.threads.count), ...kernels] };
}
