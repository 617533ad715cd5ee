/** Lists of members of other spaces. */
import { ArgumentError } from '@descant/tensor-ops';
import { type Space, show } from './space.ts';

/** What a list of spaces holds. */
export type TupleOf<S extends readonly Space[]> = {
  readonly [K in keyof S]: S[K] extends Space<infer T> ? T : never;
};

/** Lists with one member of each space, in order. */
export interface TupleSpace<S extends readonly Space[] = readonly Space[]> extends Space<TupleOf<S>> {
  readonly kind: 'tuple';
  readonly spaces: S;
}

/**
 * The lists that hold a member of each of the spaces, in order.
 *
 * @throws ArgumentError when there are no spaces.
 *
 * @example
 * ```ts
 * import { discrete, random, tuple } from '@descant/envs';
 * const space = tuple([discrete(2), discrete(3)]);
 * [space.contains([1, 2]), space.contains([2, 1]), space.contains([1])]; // => [true, false, false]
 * space.sample(random(0)).length; // => 2
 * ```
 */
export function tuple<const S extends readonly Space[]>(spaces: S): TupleSpace<S> {
  if (!Array.isArray(spaces) || spaces.length === 0) {
    throw new ArgumentError('tuple', 'spaces', 'be one or more spaces', show(spaces));
  }
  return {
    kind: 'tuple',
    spaces: Object.freeze([...spaces]) as unknown as S,
    sample: (random) => spaces.map((space) => space.sample(random)) as unknown as TupleOf<S>,
    contains: (value): value is TupleOf<S> =>
      Array.isArray(value) &&
      value.length === spaces.length &&
      spaces.every((space, k) => space.contains(value[k])),
    describe: () => `Tuple(${spaces.map((space: Space) => space.describe()).join(', ')})`,
  };
}
