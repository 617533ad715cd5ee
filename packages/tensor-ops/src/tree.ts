/** Trees: nested arrays and plain objects whose leaves are tensors. Every transformation takes and returns them. */
import { ArgumentError } from './errors.ts';
import { scalar } from './ir/build.ts';
import { Tensor } from './tensor.ts';

/** What a tree looks like without its leaves. */
export type Structure =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'array'; readonly children: readonly Structure[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly children: readonly Structure[] };

const LEAF: Structure = { kind: 'leaf' };
const NOTHING: Structure = { kind: 'nothing' };

/** A plain object, as opposed to an instance of some class. */
function isPlainObject(x: unknown): x is Record<string, unknown> {
  if (typeof x !== 'object' || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The leaves of a tree, in order, and its structure; object keys are sorted, so equal trees flatten alike.
 *
 * A number counts as a float32 scalar, null as a tree without leaves. Anything else that is not a tensor, an array or
 * a plain object is an `ArgumentError`.
 *
 * @example
 * ```ts
 * import { flatten, tensor } from '@descant/tensor-ops';
 * const { leaves } = flatten({ weights: tensor([1, 2]), bias: tensor(3) });
 * leaves.map((leaf) => leaf.size); // => [1, 2]
 * ```
 */
export function flatten(tree: unknown, fn = 'flatten'): { leaves: Tensor[]; structure: Structure } {
  const leaves: Tensor[] = [];
  const visit = (node: unknown): Structure => {
    if (node instanceof Tensor) {
      leaves.push(node);
      return LEAF;
    }
    if (typeof node === 'number') {
      leaves.push(scalar(node, 'float32'));
      return LEAF;
    }
    if (node === null) return NOTHING;
    if (Array.isArray(node)) return { kind: 'array', children: node.map(visit) };
    if (isPlainObject(node)) {
      const keys = Object.keys(node).sort();
      return { kind: 'object', keys, children: keys.map((k) => visit(node[k])) };
    }
    const received = typeof node === 'object' ? node.constructor.name : typeof node;
    throw new ArgumentError(fn, 'tree', 'hold only tensors, numbers, arrays and plain objects', received);
  };
  const structure = visit(tree);
  return { leaves, structure };
}

/**
 * The tree with the given structure and leaves: the inverse of `flatten`.
 *
 * @example
 * ```ts
 * import { flatten, tensor, unflatten, type Tensor } from '@descant/tensor-ops';
 * const { leaves, structure } = flatten([tensor(1), { x: tensor(2) }]);
 * const copy = unflatten<[unknown, { x: Tensor }]>(structure, leaves);
 * copy[1].x.item(); // => 2
 * ```
 */
export function unflatten<T>(structure: Structure, leaves: readonly Tensor[]): T {
  let next = 0;
  const build = (s: Structure): unknown => {
    if (s.kind === 'leaf') return leaves[next++];
    if (s.kind === 'nothing') return null;
    if (s.kind === 'array') return s.children.map(build);
    return Object.fromEntries(s.keys.map((k, i) => [k, build(s.children[i])]));
  };
  return build(structure) as T;
}

/**
 * A text that is equal for equal structures.
 *
 * @example
 * ```ts
 * import { flatten, structureKey, tensor } from '@descant/tensor-ops';
 * structureKey(flatten({ x: [tensor(1), tensor(2)] }).structure); // => '{"x":[*,*]}'
 * ```
 */
export function structureKey(s: Structure): string {
  if (s.kind === 'leaf') return '*';
  if (s.kind === 'nothing') return 'null';
  const children = s.children.map(structureKey);
  return s.kind === 'array'
    ? `[${children}]`
    : `{${s.keys.map((k, i) => `${JSON.stringify(k)}:${children[i]}`)}}`;
}

/**
 * Applies a function to corresponding leaves of trees of one structure.
 *
 * @example
 * ```ts
 * import { add, mapTree, tensor } from '@descant/tensor-ops';
 * const sum = mapTree((a, b) => add(a, b), { x: tensor(1) }, { x: tensor(2) });
 * sum.x.item(); // => 3
 * ```
 */
export function mapTree<T>(fn: (...leaves: Tensor[]) => Tensor, first: T, ...others: readonly T[]): T {
  const { leaves, structure } = flatten(first, 'mapTree');
  const key = structureKey(structure);
  const rest = others.map((tree) => {
    const flat = flatten(tree, 'mapTree');
    if (structureKey(flat.structure) !== key) {
      throw new ArgumentError('mapTree', 'trees', `have the structure ${key}`, structureKey(flat.structure));
    }
    return flat.leaves;
  });
  return unflatten<T>(
    structure,
    leaves.map((leaf, i) => fn(leaf, ...rest.map((r) => r[i]))),
  );
}
