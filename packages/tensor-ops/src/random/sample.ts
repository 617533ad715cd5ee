/** Random tensors from explicit keys; the same numbers as JAX's threefry2x32 (partitionable). */
import type { DType } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { add, less, multiply, negate } from '../ir/arithmetic.ts';
import { scalar } from '../ir/build.ts';
import { erfInv } from '../math/erf-inv.ts';
import { asFloat, type Operand } from '../ops/operands.ts';
import { argmax } from '../ops/reduce.ts';
import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { checkShape, type Shape, sameShape, tryBroadcast } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { randomWords } from './bits.ts';
import { encrypt } from './key.ts';

/** The floating-point dtypes that can be drawn. */
export type FloatType = Extract<DType, 'float32' | 'float64'>;

/** Smallest positive normal numbers, and the largest numbers below one in absolute value on the negative side. */
const TINY = { float32: 1.1754943508222875e-38, float64: 2.2250738585072014e-308 } as const;
const ABOVE_MINUS_ONE = { float32: -0.9999999403953552, float64: -0.9999999999999999 } as const;

const shiftRight = (x: Tensor, by: number): Tensor => elementwise('shiftRight', [x, scalar(by, 'uint32')]);

/** Uniform on [0, 1) with all the bits of the mantissa: 23 of one word, or 52 of two. */
function unit(fn: string, key: Tensor, shape: Shape, dtype: FloatType): Tensor {
  if (dtype === 'float32') return multiply(cast(shiftRight(randomWords(fn, key, shape), 9), dtype), 2 ** -23);
  if (dtype !== 'float64') throw new ArgumentError(fn, 'dtype', 'be float32 or float64', String(dtype));
  const [high, low] = encrypt(fn, key, shape);
  const mantissa = add(multiply(cast(high, dtype), 2 ** 20), cast(shiftRight(low, 12), dtype));
  return multiply(mantissa, 2 ** -52);
}

function between(fn: string, key: Tensor, shape: Shape, dtype: FloatType, low: number, high: number): Tensor {
  const scaled = add(multiply(unit(fn, key, shape, dtype), high - low), low);
  return elementwise('maximum', [scaled, scalar(low, dtype)]);
}

/** Options of `uniform`. */
export interface UniformOptions {
  readonly dtype?: FloatType;
  readonly low?: number;
  readonly high?: number;
}

/**
 * Uniform random numbers on [low, high), by default [0, 1) in float32.
 *
 * @example
 * ```ts
 * import { key, uniform } from '@descant/tensor-ops';
 * uniform(key(0), [3]).shape; // => [3]
 * ```
 */
export function uniform(key: Tensor, shape: Shape = [], options: UniformOptions = {}): Tensor {
  const { dtype = 'float32', low = 0, high = 1 } = options;
  if (!(low < high && Number.isFinite(high - low)))
    throw new ArgumentError('uniform', 'bounds', 'be finite with low < high', `${low}, ${high}`);
  return between('uniform', key, shape, dtype, low, high);
}

/**
 * Standard normal random numbers, sqrt(2) erfInv(u) with u uniform on (-1, 1).
 *
 * @example
 * ```ts
 * import { key, normal } from '@descant/tensor-ops';
 * normal(key(0), [2, 5], 'float64').dtype; // => 'float64'
 * ```
 */
export function normal(key: Tensor, shape: Shape = [], dtype: FloatType = 'float32'): Tensor {
  const u = between('normal', key, shape, dtype, ABOVE_MINUS_ONE[dtype], 1);
  return multiply(Math.SQRT2, erfInv(u));
}

/** The parameters must broadcast to the shape of the result: each element has a draw of its own. */
function checkResult(fn: string, shape: Shape, parameters: Shape, what: string): void {
  const joint = tryBroadcast([checkShape(fn, shape), parameters]);
  if (!joint || !sameShape(joint, shape)) {
    const expected = `be one to which ${what}, ${showShape(parameters)}, broadcast`;
    throw new ArgumentError(fn, 'shape', expected, showShape(shape));
  }
}

/**
 * Random booleans, true with probability p, which must broadcast to `shape`; that defaults to the shape of p.
 *
 * A concrete p outside [0, 1] is an `ArgumentError`.
 *
 * @example
 * ```ts
 * import { bernoulli, key } from '@descant/tensor-ops';
 * bernoulli(key(0), 1, [2]).toArray(); // => [true, true]
 * ```
 */
export function bernoulli(key: Tensor, p: Operand, shape?: Shape): Tensor {
  const q = asFloat('bernoulli', p);
  if (q.isConcrete) {
    const wrong = q.data.find((v) => !(v >= 0 && v <= 1));
    if (wrong !== undefined) throw new ArgumentError('bernoulli', 'p', 'lie in [0, 1]', String(wrong));
  }
  const full = shape ?? q.shape;
  checkResult('bernoulli', full, q.shape, 'p');
  return less(unit('bernoulli', key, full, q.dtype as FloatType), q);
}

/**
 * Random class indices (int32) with probabilities softmax(logits) along the last axis, by the Gumbel trick.
 *
 * `shape` is that of the result; the leading axes of the logits must broadcast to it; default: these axes.
 *
 * @example
 * ```ts
 * import { categorical, key, tensor } from '@descant/tensor-ops';
 * categorical(key(0), tensor([-Infinity, 0])).item(); // => 1
 * ```
 */
export function categorical(key: Tensor, logits: Operand, shape?: Shape): Tensor {
  const scores = asFloat('categorical', logits);
  if (scores.rank === 0)
    throw new ArgumentError('categorical', 'logits', 'have at least one axis', showShape(scores.shape));
  const dtype = scores.dtype as FloatType;
  const classes = scores.shape[scores.rank - 1];
  const batch = scores.shape.slice(0, -1);
  checkResult('categorical', shape ?? batch, batch, 'the leading axes of the logits');
  const full = [...(shape ?? batch), classes];
  const u = between('categorical', key, full, dtype, TINY[dtype], 1);
  const gumbel = negate(elementwise('log', [negate(elementwise('log', [u]))]));
  return argmax(add(gumbel, scores), -1);
}
