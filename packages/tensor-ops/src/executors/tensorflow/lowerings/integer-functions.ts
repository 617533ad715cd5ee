/** Arithmetic of int32, modulo 2^32 and with our conventions, where a backend has its own. */
import type { Handle, Runtime } from '../runtime.ts';
import { scalar } from '../runtime.ts';

/**
 * The product modulo 2^32. The cpu backend multiplies as float64 numbers, which hold a product of 32 by 16 bits but
 * not of 32 by 32; adding two of the former wraps as it should.
 */
export function integerMultiply(r: Runtime, a: Handle, b: Handle): Handle {
  const { tf, backend } = r;
  if (backend !== 'cpu') return tf.mul(a, b);
  const half = scalar(r, 65536, 'int32');
  const high = tf.floorDiv(a, half);
  const low = tf.sub(a, tf.mul(high, half));
  return tf.add(tf.mul(tf.mul(high, b), half), tf.mul(low, b));
}

/** Quotient rounded down and remainder with the sign of the divisor; both 0 where the divisor is 0. */
function floorDivide(r: Runtime, a: Handle, b: Handle): { quotient: Handle; remainder: Handle } {
  const { tf } = r;
  const [zero, one] = [scalar(r, 0, 'int32'), scalar(r, 1, 'int32')];
  const nothing = tf.equal(b, zero);
  const divisor = tf.where(nothing, one, b);
  // Backends that divide as float32 miss large quotients: divide what is left once more, then by comparing.
  let quotient: Handle = tf.floorDiv(a, divisor);
  let remainder: Handle = tf.sub(a, integerMultiply(r, quotient, divisor));
  const correct = (by: Handle) => {
    quotient = tf.add(quotient, by);
    remainder = tf.sub(remainder, integerMultiply(r, by, divisor));
  };
  correct(tf.floorDiv(remainder, divisor));
  const negative = tf.less(divisor, zero);
  const tooLow = tf.logicalAnd(
    tf.notEqual(remainder, zero),
    tf.logicalXor(tf.less(remainder, zero), negative),
  );
  correct(tf.sub(zero, tf.cast(tooLow, 'int32')));
  const tooHigh = tf.logicalOr(
    tf.logicalAnd(negative, tf.lessEqual(remainder, divisor)),
    tf.logicalAnd(tf.logicalNot(negative), tf.greaterEqual(remainder, divisor)),
  );
  correct(tf.cast(tooHigh, 'int32'));
  return { quotient: tf.where(nothing, zero, quotient), remainder: tf.where(nothing, zero, remainder) };
}

/** The quotient truncated towards zero. */
export function integerDivide(r: Runtime, a: Handle, b: Handle): Handle {
  const { tf } = r;
  const zero = scalar(r, 0, 'int32');
  const { quotient, remainder } = floorDivide(r, a, b);
  const up = tf.logicalAnd(tf.notEqual(remainder, zero), tf.less(quotient, zero));
  return tf.add(quotient, tf.cast(up, 'int32'));
}

/** The remainder with the sign of the divisor. */
export const integerRemainder = (r: Runtime, a: Handle, b: Handle): Handle => floorDivide(r, a, b).remainder;
