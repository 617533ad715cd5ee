/** Functions of float32 in operations that every backend computes well. */
import type { Handle, Runtime } from '../runtime.ts';

/** exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which loses no digits near zero. */
export const expm1 = ({ tf }: Runtime, x: Handle): Handle =>
  tf.mul(tf.tanh(tf.mul(x, 0.5)), tf.add(tf.exp(x), 1));

/**
 * log(1 + x) = x log(u) / (u - 1) with u the rounded 1 + x: the rounding cancels in the quotient.
 *
 * Source: Goldberg (1991), theorem 4. Where u - 1 is x itself (infinity included), log(u) is the value. The wasm
 * backend's own log1p has three correct digits at 1e-5.
 */
export function log1p({ tf }: Runtime, x: Handle): Handle {
  const u = tf.add(x, 1);
  const rounded = tf.sub(u, 1);
  const log = tf.log(u);
  const tiny = tf.equal(rounded, 0);
  const quotient = tf.mul(x, tf.div(log, tf.where(tiny, tf.scalar(1), rounded)));
  return tf.where(tf.equal(rounded, x), log, tf.where(tiny, x, quotient));
}

/** x - y floor(x / y), which takes the divisor's sign. */
export const floatRemainder = ({ tf }: Runtime, x: Handle, y: Handle): Handle =>
  tf.sub(x, tf.mul(y, tf.floor(tf.div(x, y))));

/** Numerator (of odd powers) and denominator (of even powers), highest power first. */
const ERF_NUMERATOR = [
  -2.72614225801306e-10, 2.77068142495902e-8, -2.10102402082508e-6, -5.69250639462346e-5,
  -7.34990630326855e-4, -2.95459980854025e-3, -1.60960333262415e-2,
];
const ERF_DENOMINATOR = [
  -1.45660718464996e-5, -2.13374055278905e-4, -1.68282697438203e-3, -7.37332916720468e-3,
  -1.42647390514189e-2,
];

/**
 * erf(x) as a quotient of polynomials on [-4, 4], beyond which it is 1 in float32; 5e-7 relative.
 *
 * Source: the approximation for float32 of Eigen 3.3 (`generic_fast_erf_float`), which TensorFlow and XLA use. The
 * backends' own ones have an absolute error of 1e-7 even near zero.
 */
export function erf({ tf }: Runtime, x: Handle): Handle {
  // Adding x where it is NaN keeps NaN on backends whose bounds drop it.
  const t = tf.where(tf.notEqual(x, x), x, tf.clipByValue(x, -4, 4));
  const square = tf.mul(t, t);
  const polynomial = ([first, ...rest]: readonly number[]) =>
    rest.reduce<Handle>((sum, c) => tf.add(tf.mul(sum, square), c), tf.fill(t.shape, first));
  return tf.div(tf.mul(t, polynomial(ERF_NUMERATOR)), polynomial(ERF_DENOMINATOR));
}

/** The larger or smaller operand, or NaN: the wasm backend drops a NaN of the second operand. */
export function extreme({ tf, backend }: Runtime, fn: 'maximum' | 'minimum', a: Handle, b: Handle): Handle {
  const result = tf[fn](a, b);
  return backend === 'wasm' ? tf.where(tf.notEqual(b, b), b, result) : result;
}

/** a^b; 1 and -1 to the power of NaN or an infinity are NaN, as in JavaScript, where C says 1. */
export function power({ tf, backend }: Runtime, a: Handle, b: Handle): Handle {
  const result = tf.pow(a, b);
  if (backend === 'cpu') return result;
  const open = tf.logicalAnd(tf.equal(tf.abs(a), 1), tf.notEqual(tf.sub(b, b), 0));
  return tf.where(open, tf.scalar(Number.NaN), result);
}

/** pi / 2 in three parts, the first two with few enough digits that their products with quadrants are exact. */
const RIGHT_ANGLE = [1.5703125, 4.837512969970703e-4, 7.549789948768648e-8];

/** Coefficients of x^3, x^5, x^7 of the sine and of x^4, x^6, x^8 of the cosine on [-pi/4, pi/4]. */
const SINE = [-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4];
const COSINE = [4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5];

/**
 * sin(x + shift pi / 2), 2e-7 absolute for |x| up to about 1e4.
 *
 * The quadrants are taken off x in three parts, and the rest goes to the polynomial of its quadrant. Source: Cephes
 * 2.2, `sinf` and `cosf` (S. Moshier).
 */
export function sine({ tf }: Runtime, x: Handle, shift: 0 | 1): Handle {
  const turns = tf.round(tf.mul(x, 2 / Math.PI));
  const y = RIGHT_ANGLE.reduce<Handle>((rest, part) => tf.sub(rest, tf.mul(turns, part)), x);
  const square = tf.mul(y, y);
  const [s3, s5, s7] = SINE;
  const [c4, c6, c8] = COSINE;
  const horner = (a: number, b: number, c: number) => tf.add(tf.mul(tf.add(tf.mul(square, c), b), square), a);
  const sin = tf.add(y, tf.mul(tf.mul(y, square), horner(s3, s5, s7)));
  const cos = tf.add(tf.sub(1, tf.mul(square, 0.5)), tf.mul(tf.mul(square, square), horner(c4, c6, c8)));
  // The quadrant modulo 4, in floats.
  const quadrant = tf.add(turns, shift);
  const modulo = tf.sub(quadrant, tf.mul(4, tf.floor(tf.mul(quadrant, 0.25))));
  const odd = tf.logicalOr(tf.equal(modulo, 1), tf.equal(modulo, 3));
  const value = tf.where(odd, cos, sin);
  return tf.where(tf.greater(modulo, 1.5), tf.neg(value), value);
}
