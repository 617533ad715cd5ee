/** The parameters of two policies as vectors, which networks of meta-values look at. */
import {
  ArgumentError,
  at,
  concat,
  flatten,
  key as keyOf,
  reshape,
  split,
  splitAxis,
  stack,
  type Tensor,
  unflatten,
} from '@descant/tensor-ops';
import type { SampledGame } from '../plays/sampled-game.ts';

/** n, the number of parameters of each of two players. */
export function parameterCount(fn: string, { policies }: SampledGame): number {
  const counts = policies.map((network) =>
    flatten(network.init(keyOf(0)), fn).leaves.reduce((total, leaf) => total + leaf.size, 0),
  );
  if (counts.length !== 2 || counts[0] !== counts[1]) {
    throw new ArgumentError(
      fn,
      'game',
      'have two seats with equally many parameters',
      `[${counts.join(', ')}]`,
    );
  }
  return counts[0];
}

/** New parameters of both players, [2, n]. */
export function joined({ policies }: SampledGame, key: Tensor): Tensor {
  const keys = split(key, policies.length);
  return stack(
    policies.map((network, seat) =>
      concat(flatten(network.init(at(keys, seat))).leaves.map((leaf) => reshape(leaf, [leaf.size]))),
    ),
  );
}

/** The trees of parameters of vectors [n], one a seat. */
export const separated = ({ policies }: SampledGame, vectors: readonly Tensor[]): unknown[] =>
  policies.map((network, seat) => {
    const { leaves, structure } = flatten(network.init(keyOf(0)));
    const pieces = splitAxis(
      vectors[seat],
      leaves.map((leaf) => leaf.size),
    );
    return unflatten(
      structure,
      leaves.map((leaf, i) => reshape(pieces[i], leaf.shape)),
    );
  });
