/** Trees as flat records of named tensors, and back. */
import { ArgumentError, showShape } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, type Structure, unflatten } from '../tree.ts';

/** The names of a structure's leaves: keys and positions on the way to them, joined by dots. */
function leafNames(fn: string, structure: Structure): string[] {
  if (structure.kind === 'leaf') throw new ArgumentError(fn, 'tree', 'be an array or an object', 'a tensor');
  const visit = (s: Structure, path: readonly string[]): string[] => {
    if (s.kind === 'leaf') return [path.join('.')];
    const children = 'children' in s ? s.children : [];
    return children.flatMap((child, i) =>
      visit(child, [...path, s.kind === 'object' ? s.keys[i] : String(i)]),
    );
  };
  const names = visit(structure, []);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new ArgumentError(fn, 'tree', 'give each leaf its own name', `"${twice}" twice`);
  return names;
}

/**
 * The leaves of a tree by name, such as `layers.0.weights`: what `writeSafetensors` takes.
 *
 * @throws ArgumentError when two leaves get one name, because of dots in keys, or when the tree is a single tensor.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { treeToRecord } from '@descant/tensor-ops/io';
 * treeToRecord({ layers: [{ bias: tensor([1, 2]) }] }); // => { 'layers.0.bias': [1, 2] }
 * ```
 */
export function treeToRecord(tree: unknown): Record<string, Tensor> {
  const { leaves, structure } = flatten(tree, 'treeToRecord');
  return Object.fromEntries(leafNames('treeToRecord', structure).map((name, i) => [name, leaves[i]]));
}

/**
 * A tree like a given one, with the tensors of a record as leaves: the inverse of `treeToRecord`.
 *
 * @param like - The tree whose structure, shapes and dtypes are expected; its values do not matter.
 * @throws ArgumentError when a name is missing or left over, or a shape or dtype differs.
 *
 * @example
 * ```ts
 * import { tensor, zeros } from '@descant/tensor-ops';
 * import { recordToTree } from '@descant/tensor-ops/io';
 * recordToTree({ 'a.0': tensor([1, 2]) }, { a: [zeros([2])] }).a[0].toArray(); // => [1, 2]
 * ```
 */
export function recordToTree<T>(record: Readonly<Record<string, Tensor>>, like: T): T {
  const fn = 'recordToTree';
  const { leaves, structure } = flatten(like, fn);
  const names = leafNames(fn, structure);
  const extra = Object.keys(record).find((name) => !names.includes(name));
  if (extra !== undefined)
    throw new ArgumentError(fn, 'record', 'hold only leaves of the tree', `"${extra}"`);
  const found = names.map((name, i) => {
    const show = (t: Tensor) => `${t.dtype}${showShape(t.shape)}`;
    const expected = `hold "${name}" as ${show(leaves[i])}`;
    if (!Object.hasOwn(record, name)) throw new ArgumentError(fn, 'record', expected, 'nothing');
    if (show(record[name]) !== show(leaves[i]))
      throw new ArgumentError(fn, 'record', expected, show(record[name]));
    return record[name];
  });
  return unflatten<T>(structure, found);
}
