/** Comparisons, logic and choice, element by element with NumPy broadcasting. Results are bool. */

import { cast } from '../primitives/cast.ts';
import { elementwise } from '../primitives/elementwise.ts';
import type { Tensor } from '../tensor.ts';
import { asTensor, broadcasting, type Operand, unify } from './operands.ts';

/** Operands of a comparison: of one dtype. */
const pair = (fn: string, a: Operand, b: Operand) => broadcasting(fn, unify(fn, [a, b]));

const asBool = (fn: string, x: Operand): Tensor => cast(asTensor(fn, 'operand', x), 'bool');

const bools = (fn: string, a: Operand, b: Operand) => broadcasting(fn, [asBool(fn, a), asBool(fn, b)]);

/**
 * Where a < b.
 *
 * @example
 * ```ts
 * import { less, tensor } from '@descant/tensor-ops';
 * less(tensor([1, 2]), 2).toArray(); // => [true, false]
 * ```
 */
export const less = (a: Operand, b: Operand): Tensor => elementwise('less', pair('less', a, b));

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
  elementwise('lessEqual', pair('lessEqual', a, b));

/**
 * Where a > b.
 *
 * @example
 * ```ts
 * import { greater, tensor } from '@descant/tensor-ops';
 * greater(tensor([1, 3]), 2).toArray(); // => [false, true]
 * ```
 */
export const greater = (a: Operand, b: Operand): Tensor =>
  elementwise('less', pair('greater', a, b).toReversed());

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
  elementwise('lessEqual', pair('greaterEqual', a, b).toReversed());

/**
 * Where a = b (false for NaN).
 *
 * @example
 * ```ts
 * import { equal, tensor } from '@descant/tensor-ops';
 * equal(tensor([1, 2]), 2).toArray(); // => [false, true]
 * ```
 */
export const equal = (a: Operand, b: Operand): Tensor => elementwise('equal', pair('equal', a, b));

/**
 * Where a differs from b (true for NaN).
 *
 * @example
 * ```ts
 * import { notEqual, tensor } from '@descant/tensor-ops';
 * notEqual(tensor([1, 2]), 2).toArray(); // => [true, false]
 * ```
 */
export const notEqual = (a: Operand, b: Operand): Tensor => elementwise('notEqual', pair('notEqual', a, b));

/**
 * Where both a and b are true (not zero).
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from '@descant/tensor-ops';
 * logicalAnd(tensor([true, false]), true).toArray(); // => [true, false]
 * ```
 */
export const logicalAnd = (a: Operand, b: Operand): Tensor => elementwise('and', bools('logicalAnd', a, b));

/**
 * Where a or b is true (not zero).
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from '@descant/tensor-ops';
 * logicalOr(tensor([true, false]), false).toArray(); // => [true, false]
 * ```
 */
export const logicalOr = (a: Operand, b: Operand): Tensor => elementwise('or', bools('logicalOr', a, b));

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
  return elementwise(
    'select',
    broadcasting('where', [asBool('where', condition), ...unify('where', [a, b])]),
  );
}
