/** Arithmetic and elementary functions, element by element with NumPy broadcasting. */
import { isFloat } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import type { Tensor } from '../tensor.ts';
import { asFloat, asTensor, broadcasting, type Operand, unify, withoutBool } from './operands.ts';

/** Signs and absolute values also exist for integers; booleans count as int32. */
const asNumber = (fn: string, x: Operand): Tensor => withoutBool(asTensor(fn, 'x', x));

/** Operands of arithmetic: of one dtype that is not bool. */
const numbers = (fn: string, a: Operand, b: Operand): readonly Tensor[] =>
  broadcasting(fn, unify(fn, [a, b])).map(withoutBool);

/**
 * The sum a + b.
 *
 * @example
 * ```ts
 * import { add, tensor } from '@descant/tensor-ops';
 * add(tensor([1, 2]), 10).toArray(); // => [11, 12]
 * ```
 */
export const add = (a: Operand, b: Operand): Tensor => elementwise('add', numbers('add', a, b));

/**
 * The difference a - b.
 *
 * @example
 * ```ts
 * import { sub, tensor } from '@descant/tensor-ops';
 * sub(tensor([1, 2]), 1).toArray(); // => [0, 1]
 * ```
 */
export const sub = (a: Operand, b: Operand): Tensor => elementwise('subtract', numbers('sub', a, b));

/**
 * The product a b, element by element.
 *
 * @example
 * ```ts
 * import { mul, tensor } from '@descant/tensor-ops';
 * mul(tensor([1, 2]), tensor([3, 4])).toArray(); // => [3, 8]
 * ```
 */
export const mul = (a: Operand, b: Operand): Tensor => elementwise('multiply', numbers('mul', a, b));

/**
 * The quotient a / b; integers become float32 first.
 *
 * @example
 * ```ts
 * import { div, tensor } from '@descant/tensor-ops';
 * div(tensor([1, 2]), 4).toArray(); // => [0.25, 0.5]
 * ```
 */
export function div(a: Operand, b: Operand): Tensor {
  const pair = broadcasting('div', unify('div', [a, b]));
  return elementwise('divide', isFloat(pair[0].dtype) ? pair : pair.map((x) => cast(x, 'float32')));
}

/**
 * The remainder a - b floor(a / b), with the sign of b.
 *
 * @example
 * ```ts
 * import { mod, tensor } from '@descant/tensor-ops';
 * mod(tensor([5, -5]), 3).toArray(); // => [2, 1]
 * ```
 */
export const mod = (a: Operand, b: Operand): Tensor => elementwise('remainder', numbers('mod', a, b));

/**
 * The power a^b; integers become float32 first. Small whole constants b become products.
 *
 * @example
 * ```ts
 * import { pow, tensor } from '@descant/tensor-ops';
 * pow(tensor([2, 3]), 2).toArray(); // => [4, 9]
 * ```
 */
export function pow(a: Operand, b: Operand): Tensor {
  const pair = broadcasting('pow', unify('pow', [a, b]));
  return elementwise('power', isFloat(pair[0].dtype) ? pair : pair.map((x) => cast(x, 'float32')));
}

/**
 * The larger of a and b; NaN when either is; at a tie the derivative is shared equally.
 *
 * @example
 * ```ts
 * import { maximum, tensor } from '@descant/tensor-ops';
 * maximum(tensor([1, 5]), 3).toArray(); // => [3, 5]
 * ```
 */
export const maximum = (a: Operand, b: Operand): Tensor => elementwise('maximum', numbers('maximum', a, b));

/**
 * The smaller of a and b; NaN when either is; at a tie the derivative is shared equally.
 *
 * @example
 * ```ts
 * import { minimum, tensor } from '@descant/tensor-ops';
 * minimum(tensor([1, 5]), 3).toArray(); // => [1, 3]
 * ```
 */
export const minimum = (a: Operand, b: Operand): Tensor => elementwise('minimum', numbers('minimum', a, b));

/**
 * x limited to the interval [low, high], plain numbers with low <= high.
 *
 * @example
 * ```ts
 * import { clip, tensor } from '@descant/tensor-ops';
 * clip(tensor([-1, 0.5, 2]), 0, 1).toArray(); // => [0, 0.5, 1]
 * ```
 */
export function clip(x: Operand, low: number, high: number): Tensor {
  if (!(low <= high)) throw new ArgumentError('clip', 'bounds', 'satisfy low <= high', `${low}, ${high}`);
  return minimum(maximum(x, low), high);
}

/**
 * The square x^2.
 *
 * @example
 * ```ts
 * import { square, tensor } from '@descant/tensor-ops';
 * square(tensor([2, -3])).toArray(); // => [4, 9]
 * ```
 */
