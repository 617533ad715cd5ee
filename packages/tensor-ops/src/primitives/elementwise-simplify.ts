/** Algebraic identities that hold for every finite and non-finite value (up to the sign of zero). */
import { isFloat } from '../dtype.ts';
import { scalar, uniformValue } from '../ir/build.ts';
import type { ScalarFunction } from '../ir/scalar-functions.ts';
import type { Tensor } from '../tensor.ts';
import { mergeDisjoint } from './assemble.ts';
import { elementwise } from './elementwise.ts';

const isNegate = (x: Tensor): boolean => x.is('elementwise') && x.attributes.fn === 'negate';
const negate = (x: Tensor): Tensor => elementwise('negate', [x]);

/**
 * A simpler tensor that equals `fn(inputs)` after broadcasting, or undefined. Never multiplies by zero away: the
 * other factor may be infinite. (Zeros of differentiation are null tangents and never reach this place.)
 */
export function simplifyElementwise(fn: ScalarFunction, inputs: readonly Tensor[]): Tensor | undefined {
  const [a, b, c] = inputs;
  const x = uniformValue(a);
  const y = b && uniformValue(b);
  switch (fn) {
    case 'negate':
      return isNegate(a) ? a.inputs[0] : undefined;
    case 'add':
      if (x === 0) return b;
      if (y === 0) return a;
      if (isNegate(b)) return elementwise('subtract', [a, b.inputs[0]]);
      if (isNegate(a)) return elementwise('subtract', [b, a.inputs[0]]);
      return mergeDisjoint(a, b);
    case 'subtract':
      if (y === 0) return a;
      if (x === 0) return negate(b);
      return isNegate(b) ? elementwise('add', [a, b.inputs[0]]) : undefined;
    case 'multiply':
      if (x === 1) return b;
      if (y === 1) return a;
      if (x === -1) return negate(b);
      if (y === -1) return negate(a);
      if (isNegate(a) && isNegate(b)) return elementwise('multiply', [a.inputs[0], b.inputs[0]]);
      if (isNegate(a)) return negate(elementwise('multiply', [a.inputs[0], b]));
      return isNegate(b) ? negate(elementwise('multiply', [a, b.inputs[0]])) : undefined;
    case 'divide':
      if (y === 1) return a;
      return isNegate(a) ? negate(elementwise('divide', [a.inputs[0], b])) : undefined;
    case 'power':
      return simplifyPower(a, y);
    case 'select':
      if (b === c) return b;
      if (x !== undefined) return x !== 0 ? b : c;
      return undefined;
    default:
      return undefined;
  }
}

/** Constant exponents that need no logarithm; small integers become products. */
function simplifyPower(base: Tensor, exponent: number | undefined): Tensor | undefined {
  if (exponent === undefined || !isFloat(base.dtype)) return undefined;
  switch (exponent) {
    case 0:
      return scalar(1, base.dtype);
    case 1:
      return base;
    case 2:
      return elementwise('multiply', [base, base]);
    case 3:
      return elementwise('multiply', [base, elementwise('multiply', [base, base])]);
    case -1:
      return elementwise('divide', [scalar(1, base.dtype), base]);
    case 0.5:
      return elementwise('sqrt', [base]);
    default:
      return undefined;
  }
}
