/** Which programs TensorFlow.js can run; what it cannot is an error when the program is compiled. */
import { ArgumentError } from '../../errors.ts';
import type { Program } from '../../ir/attributes.ts';
import { reachable } from '../../ir/graph.ts';
import { isMulti } from '../../primitives/index.ts';
import type { Tensor } from '../../tensor.ts';
import { isLowered } from './lowerings/elementwise.ts';
import { LOWERINGS } from './lowerings/index.ts';
import type { TensorflowBackend } from './runtime.ts';

const ALTERNATIVES = {
  float64: 'cast to float32, or use wasmExecutor',
  uint32: 'use int32, draw random numbers outside of this function and pass them in, or use wasmExecutor',
  backend: 'use another backend, or wasmExecutor',
  operation: 'draw random numbers outside of this function and pass them in, or use wasmExecutor',
} as const;

const nameOf = (node: Tensor): string => {
  if (node.is('elementwise')) return node.attributes.fn;
  return node.is('variable') ? 'an argument' : node.op;
};

/** Whether there is code for the node; leaves and projections need none. */
function hasLowering(node: Tensor): boolean {
  if (node.is('elementwise')) return isLowered(node.attributes.fn);
  if (node.is('variable') || node.is('constant') || node.is('projection')) return true;
  return node.op in (isMulti(node.op) ? LOWERINGS.multi : LOWERINGS.single);
}

function bodiesOf(node: Tensor): readonly Program[] {
  if (node.is('loop')) return [node.attributes.body];
  if (node.is('while')) return [node.attributes.condition, node.attributes.body];
  return node.is('cond') ? [node.attributes.whenTrue, node.attributes.whenFalse] : [];
}

/** Every node, those of bodies before the node that they belong to, arguments and constants last. */
function allNodes({ inputs, outputs }: Program): Tensor[] {
  const order = reachable(outputs).flatMap((node) => [...bodiesOf(node).flatMap(allNodes), node]);
  const isLeaf = (node: Tensor) => node.inputs.length === 0;
  return [...order.filter((node) => !isLeaf(node)), ...order.filter(isLeaf), ...inputs];
}

/** Throws unless every operation of the program, those of its bodies included, can run. */
export function checkSupported(executor: string, backend: TensorflowBackend, program: Program): void {
  const refuse = (need: string, alternative: keyof typeof ALTERNATIVES, found: string): never => {
    throw new ArgumentError(`executor ${executor}`, 'fn', `${need} (${ALTERNATIVES[alternative]})`, found);
  };
  const nodes = allNodes(program);
  const missing = nodes.find((node) => !hasLowering(node));
  if (missing) refuse('use operations that TensorFlow.js has', 'operation', nameOf(missing));
  if (backend === 'webgpu' && nodes.some((node) => node.is('while'))) {
    refuse('run without waiting for values, as webgpu must', 'backend', 'whileLoop');
  }
  for (const node of nodes) {
    for (const operand of [node, ...node.inputs]) {
      const { dtype } = operand;
      // Nodes with several outputs have no dtype of their own; those of the outputs are the projections'.
      if (isMulti(operand.op) || (dtype !== 'float64' && dtype !== 'uint32')) continue;
      const found = `${dtype} in ${nameOf(node)}`;
      refuse('compute in float32, int32 and bool, the types of TensorFlow.js', dtype, found);
    }
  }
}
