/** A function with a pullback of its own, and the linearisation of such a function. */

import { isFloat } from '../dtype.ts';
import { zerosLike } from '../ir/arithmetic.ts';
import type { Attributes, Program } from '../ir/attributes.ts';
import { isZero, makeMultiNode, variableLike } from '../ir/build.ts';
import { apply, dependents, pairs, reachable, substitute } from '../ir/graph.ts';
import type { Tensor } from '../tensor.ts';
import { allBatched, batchGraph } from '../transform/batch-graph.ts';
import { jvpGraph } from '../transform/jvp-graph.ts';
import { transposeGraph } from '../transform/transpose-graph.ts';
import { type MultiPrimitive, notLinear } from './primitive.ts';

/** The outputs of `body`, whose pullback is given; evaluated at once on concrete inputs. */
export function customNode(attributes: Attributes['custom'], inputs: readonly Tensor[]): Tensor[] {
  if (inputs.every((i) => i.isConcrete)) return apply(attributes.body, inputs);
  const { body } = attributes;
  return makeMultiNode(
    'custom',
    inputs,
    attributes,
    [body],
    body.outputs,
    `${pullbackId(attributes.pullback)}`,
  );
}

const pullbackIds = new WeakMap<object, number>();
let nextPullbackId = 0;

/** Functions do not serialise: a number stands for the pullback where nodes are compared. */
function pullbackId(pullback: Attributes['custom']['pullback']): number {
  let id = pullbackIds.get(pullback);
  if (id === undefined) {
    id = nextPullbackId++;
    pullbackIds.set(pullback, id);
  }
  return id;
}

/** The pullback with zeros for missing cotangents, its result checked against the operands. */
function pullBack(
  attributes: Attributes['custom'],
  operands: readonly Tensor[],
  cotangents: readonly (Tensor | null)[],
) {
  const outputs = customNode(attributes, operands);
  return attributes.pullback(
    operands,
    outputs,
    outputs.map((o, i) => cotangents[i] ?? zerosLike(o)),
  );
}

/**
 * The pushforward, as the transpose of the pullback in its cotangents. A pullback that is not linear in the
 * cotangents (a clipped gradient, say) has none: it serves reverse mode only.
 */
function pushForward(
  attributes: Attributes['custom'],
  operands: readonly Tensor[],
  tangents: readonly Tensor[],
): Tensor[] {
  const outputs = customNode(attributes, operands);
  const seeds = outputs.map((o) => variableLike('cotangent', o));
  const back = attributes.pullback(operands, outputs, seeds);
  let forward: (Tensor | null)[];
  try {
    const linear = dependents(reachable(back.filter((b) => b !== null)), seeds);
    if (back.some((b) => b && !linear.has(b) && !isZero(b))) throw notLinear('a constant');
    forward = transposeGraph(back, tangents, seeds);
  } catch (cause) {
    throw new Error(
      'customGradient: forward mode and higher derivatives need a gradient that is linear in the cotangent; this one is not',
      { cause },
    );
  }
  return forward.map((t, i) => t ?? zerosLike(outputs[i]));
}

/** A linearisation: inputs are the operands, then one tangent for each. */
function split(node: Tensor<'customTangent'>, inputs: readonly Tensor[]) {
  const half = inputs.length / 2;
  const custom = node.attributes.custom as Tensor<'custom'>;
  return { attributes: custom.attributes, operands: inputs.slice(0, half), tangents: inputs.slice(half) };
}

/** The outputs of a linearisation, written out. */
export function expandTangent(node: Tensor<'customTangent'>, inputs: readonly Tensor[]): Tensor[] {
  const { attributes, operands, tangents } = split(node, inputs);
  return pushForward(attributes, operands, tangents);
}

/** A linearisation as a program, so that the rules below can treat it like any other graph. */
function expandedProgram(node: Tensor<'customTangent'>): Program {
  const inputs = node.inputs.map((i) => variableLike('operand', i));
  return { inputs, outputs: expandTangent(node, inputs) };
}