export function square(x: Operand): Tensor {
  const t = asNumber('square', x);
  return elementwise('multiply', [t, t]);
}

/**
 * The negative: y = -x.
 *
 * @example
 * ```ts
 * import { neg, tensor } from '@descant/tensor-ops';
 * neg(tensor([1, -2])).toArray(); // => [-1, 2]
 * ```
 */
export const neg = (x: Operand): Tensor => elementwise('negate', [asNumber('neg', x)]);

/**
 * The absolute value: y = |x|; its derivative is sign(x), 0 at 0.
 *
 * @example
 * ```ts
 * import { abs, tensor } from '@descant/tensor-ops';
 * abs(tensor([-1, 2])).toArray(); // => [1, 2]
 * ```
 */
export const abs = (x: Operand): Tensor => elementwise('abs', [asNumber('abs', x)]);

/**
 * The sign, -1, 0 or 1; its derivative is zero.
 *
 * @example
 * ```ts
 * import { sign, tensor } from '@descant/tensor-ops';
 * sign(tensor([-3, 0, 2])).toArray(); // => [-1, 0, 1]
 * ```
 */
export const sign = (x: Operand): Tensor => elementwise('sign', [asNumber('sign', x)]);

/**
 * The largest integer not above x; its derivative is zero.
 *
 * @example
 * ```ts
 * import { floor, tensor } from '@descant/tensor-ops';
 * floor(tensor([1.5, -1.5])).toArray(); // => [1, -2]
 * ```
 */
export const floor = (x: Operand): Tensor => elementwise('floor', [asFloat('floor', x)]);

/**
 * The smallest integer not below x; its derivative is zero.
 *
 * @example
 * ```ts
 * import { ceil, tensor } from '@descant/tensor-ops';
 * ceil(tensor([1.5, -1.5])).toArray(); // => [2, -1]
 * ```
 */
export const ceil = (x: Operand): Tensor => elementwise('ceil', [asFloat('ceil', x)]);

/**
 * The nearest integer, halves to even; its derivative is zero.
 *
 * @example
 * ```ts
 * import { round, tensor } from '@descant/tensor-ops';
 * round(tensor([0.5, 1.5])).toArray(); // => [0, 2]
 * ```
 */
export const round = (x: Operand): Tensor => elementwise('round', [asFloat('round', x)]);

/**
 * The square root; NaN below zero.
 *
 * @example
 * ```ts
 * import { sqrt, tensor } from '@descant/tensor-ops';
 * sqrt(tensor([4, 9])).toArray(); // => [2, 3]
 * ```
 */
export const sqrt = (x: Operand): Tensor => elementwise('sqrt', [asFloat('sqrt', x)]);

/**
 * The exponential: y = e^x.
 *
 * @example
 * ```ts
 * import { exp, tensor } from '@descant/tensor-ops';
 * exp(tensor(0)).item(); // => 1
 * ```
 */
export const exp = (x: Operand): Tensor => elementwise('exp', [asFloat('exp', x)]);

/**
 * e^x - 1 without cancellation near zero.
 *
 * @example
 * ```ts
 * import { expm1, tensor } from '@descant/tensor-ops';
 * expm1(tensor(0)).item(); // => 0
 * ```
 */
export const expm1 = (x: Operand): Tensor => elementwise('expm1', [asFloat('expm1', x)]);

/**
 * The natural logarithm; NaN below zero, -Infinity at zero.
 *
 * @example
 * ```ts
 * import { log, tensor } from '@descant/tensor-ops';
 * log(tensor(1)).item(); // => 0
 * ```
 */
export const log = (x: Operand): Tensor => elementwise('log', [asFloat('log', x)]);

/**
 * log(1 + x) without cancellation near zero.
 *
 * @example
 * ```ts
 * import { log1p, tensor } from '@descant/tensor-ops';
 * log1p(tensor(0)).item(); // => 0
 * ```
 */
export const log1p = (x: Operand): Tensor => elementwise('log1p', [asFloat('log1p', x)]);

/**
 * The sine of an angle in radians.
 *
 * @example
 * ```ts
 * import { sin, tensor } from '@descant/tensor-ops';
 * sin(tensor(0)).item(); // => 0
 * ```
 */
export const sin = (x: Operand): Tensor => elementwise('sin', [asFloat('sin', x)]);

/**
 * The cosine of an angle in radians.
 *
 * @example
 * ```ts
 * import { cos, tensor } from '@descant/tensor-ops';
 * cos(tensor(0)).item(); // => 1
 * ```
 */
export const cos = (x: Operand): Tensor => elementwise('cos', [asFloat('cos', x)]);
