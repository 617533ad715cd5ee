/** Runs a program node by node on TensorFlow.js; values leave the device's memory after their last reader. */
import type { Op, Program } from '../../ir/attributes.ts';
import { isMulti } from '../../primitives/index.ts';
import type { Tensor } from '../../tensor.ts';
import { type Constants, isFixed } from './constants.ts';
import { LOWERINGS } from './lowerings/index.ts';
import type { Lowering, Lowerings, MultiLowering } from './lowerings/lowering.ts';
import { planOf } from './plan.ts';
import type { Handle, Runtime } from './runtime.ts';

/** The outputs of a program, each a handle of its own. */
export function runProgram(
  r: Runtime,
  program: Program,
  inputs: readonly Handle[],
  constants: Constants,
): Handle[] {
  const values = new Map<Tensor, Handle>(program.inputs.map((v, i) => [v, inputs[i]]));
  const several = new Map<Tensor, readonly Handle[]>();
  const find = (node: Tensor): Handle => values.get(node) ?? constants.get(node);
  const runBody = (body: Program, operands: readonly Handle[]) => runProgram(r, body, operands, constants);
  const runStep = (node: Tensor): void => {
    if (isMulti(node.op)) {
      const lowering = LOWERINGS.multi[node.op] as MultiLowering<Op>;
      several.set(node, lowering(r, node, node.inputs.map(find), runBody));
    } else if (node.is('projection')) {
      values.set(node, (several.get(node.inputs[0]) as readonly Handle[])[node.attributes.index]);
    } else if (!isFixed(node)) {
      values.set(node, compute(r, node, node.inputs.map(find)));
    }
  };
  return r.tf.tidy(() => {
    for (const { node, dying } of planOf(program).steps) {
      runStep(node);
      for (const value of dying) {
        values.get(value)?.dispose();
        values.delete(value);
      }
    }
    return program.outputs.map((output) => r.tf.clone(find(output)));
  });
}

/** One operation; a lowering may give back its operand, which then gets a second handle. */
function compute(r: Runtime, node: Tensor, inputs: readonly Handle[]): Handle {
  const lowering = LOWERINGS.single[node.op as keyof Lowerings['single']] as Lowering<Op>;
  return r.tf.tidy(() => {
    const result = lowering(r, node, inputs);
    return inputs.includes(result) ? r.tf.clone(result) : result;
  });
}
