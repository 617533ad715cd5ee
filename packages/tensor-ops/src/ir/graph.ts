/** Walks over expression graphs: order, dependence, substitution, closing over outer values. */
import { present, showShape, TracedValueError } from '../errors.ts';
import { isMulti, multiPrimitiveOf, primitiveOf } from '../primitives/index.ts';
import { Tensor } from '../tensor.ts';
import type { Program } from './attributes.ts';
import { variableLike } from './build.ts';
import { inheritingSource } from './source.ts';

/** All nodes that the outputs need, inputs before users. */
export function reachable(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Set<Tensor>(outputs);
  const stack = [...seen];
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const input of node.inputs) {
      if (seen.has(input)) continue;
      seen.add(input);
      stack.push(input);
    }
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The error of using a variable outside of the transformation that made it. */
export const escaped = (node: Tensor<'variable'>): TracedValueError =>
  new TracedValueError(
    node.attributes.name,
    `a ${node.dtype} tensor of shape ${showShape(node.shape)} that outlived its transformation`,
  );

/** A map from each key to its value, where there is one. */
export const pairs = <K, V>(keys: readonly K[], values: readonly (V | null | undefined)[]): Map<K, V> =>
  new Map(keys.flatMap((key, i) => (values[i] ? [[key, values[i]] as const] : [])));

/** The nodes among `order` that depend on one of `roots`, the roots included. */
export function dependents(order: readonly Tensor[], roots: Iterable<Tensor>): Set<Tensor> {
  const found = new Set<Tensor>(roots);
  for (const node of order) if (node.inputs.some((i) => found.has(i))) found.add(node);
  return found;
}

/** What stands for a node after rewriting: itself, another tensor, or one tensor for each output of a multi node. */
export type Rewritten = Map<Tensor, Tensor | readonly Tensor[]>;

/** The tensor that stands for a single-output node. */
export const rewrittenTensor = (map: Rewritten, node: Tensor): Tensor => {
  const found = map.get(node) ?? node;
  return present(found instanceof Tensor ? found : undefined, node.op);
};

/** The outputs that stand for a multi-output node that was rewritten. */
export function rewrittenOutputs(map: Rewritten, node: Tensor): readonly Tensor[] {
  const found = map.get(node);
  return present(found instanceof Tensor ? undefined : found, node.op);
}

/** The outputs with some nodes replaced; everything that depends on these is rebuilt (and simplified) once. */
export function substitute(outputs: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const map: Rewritten = new Map(replacements);
  const order = reachable(outputs);
  const touched = dependents(order, replacements.keys());
  for (const node of order) {
    if (!touched.has(node) || map.has(node)) continue;
    inheritingSource(node.source, () => {
      if (node.is('projection')) {
        map.set(node, rewrittenOutputs(map, node.inputs[0])[node.attributes.index]);
        return;
      }
      const inputs = node.inputs.map((i) => rewrittenTensor(map, i));
      map.set(
        node,
        isMulti(node.op)
          ? multiPrimitiveOf(node.op).rebuild(inputs, node)
          : primitiveOf(node.op).rebuild(inputs, node),
      );
    });
  }
  return outputs.map((o) => rewrittenTensor(map, o));
}

/** The outputs of a program applied to other inputs. */
export function apply(program: Program, inputs: readonly Tensor[]): Tensor[] {
  return substitute(program.outputs, new Map(program.inputs.map((v, i) => [v, inputs[i]])));
}

/**
 * Makes a program of outputs that may mention values from outside: each maximal part that does not depend on the
 * variables becomes an extra input (so what a loop does not change is computed once, before it).
 */
export function closeOver(
  variables: readonly Tensor<'variable'>[],
  outputs: readonly Tensor[],
): { program: Program; captured: Tensor[] } {
  const order = reachable(outputs);
  const inside = dependents(order, variables);
  const outside = new Map<Tensor, Tensor<'variable'>>();
  const capture = (node: Tensor) => {
    if (!inside.has(node) && !node.isConcrete && !outside.has(node))
      outside.set(node, variableLike('captured', node));
  };
  for (const node of order) if (inside.has(node)) node.inputs.forEach(capture);
  outputs.forEach(capture);
  const inputs = [...variables, ...outside.values()];
  return { program: { inputs, outputs: substitute(outputs, outside) }, captured: [...outside.keys()] };
}
