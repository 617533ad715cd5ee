/** Runs a program node by node with the primitives' reference implementations. */
import { present } from '../errors.ts';
import { isMulti, multiPrimitiveOf, primitiveOf } from '../primitives/index.ts';
import type { Interpret } from '../primitives/primitive.ts';
import type { Tensor } from '../tensor.ts';
import type { Program } from './attributes.ts';
import { constant } from './build.ts';
import { escaped, reachable } from './graph.ts';

/** Sees every operation: the node, its operands and its value, and the iterations of the loops around it. */
export type Watcher = (
  node: Tensor,
  operands: readonly Tensor[],
  value: Tensor,
  steps: readonly number[],
) => void;

const orders = new WeakMap<Program, Tensor[]>();

function orderOf(program: Program): Tensor[] {
  let order = orders.get(program);
  if (!order) {
    order = reachable(program.outputs);
    orders.set(program, order);
  }
  return order;
}

function run(
  program: Program,
  inputs: readonly Tensor[],
  watch: Watcher | undefined,
  steps: readonly number[],
): Tensor[] {
  const values = new Map<Tensor, Tensor>(program.inputs.map((v, i) => [v, inputs[i]]));
  const several = new Map<Tensor, Tensor[]>();
  const inner: Interpret = (body, operands, step) =>
    run(body, operands, watch, step === undefined ? steps : [...steps, step]);
  const valueAt = (node: Tensor): Tensor => present(values.get(node), node.op);
  for (const node of orderOf(program)) {
    if (values.has(node)) continue;
    if (isMulti(node.op)) {
      several.set(node, multiPrimitiveOf(node.op).evaluate(node.inputs.map(valueAt), node, inner));
      continue;
    }
    values.set(node, evaluate(node));
    if (watch && !node.is('projection')) watch(node, node.inputs.map(valueAt), valueAt(node), steps);
  }
  return program.outputs.map(valueAt);

  function evaluate(node: Tensor): Tensor {
    if (node.is('constant')) return node;
    if (node.is('variable')) {
      throw escaped(node);
    }
    if (node.is('projection')) return (several.get(node.inputs[0]) as Tensor[])[node.attributes.index];
    const operands = node.inputs.map(valueAt);
    const rules = primitiveOf(node.op);
    if (node.is('broadcast')) return rules.rebuild(operands, node);
    return constant(
      rules.evaluate(operands, node.attributes, node.shape, node.dtype),
      node.shape,
      node.dtype,
    );
  }
}

/** The values of a program's outputs on concrete inputs. */
export const interpret: Interpret = (program, inputs) => run(program, inputs, undefined, []);

/** Like `interpret`, and shows every value to `watch`. */
export const interpretWatched = (program: Program, inputs: readonly Tensor[], watch: Watcher): Tensor[] =>
  run(program, inputs, watch, []);
