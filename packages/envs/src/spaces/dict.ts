/** Records of members of other spaces. */
import { ArgumentError } from '@descant/tensor-ops';
import { type Space, show } from './space.ts';

/** A space for each name. */
export type Spaces = Readonly<Record<string, Space>>;

/** What a record of spaces holds. */
export type MembersOf<S extends Spaces> = {
  readonly [K in keyof S]: S[K] extends Space<infer T> ? T : never;
};

/** Records with one member of each space, by name. */
export interface DictSpace<S extends Spaces = Spaces> extends Space<MembersOf<S>> {
  readonly kind: 'dict';
  readonly spaces: S;
}

/**
 * The records with exactly the names given, each with a member of its space. Members are drawn in alphabetical order.
 *
 * @throws ArgumentError when there are no spaces.
 *
 * @example
 * ```ts
 * import { dict, discrete, random } from '@descant/envs';
 * const space = dict({ move: discrete(4), speak: discrete(2) });
 * space.contains({ move: 3, speak: 1 }); // => true
 * space.contains({ move: 3 }); // => false
 * space.contains(space.sample(random(0))); // => true
 * ```
 */
export function dict<S extends Spaces>(spaces: S): DictSpace<S> {
  const names = Object.keys(spaces ?? {}).sort();
  if (names.length === 0) throw new ArgumentError('dict', 'spaces', 'hold at least one space', show(spaces));
  return {
    kind: 'dict',
    spaces: Object.freeze({ ...spaces }),
    sample: (random) =>
      Object.fromEntries(names.map((name) => [name, spaces[name].sample(random)])) as MembersOf<S>,
    contains: (value): value is MembersOf<S> =>
      typeof value === 'object' &&
      value !== null &&
      Object.keys(value).length === names.length &&
      names.every((name) => Object.hasOwn(value, name) && spaces[name].contains((value as Spaces)[name])),
    describe: () => `Dict(${names.map((name) => `${name}: ${spaces[name].describe()}`).join(', ')})`,
  };
}
