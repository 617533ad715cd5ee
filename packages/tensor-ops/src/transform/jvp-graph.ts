/** Forward differentiation of a graph. */
import { isFloat } from '../dtype.ts';
import { dependents, type Rewritten, reachable, rewrittenOutputs, rewrittenTensor } from '../ir/graph.ts';
import { inheritingSource } from '../ir/source.ts';
import { isMulti, multiPrimitiveOf, primitiveOf } from '../primitives/index.ts';
import type { Tensor } from '../tensor.ts';

/** A tangent, or null where it is zero. */
export type Tangent = Tensor | null;

/**
 * Primal outputs and tangents for tangents of some variables.
 *
 * The primal outputs equal the given outputs; they are other nodes where a loop had to keep residuals for its
 * tangent loop. The tangents are linear in the given tangents.
 */
export function jvpGraph(
  outputs: readonly Tensor[],
  tangentsOf: ReadonlyMap<Tensor, Tensor>,
): { primals: Tensor[]; tangents: Tangent[] } {
  const order = reachable(outputs);
  const active = dependents(order, tangentsOf.keys());
  const primal: Rewritten = new Map();
  const tangent = new Map<Tensor, Tangent>(tangentsOf);
  const multi = new Map<Tensor, readonly Tangent[]>();
  for (const node of order) {
    if (!active.has(node) || tangent.has(node)) continue;
    inheritingSource(node.source, () => {
      if (node.is('projection')) {
        const { index } = node.attributes;
        primal.set(node, rewrittenOutputs(primal, node.inputs[0])[index]);
        tangent.set(node, multi.get(node.inputs[0])?.[index] ?? null);
        return;
      }
      const inputs = node.inputs.map((i) => rewrittenTensor(primal, i));
      const tangents = node.inputs.map((i) => tangent.get(i) ?? null);
      if (isMulti(node.op)) {
        const out = multiPrimitiveOf(node.op).jvp(inputs, node, tangents);
        primal.set(node, out.primals);
        multi.set(node, out.tangents);
        return;
      }
      const rules = primitiveOf(node.op);
      const same = inputs.every((x, i) => x === node.inputs[i]);
      const now = same ? node : rules.rebuild(inputs, node);
      primal.set(node, now);
      const live = isFloat(node.dtype) && tangents.some((t) => t !== null);
      tangent.set(node, live ? tangentOf(now, node, inputs, tangents) : null);
    });
  }
  return {
    primals: outputs.map((o) => rewrittenTensor(primal, o)),
    tangents: outputs.map((o) => tangent.get(o) ?? null),
  };
}

/** The rule reads the node on its primal inputs; where rebuilding simplified it away, the old node with new inputs. */
function tangentOf(
  now: Tensor,
  node: Tensor,
  inputs: readonly Tensor[],
  tangents: readonly Tangent[],
): Tangent {
  const kept =
    now.op === node.op && now.inputs.length === inputs.length && now.inputs.every((x, i) => x === inputs[i]);
  return primitiveOf(node.op).jvp(kept ? now : node, tangents);
}
