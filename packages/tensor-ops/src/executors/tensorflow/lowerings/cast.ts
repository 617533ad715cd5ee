/** Conversion between dtypes. */
import { asFloat, scalar } from '../runtime.ts';
import type { Lowering } from './lowering.ts';

/** The largest float32 below 2^31. */
const BELOW_LIMIT = 2147483520;

/**
 * Floats become integers as everywhere in tensor-ops: they saturate, and NaN gives 0, where the backends wrap or
 * leave it open. Truth is "not zero", which the wasm backend's own cast is not.
 */
export const lowerCast: Lowering<'cast'> = (r, node, [x]) => {
  const { tf, backend } = r;
  const from = node.inputs[0].dtype;
  if (node.dtype === 'bool') return tf.notEqual(x, scalar(r, 0, from));
  if (backend === 'webgpu' && node.dtype === 'float32') return asFloat(r, x);
  if (node.dtype === 'float32' || from === 'bool')
    return tf.cast(x, node.dtype === 'int32' ? 'int32' : 'float32');
  const number = tf.where(tf.notEqual(x, x), tf.scalar(0), x);
  const within = tf.cast(tf.clipByValue(number, -2147483648, BELOW_LIMIT), 'int32');
  return tf.where(tf.greater(number, BELOW_LIMIT), scalar(r, 2147483647, 'int32'), within);
};
