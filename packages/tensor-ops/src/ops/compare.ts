/** Comparisons, logic and choice, element by element with NumPy broadcasting. Results are bool. */

import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import type { Tensor } from '../tensor.ts';
import { asTensor, type Operand, unify } from './operands.ts';

/**
 * Where a < b.
 *
 * @example
 * ```ts
 * import { less, tensor } from '@descant/tensor-ops';
 * less(tensor([1, 2]), 2).toArray(); // => [true, false]
 * ```
 */
export const less = (a: Operand, b: Operand): Tensor => elementwise('less', unify('less', [a, b]));

/**
 * Where a <= b.
 *
 * @example
 * ```ts
 * import { lessEqual, tensor } from '@descant/tensor-ops';
 * lessEqual(tensor([1, 3]), 2).toArray(); // => [true, false]
 * ```
 */
export const lessEqual = (a: Operand, b: Operand): Tensor =>
  elementwise('lessEqual', unify('lessEqual', [a, b]));

/**
 * Where a > b.
 *
 * @example
 * ```ts
 * import { greater, tensor } from '@descant/tensor-ops';
 * greater(tensor([1, 3]), 2).toArray(); // => [false, true]
 * ```
 */
export const greater = (a: Operand, b: Operand): Tensor => elementwise('less', unify('greater', [b, a]));

/**
 * Where a >= b.
 *
 * @example
 * ```ts
 * import { greaterEqual, tensor } from '@descant/tensor-ops';
 * greaterEqual(tensor([1, 2]), 2).toArray(); // => [false, true]
 * ```
 */
export const greaterEqual = (a: Operand, b: Operand): Tensor =>
  elementwise('lessEqual', unify('greaterEqual', [b, a]));

/**
 * Where a = b (false for NaN).
 *
 * @example
 * ```ts
 * import { equal, tensor } from '@descant/tensor-ops';
 * equal(tensor([1, 2]), 2).toArray(); // => [false, true]
 * ```
 */
export const equal = (a: Operand, b: Operand): Tensor => elementwise('equal', unify('equal', [a, b]));

/**
 * Where a differs from b (true for NaN).
 *
 * @example
 * ```ts
 * import { notEqual, tensor } from '@descant/tensor-ops';
 * notEqual(tensor([1, 2]), 2).toArray(); // => [true, false]
 * ```
 */
export const notEqual = (a: Operand, b: Operand): Tensor =>
  elementwise('notEqual', unify('notEqual', [a, b]));

/**
 * Where both a and b are true (not zero).
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from '@descant/tensor-ops';
 * logicalAnd(tensor([true, false]), true).toArray(); // => [true, false]
 * ```
 */
export const logicalAnd = (a: Operand, b: Operand): Tensor =>
  elementwise('and', [asBool('logicalAnd', a), asBool('logicalAnd', b)]);

/**
 * Where a or b is true (not zero).
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from '@descant/tensor-ops';
 * logicalOr(tensor([true, false]), false).toArray(); // => [true, false]
 * ```
 */
export const logicalOr = (a: Operand, b: Operand): Tensor =>
  elementwise('or', [asBool('logicalOr', a), asBool('logicalOr', b)]);

/**
 * Where x is false (zero).
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from '@descant/tensor-ops';
 * logicalNot(tensor([true, false])).toArray(); // => [false, true]
 * ```
 */
export const logicalNot = (x: Operand): Tensor => elementwise('not', [asBool('logicalNot', x)]);

const asBool = (fn: string, x: Operand): Tensor => cast(asTensor(fn, 'operand', x), 'bool');

/**
 * `a` where the condition holds and `b` elsewhere. The derivative flows only through the chosen side.
 *
 * @example
 * ```ts
 * import { tensor, where } from '@descant/tensor-ops';
 * where(tensor([true, false]), tensor([1, 2]), 0).toArray(); // => [1, 0]
 * ```
 */
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  return elementwise('select', [asBool('where', condition), ...unify('where', [a, b])]);
}
