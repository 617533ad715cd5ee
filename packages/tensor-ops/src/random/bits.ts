/** Random bits, from which all other random numbers are made. */
import { elementwise } from '../primitives/elementwise.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { encrypt } from './key.ts';

/** Random words of a shape, for a function whose name errors should tell. */
export const randomWords = (fn: string, key: Tensor, shape: Shape): Tensor =>
  elementwise('bitXor', encrypt(fn, key, shape));

/**
 * Random bits: uint32 numbers, uniform on [0, 2^32).
 *
 * The same words as jax.random.bits.
 *
 * @example
 * ```ts
 * import { bits, key } from '@descant/tensor-ops';
 * bits(key(5), [2]).toArray(); // => [2003086470, 3955154020]
 * ```
 */
export const bits = (key: Tensor, shape: Shape = []): Tensor => randomWords('bits', key, shape);
