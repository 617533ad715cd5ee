/**
 * exp and sigmoid on vectors of float32, without the division of the formulas for both precisions.
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2, and exp(r) = 1 + r + r^2 P(r). The coefficients are our own fit of the relative
 * error (iteratively reweighted least squares in double precision): at most 3.1e-9, a twentieth of a unit in the last
 * place.
 */
import { LN2 } from './ln2.ts';
import type { Expression, VectorCode } from './vector-code.ts';

const P = [0.499999934, 0.166665204, 0.0416683908, 0.00836874511, 0.001381454];

/** Beyond these, exp is 0 or infinite. */
const RANGE = { low: -104, high: 89 } as const;

/** Splits exp(x) into exp(r) and n. */
function parts(v: VectorCode, x: Expression): { mantissa: Expression; n: Expression } {
  const n = v.let(v.round(v.multiply(x, v.constant(Math.LOG2E))));
  const high = v.negativeMultiplyAdd(n, v.constant(LN2.float32.high), x);
  const r = v.let(v.negativeMultiplyAdd(n, v.constant(LN2.float32.low), high));
  const tail = v.multiplyAdd(v.multiply(r, r), v.polynomial(r, P), r);
  return { mantissa: v.add(tail, v.constant(1)), n };
}

export function expSingle(v: VectorCode, x: Expression): Expression {
  const { mantissa, n } = parts(v, v.let(v.clamp(x, RANGE.low, RANGE.high)));
  return v.scale(mantissa, n);
}

/** Multiplying by 2^n in two steps keeps 2^(n + SHIFT) normal for all n that occur at arguments below 0. */
const SHIFT = 24;

/** 1 / (1 + exp(-x)), through exp(-|x|), which cannot overflow. */
export function sigmoidSingle(v: VectorCode, x: Expression): Expression {
  const { mantissa, n } = parts(v, v.let(v.clamp(v.negate(v.abs(x)), RANGE.low, 0)));
  const power = v.multiply(mantissa, v.powerOfTwo(v.add(n, v.constant(SHIFT))));
  const e = v.let(v.multiply(power, v.constant(2 ** -SHIFT)));
  const one = v.constant(1);
  return v.divide(v.select(v.less(x, v.constant(0)), e, one), v.add(one, e));
}
