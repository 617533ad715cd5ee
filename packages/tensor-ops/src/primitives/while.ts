/**
 * The loop that runs as long as a condition on its carries holds.
 *
 * How often is known only when it has run, so that nothing can be kept of every step: forward differentiation runs a
 * second loop, which carries values and tangents, and reverse differentiation does not exist.
 */
import { isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { planWhile } from '../executors/wasm/fused/while.ts';
import { zerosLike } from '../ir/arithmetic.ts';
import type { Attributes } from '../ir/attributes.ts';
import { isTracing, makeMultiNode, variable, variableLike } from '../ir/build.ts';
import { pairs } from '../ir/graph.ts';
import { interpret } from '../ir/interpret.ts';
import type { Tensor } from '../tensor.ts';
import { allBatched, batchGraph } from '../transform/batch-graph.ts';
import { jvpGraph } from '../transform/jvp-graph.ts';
import { broadcast } from './broadcast.ts';
import { cast } from './cast.ts';
import { elementwise } from './elementwise.ts';
import { addMultiPrimitive } from './index.ts';
import { padBatchedRank } from './matmul.ts';
import type { Interpret, MultiPrimitive } from './primitive.ts';
import { reduce } from './reduce.ts';

type WhileAttributes = Attributes['while'];

/** The final carries; `inputs` are the initial ones, then the invariants. */
export function whileNode(attributes: WhileAttributes, inputs: readonly Tensor[]): Tensor[] {
  if (!isTracing() && inputs.every((i) => i.isConcrete)) return runWhile(attributes, inputs, interpret);
  const { condition, body } = attributes;
  addMultiPrimitive('while', whilePrimitive);
  return makeMultiNode('while', inputs, attributes, [condition, body], body.outputs);
}

function runWhile(
  { carries, condition, body }: WhileAttributes,
  inputs: readonly Tensor[],
  run: Interpret,
): Tensor[] {
  const invariants = inputs.slice(carries);
  let state = inputs.slice(0, carries);
  for (let step = 0; run(condition, [...state, ...invariants], step)[0].item() !== 0; step++) {
    state = run(body, [...state, ...invariants], step);
  }
  return state;
}

/** The next carries and their tangents; carries become active when they depend on an active one. */
function differentiateBody({ body, carries }: WhileAttributes, tangents: readonly (Tensor | null)[]) {
  const active = tangents.map((t, i) => t !== null && isFloat(body.inputs[i].dtype));
  for (;;) {
    const seeds = body.inputs.map((v, i) => (active[i] ? variableLike('tangent', v) : null));
    const seedOf = pairs(body.inputs, seeds);
    const { primals, tangents: next } = jvpGraph(body.outputs, seedOf);
    const grown = next.flatMap((t, i) => (t && !active[i] ? [i] : []));
    if (grown.length === 0) {
      const live = body.outputs.flatMap((o, i) =>
        i < carries && active[i] ? [next[i] ?? zerosLike(o)] : [],
      );
      return { active, seeds, outputs: [...primals, ...live] };
    }
    for (const i of grown) active[i] = true;
  }
}

function jvp(inputs: readonly Tensor[], node: Tensor<'while'>, tangents: readonly (Tensor | null)[]) {
  const { attributes } = node;
  const { condition, body, carries } = attributes;
  const primals = whileNode(attributes, inputs);
  const { active, seeds, outputs } = differentiateBody(attributes, tangents);
  const moving = active.slice(0, carries).filter(Boolean).length;
  if (moving === 0) return { primals, tangents: primals.map(() => null) };
  const arrange = <T>(values: readonly T[], extra: readonly T[]): T[] => [
    ...values.slice(0, carries),
    ...extra.slice(0, moving),
    ...values.slice(carries),
    ...extra.slice(moving),
  ];
  const given = inputs.flatMap((x, i) => (active[i] ? [tangents[i] ?? zerosLike(x)] : []));
  const variables = arrange(
    body.inputs,
    seeds.filter((s) => s !== null),
  );
  const results = whileNode(
    {
      carries: carries + moving,
      condition: { inputs: variables, outputs: condition.outputs },
      body: { inputs: variables, outputs },
    },
    arrange(inputs, given),
  );
  let next = carries;
  return { primals, tangents: primals.map((_, i) => (active[i] ? results[next++] : null)) };
}

/** Whether any example is still running. */
const any = (running: Tensor): Tensor => cast(reduce('sum', cast(running, 'int32'), [0]), 'bool');

/** With a condition for each example the loop runs until all are done; examples that are done keep their state. */
function batch(inputs: readonly Tensor[], node: Tensor<'while'>, batched: readonly boolean[], size: number) {
  const { condition, body, carries } = node.attributes;
  const flags = [...batched];
  for (;;) {
    const variables = body.inputs.map((v, i) =>
      flags[i] ? variable(v.attributes.name, [size, ...v.shape], v.dtype) : v,
    );
    const batchOf = pairs(
      body.inputs,
      variables.map((v, i) => (flags[i] ? v : null)),
    );
    const test = batchGraph(condition.outputs, batchOf, size);
    const next = batchGraph(body.outputs, batchOf, size);
    const [freezes] = test.batched;
    const grown = next.batched.flatMap((b, i) => ((b || freezes) && !flags[i] ? [i] : []));
    if (grown.length > 0) {
      for (const i of grown) flags[i] = true;
      continue;
    }
    const [running] = test.outputs;
    const outputs = allBatched(next, size).map((all, i) => {
      if (!flags[i]) return next.outputs[i];
      return freezes
        ? elementwise('select', [padBatchedRank(running, all.rank - 1), all, variables[i]])
        : all;
    });
    const results = whileNode(
      {
        carries,
        condition: { inputs: variables, outputs: [freezes ? any(running) : running] },
        body: { inputs: variables, outputs },
      },
      inputs.map((x, i) => (flags[i] && !batched[i] ? broadcast(x, [size, ...x.shape]) : x)),
    );
    return { outputs: results, batched: flags.slice(0, carries) };
  }
}

const whilePrimitive: MultiPrimitive<'while'> = {
  rebuild: (inputs, node) => whileNode(node.attributes, inputs),
  evaluate: (inputs, node, run) => runWhile(node.attributes, inputs, run),
  jvp,
  transpose() {
    throw new ArgumentError(
      'whileLoop',
      'mode of differentiation',
      'be forward (jvp), because the number of steps is unknown (fori and scan have gradients)',
      'reverse',
    );
  },
  batch,
  plan: planWhile,
};