export const customPrimitive: MultiPrimitive<'custom'> = {
  rebuild: (inputs, node) => customNode(node.attributes, inputs),
  evaluate: (inputs, node, run) => run(node.attributes.body, inputs),
  jvp(inputs, node, tangents) {
    const primals = customNode(node.attributes, inputs);
    if (tangents.every((t) => t === null)) return { primals, tangents: primals.map(() => null) };
    const given = inputs.map((x, i) => tangents[i] ?? zerosLike(x));
    const outs = makeMultiNode(
      'customTangent',
      [...inputs, ...given],
      { custom: node },
      [],
      primals,
      `${node.id}`,
    );
    return { primals, tangents: outs.map((t) => (isFloat(t.dtype) ? t : null)) };
  },
  // On the way from cotangents to a gradient, such as the solution of a linear system: the pullback of a linear
  // function is its transpose. It is linear where the pullback does not read the operand: a constant Jacobian.
  transpose(node, cotangents, linear) {
    const back = pullBack(node.attributes, node.inputs, cotangents).map((b, i) => (linear[i] ? b : null));
    const found = back.filter((b) => b !== null);
    const moving = dependents(
      reachable(found),
      node.inputs.filter((_, i) => linear[i]),
    );
    if (found.some((b) => moving.has(b))) throw notLinear('a function with a custom gradient');
    return back;
  },
  batch(inputs, node, batched, size) {
    const { body, pullback } = node.attributes;
    const all = allBatched({ outputs: [...inputs], batched: [...batched] }, size);
    const variables = all.map((x) => variableLike('operand', x));
    const batchOf = new Map(body.inputs.map((v, i) => [v as Tensor, variables[i] as Tensor]));
    const outputs = allBatched(batchGraph(body.outputs, batchOf, size), size);
    const inBatch: typeof pullback = (operands, results, cotangents) => {
      const each = [...operands, ...results, ...cotangents].map((x) => ({
        whole: x,
        example: variableLike('example', { shape: x.shape.slice(1), dtype: x.dtype }),
      }));
      const [n, m] = [operands.length, results.length];
      const examples = each.map((e) => e.example);
      const back = pullback(examples.slice(0, n), examples.slice(n, n + m), examples.slice(n + m));
      const live = back.map((c, i) => c ?? zerosLike(examples[i]));
      return allBatched(
        batchGraph(live, new Map(each.map((e) => [e.example as Tensor, e.whole])), size),
        size,
      );
    };
    const results = customNode({ body: { inputs: variables, outputs }, pullback: inBatch }, all);
    return { outputs: results, batched: results.map(() => true) };
  },
};

export const customTangentPrimitive: MultiPrimitive<'customTangent'> = {
  rebuild: (inputs, node) =>
    makeMultiNode(
      'customTangent',
      inputs,
      node.attributes,
      [],
      outputsOf(node),
      `${node.attributes.custom.id}`,
    ),
  evaluate: (inputs, node, run) => run(expandedProgram(node), inputs),
  jvp(inputs, node, tangents) {
    const { inputs: variables, outputs } = expandedProgram(node);
    const seeds = variables.map((v, i) => (tangents[i] ? variableLike('tangent', v) : null));
    const seedOf = pairs<Tensor, Tensor>(variables, seeds);
    const out = jvpGraph(outputs, seedOf);
    const values = new Map<Tensor, Tensor>(variables.map((v, i) => [v, inputs[i]]));
    seeds.forEach((s, i) => {
      if (s) values.set(s, tangents[i] as Tensor);
    });
    return {
      primals: substitute(out.primals, values),
      tangents: out.tangents.map((t) => t && substitute([t], values)[0]),
    };
  },
  transpose(node, cotangents) {
    const { attributes, operands } = split(node, node.inputs);
    const back = pullBack(attributes, operands, cotangents);
    return [...operands.map(() => null), ...operands.map((o, i) => (isFloat(o.dtype) ? back[i] : null))];
  },
  batch(inputs, node, batched, size) {
    const { inputs: variables, outputs } = expandedProgram(node);
    const batchOf = pairs<Tensor, Tensor>(
      variables,
      inputs.map((x, i) => (batched[i] ? x : null)),
    );
    const fixed = pairs<Tensor, Tensor>(
      variables,
      inputs.map((x, i) => (batched[i] ? null : x)),
    );
    return batchGraph(substitute(outputs, fixed), batchOf, size);
  },
};

/** What the outputs of a linearisation look like: those of the function. */
const outputsOf = (node: Tensor<'customTangent'>) =>
  (node.attributes.custom as Tensor<'custom'>).attributes.body.outputs;
