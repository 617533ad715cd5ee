/** Transposition of a linear graph: from cotangents of its outputs to cotangents of its linear variables. */
import { addMaybe } from '../ir/arithmetic.ts';
import { dependents, reachable } from '../ir/graph.ts';
import { inheritingSource } from '../ir/source.ts';
import { isMulti, multiPrimitiveOf, primitiveOf } from '../primitives/index.ts';
import type { Tensor } from '../tensor.ts';

/** Cotangents of `variables` (null: zero), given those of the outputs, which must be linear in the variables. */
export function transposeGraph(
  outputs: readonly (Tensor | null)[],
  cotangents: readonly (Tensor | null)[],
  variables: readonly Tensor[],
): (Tensor | null)[] {
  const live = outputs.filter((o) => o !== null);
  const order = reachable(live);
  const linear = dependents(order, variables);
  const cotangent = new Map<Tensor, Tensor | null>();
  const multi = new Map<Tensor, (Tensor | null)[]>();
  const accumulate = (node: Tensor, c: Tensor | null) =>
    cotangent.set(node, addMaybe(cotangent.get(node) ?? null, c));
  outputs.forEach((o, i) => {
    if (o && linear.has(o)) accumulate(o, cotangents[i]);
  });
  const roots = new Set(variables);
  for (const node of order.reverse()) {
    if (!linear.has(node) || roots.has(node)) continue;
    inheritingSource(node.source, () => {
      const contributions = contributionsOf(node);
      contributions?.forEach((c, i) => {
        if (c && linear.has(node.inputs[i])) accumulate(node.inputs[i], c);
      });
    });
  }
  return variables.map((v) => cotangent.get(v) ?? null);

  function contributionsOf(node: Tensor): (Tensor | null)[] | undefined {
    const flags = node.inputs.map((i) => linear.has(i));
    if (isMulti(node.op)) {
      const outs = multi.get(node);
      return outs && multiPrimitiveOf(node.op).transpose(node, outs, flags);
    }
    const c = cotangent.get(node);
    if (!c) return undefined;
    if (node.is('projection')) {
      const parent = node.inputs[0];
      const outs = multi.get(parent) ?? [];
      outs[node.attributes.index] = c;
      multi.set(parent, outs);
      return undefined;
    }
    return primitiveOf(node.op).transpose(node, c, flags);
  }
}
