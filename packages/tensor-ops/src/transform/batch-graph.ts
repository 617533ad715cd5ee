/** Vectorisation of a graph over a new leading axis. */
import { dependents, type Rewritten, reachable, rewrittenOutputs, rewrittenTensor } from '../ir/graph.ts';
import { inheritingSource } from '../ir/source.ts';
import { broadcast } from '../primitives/broadcast.ts';
import { isMulti, multiPrimitiveOf, primitiveOf } from '../primitives/index.ts';
import type { Tensor } from '../tensor.ts';

/** Outputs of a graph, each with a flag whether it has the leading batch axis. */
export interface Batched {
  readonly outputs: Tensor[];
  readonly batched: boolean[];
}

/** The outputs for a whole batch, given batched tensors (leading axis `size`) in place of some variables. */
export function batchGraph(
  outputs: readonly Tensor[],
  batchOf: ReadonlyMap<Tensor, Tensor>,
  size: number,
): Batched {
  const order = reachable(outputs);
  const active = dependents(order, batchOf.keys());
  const map: Rewritten = new Map(batchOf);
  const flags = new Map<Tensor, boolean>();
  const multiFlags = new Map<Tensor, readonly boolean[]>();
  for (const v of batchOf.keys()) flags.set(v, true);
  for (const node of order) {
    if (!active.has(node) || map.has(node)) continue;
    inheritingSource(node.source, () => {
      if (node.is('projection')) {
        const { index } = node.attributes;
        map.set(node, rewrittenOutputs(map, node.inputs[0])[index]);
        flags.set(node, multiFlags.get(node.inputs[0])?.[index] ?? false);
        return;
      }
      const inputs = node.inputs.map((i) => rewrittenTensor(map, i));
      const batched = node.inputs.map((i) => flags.get(i) ?? false);
      if (isMulti(node.op)) {
        const out = multiPrimitiveOf(node.op).batch(inputs, node, batched, size);
        map.set(node, out.outputs);
        multiFlags.set(node, out.batched);
        return;
      }
      const any = batched.some(Boolean);
      const rules = primitiveOf(node.op);
      map.set(node, any ? rules.batch(inputs, node, batched, size) : rules.rebuild(inputs, node));
      flags.set(node, any);
    });
  }
  return {
    outputs: outputs.map((o) => rewrittenTensor(map, o)),
    batched: outputs.map((o) => flags.get(o) ?? false),
  };
}

/** The outputs with the batch axis on every one of them (repeated where the value does not depend on the example). */
export const allBatched = ({ outputs, batched }: Batched, size: number): Tensor[] =>
  outputs.map((o, i) => (batched[i] ? o : broadcast(o, [size, ...o.shape])));
