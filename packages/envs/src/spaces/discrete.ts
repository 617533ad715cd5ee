/** The whole numbers below a bound. */
import { checkCount, type Space } from './space.ts';

/** The space {0, ..., n - 1}; its members are numbers. */
export interface DiscreteSpace extends Space<number> {
  readonly kind: 'discrete';
  readonly n: number;
}

/**
 * The space {0, ..., n - 1}.
 *
 * @throws ArgumentError when n is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { discrete, random } from '@descant/envs';
 * const moves = discrete(4);
 * [moves.contains(3), moves.contains(4), moves.contains(0.5)]; // => [true, false, false]
 * moves.contains(moves.sample(random(0))); // => true
 * ```
 */
export function discrete(n: number): DiscreteSpace {
  checkCount('discrete', 'n', n);
  return {
    kind: 'discrete',
    n,
    sample: (random) => random.below(n),
    contains: (value): value is number =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) < n,
    describe: () => `Discrete(${n})`,
  };
}
