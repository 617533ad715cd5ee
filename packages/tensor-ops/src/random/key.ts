/** Keys of the random number generator: explicit, splittable, compatible with JAX's threefry2x32. */
import { ArgumentError, showShape } from '../errors.ts';
import { constant } from '../ir/build.ts';
import { asTensor, type Operand } from '../ops/operands.ts';
import { at, stack } from '../ops/shape.ts';
import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { checkShape, type Shape, sizeOf } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/**
 * A key from a seed, a whole number in [0, 2^53): uint32[2], the high and the low word.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * key(42).toArray(); // => [0, 42]
 * ```
 */
export function key(seed: number): Tensor {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError('key', 'seed', 'be a whole number in [0, 2^53)', String(seed));
  }
  return constant(Uint32Array.of(Math.floor(seed / 2 ** 32), seed), [2], 'uint32');
}

/** The two words of a key, checked. */
function words(fn: string, k: Tensor): [Tensor, Tensor] {
  if (!(k instanceof Tensor) || k.dtype !== 'uint32' || k.rank !== 1 || k.shape[0] !== 2) {
    const received = k instanceof Tensor ? `${k.dtype}${showShape(k.shape)}` : typeof k;
    throw new ArgumentError(fn, 'key', 'be a uint32[2] tensor made by key or split', received);
  }
  return [at(k, 0), at(k, 1)];
}

/** Both words of threefry for the counters 0, 1, 2, ... in a shape. */
export function encrypt(fn: string, k: Tensor, shape: Shape): [Tensor, Tensor] {
  const [k0, k1] = words(fn, k);
  const low = constant(
    Uint32Array.from({ length: sizeOf(checkShape(fn, shape)) }, (_, i) => i),
    shape,
    'uint32',
  );
  const high = constant(new Uint32Array(1), [], 'uint32');
  return [elementwise('threefry0', [k0, k1, high, low]), elementwise('threefry1', [k0, k1, high, low])];
}

/**
 * Independent keys from one: uint32[count, 2]. The old key should not be used again.
 *
 * The same words as JAX with jax_threefry_partitionable=True.
 *
 * @example
 * ```ts
 * import { key, split } from '@descant/tensor-ops';
 * split(key(0)).toArray(); // => [[1797259609, 2579123966], [928981903, 3453687069]]
 * ```
 */
export function split(k: Tensor, count = 2): Tensor {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError('split', 'count', 'be a whole number of at least 1', String(count));
  }
  return stack(encrypt('split', k, [count]), 1);
}

/**
 * A key that depends on a key and a number (a step, an index): same inputs, same key.
 *
 * @example
 * ```ts
 * import { foldIn, key } from '@descant/tensor-ops';
 * foldIn(key(0), 7).dtype; // => 'uint32'
 * ```
 */
export function foldIn(k: Tensor, data: Operand): Tensor {
  const [k0, k1] = words('foldIn', k);
  if (typeof data === 'number' && (!Number.isInteger(data) || data < 0 || data >= 2 ** 32)) {
    throw new ArgumentError('foldIn', 'data', 'be a whole number in [0, 2^32)', String(data));
  }
  const counter = [
    constant(new Uint32Array(1), [], 'uint32'),
    cast(asTensor('foldIn', 'data', data, 'uint32'), 'uint32'),
  ];
  return stack([
    elementwise('threefry0', [k0, k1, ...counter]),
    elementwise('threefry1', [k0, k1, ...counter]),
  ]);
}
