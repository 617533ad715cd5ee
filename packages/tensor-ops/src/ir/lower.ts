/** Prepares a program for an executor: expands what only transformations need and drops what nobody reads. */
import { condNode } from '../primitives/cond.ts';
import { expandTangent } from '../primitives/custom.ts';
import { primitiveOf } from '../primitives/index.ts';
import { loop } from '../primitives/loop.ts';
import type { Tensor } from '../tensor.ts';
import type { Program } from './attributes.ts';
import { makeMultiNode } from './build.ts';
import { apply, type Rewritten, reachable, rewrittenOutputs, rewrittenTensor } from './graph.ts';

/** The program without stopGradient, custom and customTangent nodes and without unused loop outputs and carries. */
export function lower(program: Program): Program {
  return { inputs: program.inputs, outputs: lowerOutputs(program.outputs) };
}

function lowerOutputs(outputs: readonly Tensor[]): Tensor[] {
  const order = reachable(outputs);
  const used = usedOutputs(order);
  const map: Rewritten = new Map();
  for (const node of order) {
    if (node.inputs.length === 0) continue;
    if (node.is('projection')) {
      map.set(node, rewrittenOutputs(map, node.inputs[0])[node.attributes.index]);
      continue;
    }
    const inputs = node.inputs.map((i) => rewrittenTensor(map, i));
    if (node.is('stopGradient')) map.set(node, inputs[0]);
    else if (node.is('custom')) map.set(node, lowerOutputs(apply(node.attributes.body, inputs)));
    else if (node.is('customTangent')) map.set(node, lowerOutputs(expandTangent(node, inputs)));
    else if (node.is('loop')) map.set(node, lowerLoop(node, inputs, used.get(node) ?? new Set()));
    else if (node.is('while')) map.set(node, lowerWhile(node, inputs));
    else if (node.is('cond')) {
      map.set(node, condNode(lower(node.attributes.whenTrue), lower(node.attributes.whenFalse), inputs));
    } else map.set(node, primitiveOf(node.op).rebuild(inputs, node));
  }
  return outputs.map((o) => rewrittenTensor(map, o));
}

/** For each multi-output node, the outputs that somebody reads. */
function usedOutputs(order: readonly Tensor[]): Map<Tensor, Set<number>> {
  const used = new Map<Tensor, Set<number>>();
  for (const node of order) {
    if (!node.is('projection')) continue;
    const set = used.get(node.inputs[0]) ?? new Set();
    used.set(node.inputs[0], set.add(node.attributes.index));
  }
  return used;
}

function lowerWhile({ attributes }: Tensor<'while'>, inputs: readonly Tensor[]): Tensor[] {
  const [condition, body] = [lower(attributes.condition), lower(attributes.body)];
  const lowered = { ...attributes, condition, body };
  return makeMultiNode('while', inputs, lowered, [condition, body], body.outputs);
}

/** A loop with only the carries and outputs that matter; unread outputs keep their place in the result. */
function lowerLoop(
  node: Tensor<'loop'>,
  inputs: readonly Tensor[],
  used: ReadonlySet<number>,
): readonly Tensor[] {
  const { carries, scanned, body } = node.attributes;
  const bodyOutputs = lowerOutputs(body.outputs);
  const kept = new Set(used);
  let needed = new Set<Tensor>();
  // A carry that is read within the body for the sake of a kept output is kept too.
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    needed = new Set(reachable(bodyOutputs.filter((_, i) => kept.has(i))));
    body.inputs.slice(0, carries).forEach((v, i) => {
      if (needed.has(v)) kept.add(i);
    });
  }
  const keptOutputs = bodyOutputs.map((_, i) => i).filter((i) => kept.has(i));
  const keptInputs = body.inputs
    .map((_, i) => i)
    .filter((i) => (i < carries ? kept.has(i) : needed.has(body.inputs[i])));
  const results = loop(
    {
      ...node.attributes,
      carries: keptOutputs.filter((i) => i < carries).length,
      scanned: keptInputs.filter((i) => i >= carries && i < carries + scanned).length,
      body: {
        inputs: keptInputs.map((i) => body.inputs[i]),
        outputs: keptOutputs.map((i) => bodyOutputs[i]),
      },
    },
    keptInputs.map((i) => inputs[i]),
  );
  const out: Tensor[] = [];
  keptOutputs.forEach((i, k) => {
    out[i] = results[k];
  });
  return out;
}
