/** Writes programs node by node. */
import { allocate } from '../dtype.ts';
import type { Op, Program } from '../ir/attributes.ts';
import { constant } from '../ir/build.ts';
import { reachable } from '../ir/graph.ts';
import { isMulti, primitiveOf } from '../primitives/index.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { GraphBuilder, type Value } from './builder.ts';
import { LOWERINGS } from './lowerings/index.ts';
import { type Lowering, type Lowerings, type MultiLowering, unsupported } from './lowerings/lowering.ts';
import type { Graph } from './model.ts';

/** The graph of a lowered program. */
export function graphOf(
  program: Program,
  inputNames: readonly string[],
  outputNames: readonly string[],
  lowerings: Lowerings = LOWERINGS,
): Graph {
  const named = (names: readonly string[], values: readonly Tensor[]) =>
    values.map(({ dtype, shape }, i) => ({ name: names[i], type: dtype, shape }));
  return GraphBuilder.model(
    'descant',
    named(inputNames, program.inputs),
    named(outputNames, program.outputs),
    (g, inputs) => lowerProgram(g, program, inputs, lowerings),
  );
}

/** Writes the nodes of a program and returns what stands for its outputs. */
function lowerProgram(
  g: GraphBuilder,
  program: Program,
  inputs: readonly Value[],
  lowerings: Lowerings,
): Value[] {
  const values = new Map<Tensor, Value>(program.inputs.map((v, i) => [v, inputs[i]]));
  const several = new Map<Tensor, readonly Value[]>();
  const find = (node: Tensor): Value => {
    const value = values.get(node);
    if (value === undefined) throw new Error(`internal: ${node.op} has no value in the ONNX graph`);
    return value;
  };
  for (const node of reachable(program.outputs)) {
    if (values.has(node)) continue;
    if (isMulti(node.op)) {
      const lowering = lowerings.multi[node.op] as MultiLowering<Op> | undefined;
      if (!lowering) throw unsupported(node.op, 'it has no lowering');
      several.set(
        node,
        lowering(g, node, node.inputs.map(find), (inner, body, operands) =>
          lowerProgram(inner, body, operands, lowerings),
        ),
      );
    } else if (node.is('projection')) {
      values.set(node, (several.get(node.inputs[0]) as readonly Value[])[node.attributes.index]);
    } else {
      values.set(node, lowerSingle(g, node, node.inputs.map(find), lowerings));
    }
  }
  return program.outputs.map(find);
}

function lowerSingle(g: GraphBuilder, node: Tensor, inputs: readonly Value[], lowerings: Lowerings): Value {
  if (node.is('constant')) return g.constant(node.attributes.data, node.shape, node.dtype);
  if (node.size === 0) return g.constant(allocate(node.dtype, 0), node.shape, node.dtype);
  if (node.inputs.some((x) => x.size === 0)) return g.constant(withoutElements(node), node.shape, node.dtype);
  const lowering = lowerings.single[node.op as keyof Lowerings['single']] as Lowering<Op> | undefined;
  if (!lowering) throw unsupported(node.op, 'it has no lowering');
  return lowering(g, node, inputs);
}

/** What a primitive makes of an empty operand depends on no other value, so that it is known now. */
function withoutElements(node: Tensor) {
  const zeros = node.inputs.map((x) => constant(allocate(x.dtype, sizeOf(x.shape)), x.shape, x.dtype));
  return primitiveOf(node.op).evaluate(zeros, node.attributes, node.shape, node.dtype);
}
