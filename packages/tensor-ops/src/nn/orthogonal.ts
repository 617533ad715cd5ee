/** Orthogonal starting weights. */
import { scan } from '../control/scan.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { add, div, mul, sqrt, square, sub } from '../ops/arithmetic.ts';
import { eye, zeros } from '../ops/create.ts';
import { matmul } from '../ops/matmul.ts';
import { sum } from '../ops/reduce.ts';
import { expandDims, reshape, transpose } from '../ops/shape.ts';
import { normal } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import type { Initializer } from './initializers.ts';

/** Orthonormal rows that span those of a wide matrix, by Gram-Schmidt; each is projected twice, against rounding. */
function orthonormalRows(a: Tensor): Tensor {
  const [rows] = a.shape;
  const step = (done: Tensor, { row, place }: { row: Tensor; place: Tensor }): [Tensor, null] => {
    const project = (v: Tensor) => sub(v, matmul(matmul(done, v), done));
    const rest = project(project(row));
    const unit = div(rest, sqrt(sum(square(rest))));
    return [add(done, mul(expandDims(place, 1), unit)), null];
  };
  return scan(step, zeros(a.shape, a.dtype), { row: a, place: eye(rows, a.dtype) })[0];
}

/**
 * Random orthogonal matrices times `gain`: the shorter side's vectors are orthonormal, uniformly over all such matrices.
 *
 * The Q of the QR decomposition of a normal matrix, with a positive diagonal of R. Axes before the last two join
 * the inputs.
 *
 * Source: Saxe, McClelland and Ganguli (2014), sec. 3. The numbers are those of jax.nn.initializers.orthogonal, up
 * to rounding.
 *
 * @example
 * ```ts
 * import { key, matmul, transpose } from '@descant/tensor-ops';
 * import { orthogonal } from '@descant/tensor-ops/nn';
 * const q = orthogonal()(key(0), [2, 2], 'float64');
 * matmul(q, transpose(q)).toArray(); // => [[1, 0], [0, 1]]
 * ```
 */
export function orthogonal(gain = 1): Initializer {
  return (key, shape, dtype = 'float32') => {
    if (shape.length < 2)
      throw new ArgumentError('orthogonal', 'shape', 'have at least two axes', showShape(shape));
    const outputs = shape[shape.length - 1];
    const inputs = shape.slice(0, -1).reduce((n, d) => n * d, 1);
    const tall = normal(key, [Math.max(inputs, outputs), Math.min(inputs, outputs)], dtype);
    const rows = orthonormalRows(transpose(tall));
    return mul(gain, reshape(inputs < outputs ? rows : transpose(rows), shape));
  };
}
