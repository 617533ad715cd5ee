/** Random orders. */
import { scan } from '../control/scan.ts';
import { ArgumentError } from '../errors.ts';
import { constant } from '../ir/build.ts';
import { equal, less, logicalAnd, logicalOr } from '../ops/compare.ts';
import { arange } from '../ops/create.ts';
import { gather, scatterAdd } from '../ops/gather.ts';
import { sum } from '../ops/reduce.ts';
import { at } from '../ops/shape.ts';
import { normaliseAxis } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { randomWords } from './bits.ts';
import { split } from './key.ts';

/** The positions of a vector's elements in ascending order; equal elements keep theirs. */
function stableOrder(words: Tensor): Tensor {
  const n = words.size;
  if (words.isConcrete) {
    const { data } = words;
    const order = Int32Array.from({ length: n }, (_, i) => i).sort((i, j) => data[i] - data[j] || i - j);
    return constant(order, [n], 'int32');
  }
  // Traced: the place of each element is the number of elements before it.
  const places = arange(0, n);
  const rank = (none: [], { word, place }: { word: Tensor; place: Tensor }): [[], Tensor] => {
    const tie = logicalAnd(equal(words, word), less(places, place));
    return [none, sum(logicalOr(less(words, word), tie))];
  };
  const [, ranks] = scan(rank, [], { word: words, place: places });
  return scatterAdd(places, ranks, n);
}

/**
 * A random order of 0, ..., x - 1 (int32) for a number x, or the slices of a tensor x along an axis in random order.
 *
 * Sorts by random words, in as many rounds as make ties improbable. The same orders as jax.random.permutation.
 * Inside compiled code a round takes n^2 comparisons.
 *
 * @throws ArgumentError when x is a number but not a whole number of at least 0, or a scalar.
 *
 * @example
 * ```ts
 * import { key, permutation, tensor } from '@descant/tensor-ops';
 * permutation(key(5), 7).toArray(); // => [0, 2, 4, 1, 3, 5, 6]
 * permutation(key(0), tensor([[1, 2]]), 0).toArray(); // => [[1, 2]]
 * ```
 */
export function permutation(key: Tensor, x: number | Tensor, axis = 0): Tensor {
  if (x instanceof Tensor) {
    const a = normaliseAxis('permutation', axis, x.rank);
    return gather(x, order(key, x.shape[a]), a);
  }
  if (!Number.isInteger(x) || x < 0)
    throw new ArgumentError('permutation', 'x', 'be a tensor or a whole number of at least 0', String(x));
  return order(key, x);
}

/** A random order of 0, ..., n - 1. */
function order(key: Tensor, n: number): Tensor {
  // The chance that two elements tie in every round is below n^2 / 2^(32 rounds) <= 1 / n.
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1));
  let current = arange(0, n);
  let rest = key;
  for (let round = 0; round < rounds; round++) {
    const keys = split(rest, 2);
    rest = at(keys, 0);
    current = gather(current, stableOrder(randomWords('permutation', at(keys, 1), [n])));
  }
  return current;
}
