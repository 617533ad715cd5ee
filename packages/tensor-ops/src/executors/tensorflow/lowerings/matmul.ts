/** Products of matrices. */
import { type Shape, sameShape, sizeOf } from '../../../shape.ts';
import { asFloat, deviceType, type Handle, type Runtime } from '../runtime.ts';
import { multiply } from './elementwise.ts';
import type { Lowering } from './lowering.ts';
import { broadcast } from './shapes.ts';

/** Backends multiply matrices of floats; those of integers are sums of products. */
export const lowerMatmul: Lowering<'matmul'> = (r, node, [a, b]) => {
  const { tf, backend } = r;
  const batch = node.shape.slice(0, -2);
  const [m, n] = node.shape.slice(-2);
  const [left, right] = [batchOf(a), batchOf(b)];
  const product = (x: Handle, y: Handle) => {
    if (backend === 'webgpu') return tf.cast(tf.matMul(asFloat(r, x), asFloat(r, y)), deviceType(node.dtype));
    if (node.dtype !== 'float32') return integerProduct(r, x, y);
    return tf.matMul(x, backend === 'wasm' ? copied(r, y) : y);
  };
  const matrices = (x: Handle) => tf.reshape(x, [-1, ...x.shape.slice(-2)]);
  const finish = (x: Handle) => tf.reshape(x, [...node.shape]);
  if (sizeOf(right) === 1) {
    // One right-hand matrix for the rows of all: a single product.
    const k = a.shape[a.rank - 1];
    return finish(product(tf.reshape(a, [sizeOf(left) * m, k]), tf.reshape(b, [k, n])));
  }
  if (sizeOf(left) === 1 || sameShape(left, right)) return finish(product(matrices(a), matrices(b)));
  // The backends count through the batches of both sides without regard to their axes.
  const all = (x: Handle) => matrices(broadcast(r, x, [...batch, ...x.shape.slice(-2)]));
  return finish(product(all(a), all(b)));
};

const batchOf = (x: Handle): Shape => x.shape.slice(0, -2);

/**
 * The wasm backend keeps, for each right-hand matrix, an operator that it finds again by the memory alone: the same
 * numbers under another shape would be multiplied as the shape that came first.
 */
const copied = ({ tf }: Runtime, x: Handle): Handle =>
  tf.slice(
    x,
    x.shape.map(() => 0),
    x.shape,
  );

function integerProduct(r: Runtime, a: Handle, b: Handle): Handle {
  const { tf } = r;
  return tf.sum(multiply(r, tf.expandDims(a, -1), tf.expandDims(b, -3)), -2);
}
