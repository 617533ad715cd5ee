/** Random whole numbers. */
import { ArgumentError } from '../errors.ts';
import { add, multiply } from '../ir/arithmetic.ts';
import { scalar } from '../ir/build.ts';
import { at } from '../ops/shape.ts';
import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { randomWords } from './bits.ts';
import { split } from './key.ts';

const isInt32 = (x: number): boolean => Number.isInteger(x) && Math.abs(x + 0.5) < 2 ** 31;

/**
 * Random whole numbers low, ..., high - 1 (int32), each equally likely up to a bias of less than (high - low)^2 / 2^64.
 *
 * Two words make one number of 64 bits, whose remainder is taken; beyond a range of 2^16 only 32 bits of it count,
 * and the bias is below (high - low) / 2^32. The same numbers as jax.random.randint.
 *
 * @throws ArgumentError unless the bounds are int32 numbers with low < high.
 *
 * @example
 * ```ts
 * import { key, randint } from '@descant/tensor-ops';
 * randint(key(5), [6], 0, 10).toArray(); // => [1, 8, 3, 6, 4, 1]
 * ```
 */
export function randint(key: Tensor, shape: Shape, low: number, high: number): Tensor {
  if (!isInt32(low) || !isInt32(high) || low >= high) {
    throw new ArgumentError('randint', 'bounds', 'be int32 numbers with low < high', `${low}, ${high}`);
  }
  const span = high - low;
  const keys = split(key, 2);
  const [high32, low32] = [at(keys, 0), at(keys, 1)].map((k) =>
    elementwise('remainder', [randomWords('randint', k, shape), scalar(span, 'uint32')]),
  );
  // 2^32 modulo the span, in 32-bit arithmetic as JAX does it: zero beyond a span of 2^16.
  const half = 2 ** 16 % span;
  const weight = (Math.imul(half, half) >>> 0) % span;
  const offset = add(multiply(high32, weight), low32);
  const place = elementwise('remainder', [offset, scalar(span, 'uint32')]);
  return add(cast(place, 'int32'), low);
}
