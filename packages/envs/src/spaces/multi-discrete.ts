/** Several whole numbers, each below a bound of its own. */
import { ArgumentError } from '@descant/tensor-ops';
import { type Space, show } from './space.ts';

/** The product of the spaces {0, ..., counts[k] - 1}; its members are `Int32Array`s. */
export interface MultiDiscreteSpace extends Space<Int32Array> {
  readonly kind: 'multiDiscrete';
  readonly counts: readonly number[];
}

/**
 * The product of the spaces {0, ..., counts[k] - 1}.
 *
 * @throws ArgumentError when there are no counts, or one is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { multiDiscrete, random } from '@descant/envs';
 * const space = multiDiscrete([2, 3]);
 * [space.contains(Int32Array.of(1, 2)), space.contains(Int32Array.of(2, 0))]; // => [true, false]
 * space.sample(random(0)).length; // => 2
 * ```
 */
export function multiDiscrete(counts: readonly number[]): MultiDiscreteSpace {
  if (
    !Array.isArray(counts) ||
    counts.length === 0 ||
    !counts.every((n) => Number.isSafeInteger(n) && n >= 1)
  ) {
    const expected = 'be one or more whole numbers of at least 1';
    throw new ArgumentError('multiDiscrete', 'counts', expected, show(counts));
  }
  return {
    kind: 'multiDiscrete',
    counts: Object.freeze([...counts]),
    sample: (random) => Int32Array.from(counts, (n) => random.below(n)),
    contains: (value): value is Int32Array =>
      value instanceof Int32Array &&
      value.length === counts.length &&
      value.every((x, k) => x >= 0 && x < counts[k]),
    describe: () => `MultiDiscrete(${counts.join(', ')})`,
  };
}
