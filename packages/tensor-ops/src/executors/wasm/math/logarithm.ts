/**
 * log, log1p and softplus on vectors of float32 or float64.
 *
 * Source: FreeBSD msun e_log.c, s_log1p.c (Sun Microsystems, 1993) and their float versions.
 */
import { exp } from './exponential.ts';
import { LN2 } from './ln2.ts';
import type { Expression, Precision, VectorCode } from './vector-code.ts';

const LOG_L: Record<Precision, readonly number[]> = {
  float32: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841],
  float64: [
    0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
    0.15313837699209373, 0.14798198605116586,
  ],
};

/** Numbers below `smallest` are multiplied by 2^`shift` to be normal. */
const SUBNORMAL = {
  float32: { smallest: 2 ** -126, shift: 25 },
  float64: { smallest: 2 ** -1022, shift: 54 },
} as const;

/** log(x) + correction for positive normal finite x; `shift` is taken off the exponent. */
function logNormal(v: VectorCode, x: Expression, shift?: Expression, correction?: Expression): Expression {
  const ln2 = LN2[v.precision];
  const { exponent, mantissa } = v.splitExponent(x);
  const k = shift ? v.let(v.subtract(exponent, shift)) : exponent;
  const f = v.let(v.subtract(mantissa, v.constant(1)));
  const s = v.let(v.divide(f, v.add(v.constant(2), f)));
  const z = v.let(v.multiply(s, s));
  const series = v.multiply(z, v.polynomial(z, LOG_L[v.precision]));
  const half = v.let(v.multiply(v.multiply(f, f), v.constant(0.5)));
  const lowPart = v.multiply(k, v.constant(ln2.low));
  const low = correction ? v.add(lowPart, correction) : lowPart;
  const bracket = v.subtract(v.subtract(half, v.multiplyAdd(s, v.add(half, series), low)), f);
  return v.subtract(v.multiply(k, v.constant(ln2.high)), bracket);
}

export function log(v: VectorCode, x: Expression): Expression {
  const { smallest, shift } = SUBNORMAL[v.precision];
  const zero = v.constant(0);
  const tiny = v.let(v.less(x, v.constant(smallest)));
  const scaled = v.let(v.select(tiny, v.multiply(x, v.constant(2 ** shift)), x));
  const value = v.let(logNormal(v, scaled, v.select(tiny, v.constant(shift), zero)));
  const special = v.select(
    v.equal(x, zero),
    v.constant(-Infinity),
    v.select(v.less(x, zero), v.constant(NaN), x),
  );
  const regular = v.and(v.less(zero, x), v.less(x, v.constant(Infinity)));
  return v.select(regular, value, special);
}

/** log(1 + x) with the rounding error of 1 + x put back. */
export function log1p(v: VectorCode, x: Expression): Expression {
  const one = v.constant(1);
  const u = v.let(v.add(one, x));
  const error = v.select(
    v.less(x, one),
    v.subtract(x, v.subtract(u, one)),
    v.subtract(one, v.subtract(u, x)),
  );
  const value = v.let(logNormal(v, u, undefined, v.let(v.divide(error, u))));
  const minusOne = v.constant(-1);
  const special = v.select(
    v.equal(x, minusOne),
    v.constant(-Infinity),
    v.select(v.less(x, minusOne), v.constant(NaN), x),
  );
  // Adding 0 would lose the sign of -0, which is its own logarithm here.
  const regular = v.and(v.less(minusOne, x), v.less(x, v.constant(Infinity)));
  return v.select(v.equal(x, v.constant(0)), x, v.select(regular, value, special));
}

/** log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
export function softplus(v: VectorCode, x: Expression): Expression {
  const e = v.let(exp(v, v.let(v.negate(v.abs(x)))));
  const positive = v.select(v.less(x, v.constant(0)), v.constant(0), x);
  return v.add(positive, log1p(v, e));
}
