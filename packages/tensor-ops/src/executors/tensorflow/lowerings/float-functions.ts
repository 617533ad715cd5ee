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
