/** Names of the inputs and outputs of a model. */
import { ArgumentError } from '../errors.ts';
import type { Structure } from '../tree.ts';

/**
 * Names for the leaves of a tree: a tree of the same structure with names as leaves. A name in the place of a
 * subtree stands before the names of its leaves; where there is none, the path does.
 */
export type NameTree = string | undefined | readonly NameTree[] | { readonly [key: string]: NameTree };

const isName = (names: NameTree): names is string => typeof names === 'string';

/** ONNX asks for identifiers: other characters of a key become underscores. */
const word = (key: string): string => key.replace(/[^A-Za-z0-9_]/g, '_');

/** The names of all leaves in order; those that `names` leaves open are `prefix_path_to_leaf`. */
export function leafNames(argument: string, structure: Structure, names: NameTree, prefix: string): string[] {
  const found: string[] = [];
  const visit = (node: Structure, given: NameTree, path: string): void => {
    if (node.kind === 'nothing') return;
    const here = isName(given) ? given : path;
    if (node.kind === 'leaf') {
      if (given !== undefined && !isName(given)) {
        throw new ArgumentError('toOnnx', argument, `be a name at ${path}`, JSON.stringify(given));
      }
      found.push(here);
      return;
    }
    const keys = node.kind === 'array' ? node.children.map((_, i) => String(i)) : node.keys;
    const inner = isName(given) || given === undefined ? new Map() : new Map(Object.entries(given));
    const unknown = [...inner.keys()].find((key) => !keys.includes(key));
    if (unknown !== undefined) {
      throw new ArgumentError(
        'toOnnx',
        argument,
        `name what is there at ${path}: ${keys.join(', ')}`,
        unknown,
      );
    }
    node.children.forEach((child, i) => {
      visit(child, inner.get(keys[i]), `${here}_${word(keys[i])}`);
    });
  };
  visit(structure, names, prefix);
  return found;
}

/** Rejects empty and repeated names. */
export function checkNames(inputs: readonly string[], outputs: readonly string[]): void {
  const all = [...inputs, ...outputs];
  const wrong = all.find((name, i) => name === '' || all.indexOf(name) !== i);
  if (wrong !== undefined) {
    throw new ArgumentError('toOnnx', 'names', 'be different and not empty', JSON.stringify(wrong));
  }
}
