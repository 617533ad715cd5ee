/** The seeds of a batch's instances. */
import { ArgumentError } from '@descant/tensor-ops';
import { show } from '../spaces/space.ts';

/** A seed for each instance; undefined when all go on with their sequences of episodes. */
export function instanceSeeds(
  name: string,
  seed: number | readonly number[] | undefined,
  size: number,
  first: boolean,
): readonly number[] | undefined {
  if (seed === undefined) return first ? Array.from({ length: size }, (_, b) => b) : undefined;
  const seeds = typeof seed === 'number' ? Array.from({ length: size }, (_, b) => seed + b) : seed;
  if (seeds.length !== size || !seeds.every((s) => Number.isSafeInteger(s) && s >= 0)) {
    const expected = `be a whole number in [0, 2^53 - ${size}], or ${size} of them`;
    throw new ArgumentError(`${name}.reset`, 'seed', expected, show(seed));
  }
  return seeds;
}
