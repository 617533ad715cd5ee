/**
 * exp, expm1 and what follows from them, on vectors of float32 or float64.
 *
 * Source: FreeBSD msun e_exp.c, s_expm1.c, s_tanh.c (Sun Microsystems, 1993) and their float versions. The
 * branches on the size of the argument are replaced by formulas that hold everywhere or by selection. In float32 exp,
 * sigmoid and tanh have formulas of their own.
 */
import { expSingle, sigmoidSingle } from './exponential-single.ts';
import { LN2 } from './ln2.ts';
import { tanhSingle } from './tanh.ts';
import type { Expression, Precision, VectorCode } from './vector-code.ts';

/** Beyond these, exp is 0 or infinite. */
const RANGE = { float32: { low: -104, high: 89 }, float64: { low: -746, high: 710 } } as const;

/** Below, expm1 is -1 to the last bit. */
const EXPM1_LOW = { float32: -18, float64: -40 } as const;

const EXP_P = [
  0.16666666666666602, -0.0027777777777015593, 0.00006613756321437934, -0.0000016533902205465252,
  4.1381367970572385e-8,
];

const EXPM1_Q: Record<Precision, readonly number[]> = {
  float32: [1, -0.033333212137, 0.0015807170421],
  float64: [
    1, -0.03333333333333313, 0.0015873015872548146, -0.0000793650757867488, 0.000004008217827329362,
    -2.0109921818362437e-7,
  ],
};

/** x = n ln 2 + high - low with |high - low| <= ln 2 / 2. */
function reduce(v: VectorCode, x: Expression): { n: Expression; high: Expression; low: Expression } {
  const ln2 = LN2[v.precision];
  const n = v.let(v.round(v.multiply(x, v.constant(Math.LOG2E))));
  const high = v.let(v.negativeMultiplyAdd(n, v.constant(ln2.high), x));
  return { n, high, low: v.let(v.multiply(n, v.constant(ln2.low))) };
}

export function exp(v: VectorCode, x: Expression): Expression {
  if (v.precision === 'float32') return expSingle(v, x);
  const { low: least, high: most } = RANGE[v.precision];
  const { n, high, low } = reduce(v, v.let(v.clamp(x, least, most)));
  const r = v.let(v.subtract(high, low));
  const square = v.let(v.multiply(r, r));
  const c = v.let(v.negativeMultiplyAdd(square, v.polynomial(square, EXP_P), r));
  const quotient = v.divide(v.multiply(r, c), v.subtract(v.constant(2), c));
  const y = v.subtract(v.constant(1), v.subtract(v.subtract(low, quotient), high));
  return v.scale(v.let(y), n);
}

export function expm1(v: VectorCode, x: Expression): Expression {
  const limited = v.let(v.clamp(x, EXPM1_LOW[v.precision], RANGE[v.precision].high));
  const { n, high, low } = reduce(v, limited);
  const r = v.let(v.subtract(high, low));
  const c = v.let(v.subtract(v.subtract(high, r), low));
  const half = v.let(v.multiply(r, v.constant(0.5)));
  const hxs = v.let(v.multiply(r, half));
  const r1 = v.let(v.polynomial(hxs, EXPM1_Q[v.precision]));
  const t = v.let(v.negativeMultiplyAdd(r1, half, v.constant(3)));
  const quotient = v.divide(v.subtract(r1, t), v.negativeMultiplyAdd(r, t, v.constant(6)));
  const e0 = v.let(v.multiply(hxs, quotient));
  const e = v.subtract(v.subtract(v.multiply(r, v.subtract(e0, c)), c), hxs);
  // exp(x) - 1 = 2^n ((1 - 2^-n) + (r - e)); beyond n = 100, 2^-n is lost beside 1.
  const minusN = v.negate(v.clamp(n, -100, 100));
  const offset = v.subtract(v.constant(1), v.powerOfTwo(minusN));
  const y = v.subtract(offset, v.subtract(e, r));
  return v.copySign(v.scale(v.let(y), n), x);
}

/** 1 / (1 + exp(-x)), through exp(-|x|), which cannot overflow. */
export function sigmoid(v: VectorCode, x: Expression): Expression {
  if (v.precision === 'float32') return sigmoidSingle(v, x);
  const one = v.constant(1);
  const e = v.let(exp(v, v.let(v.negate(v.abs(x)))));
  const numerator = v.select(v.less(x, v.constant(0)), e, one);
  return v.divide(numerator, v.add(one, e));
}

/** With t = expm1(2|x|): 1 - 2 / (t + 2); below 1, with t = expm1(-2|x|): -t / (t + 2). */
export function tanh(v: VectorCode, x: Expression): Expression {
  if (v.precision === 'float32') return tanhSingle(v, x);
  const two = v.constant(2);
  const twice = v.let(v.multiply(v.abs(x), two));
  const small = v.let(v.less(twice, two));
  const t = v.let(expm1(v, v.let(v.select(small, v.negate(twice), twice))));
  const quotient = v.let(v.divide(v.select(small, t, two), v.add(t, two)));
  const magnitude = v.select(small, v.negate(quotient), v.subtract(v.constant(1), quotient));
  return v.copySign(magnitude, x);
}
