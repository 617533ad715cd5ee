/** The spatial matrix that minimises the variance. */
import {
  ArgumentError,
  add,
  div,
  exp,
  expandDims,
  eye,
  log,
  matmul,
  mean,
  mul,
  ones,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@descant/tensor-ops';
import { eigh } from '@descant/tensor-ops/linalg';
import { type Credit, remainingCredit } from './credit.ts';

/**
 * B [N, N], by which V(Q) = tr(B Q_0 Q_0') tr((Q_0 Q_0')^-1) at the cut through the preactivations.
 *
 * `B = sum over q, r of (alpha_r / alpha_q)^2 |a_q|^2 c_qr c_qr'`, with c_qr = sum over t >= q of b_r^(t).
 *
 * Source: Cooijmans (2023), eq. 4.7.7. Average it over a batch, as sec. 4.7.2 does.
 *
 * @param alpha - [T]; default ones.
 * @throws ArgumentError when the cell has several matrices, whose features differ: J J' is then no multiple of I.
 *
 * @example
 * ```ts
 * import { creditAssignment, regressor, spatialMatrix, tanhRnn } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: zeros([5, 1]), weight: ones([5]) };
 * spatialMatrix(creditAssignment(model, model.init(key(0)), zeros([5, 2]), targets)).shape; // => [3, 3]
 * ```
 */
export function spatialMatrix({ preactivations, features }: Credit, alpha?: Tensor): Tensor {
  if (preactivations.length !== 1) {
    const received = `${preactivations.length} matrices`;
    throw new ArgumentError('spatialMatrix', 'credit', 'be of a cell with one matrix of weights', received);
  }
  const [b, a] = [preactivations[0], features[0]];
  const [steps, , size] = b.shape;
  const scale = alpha ?? ones([steps], b.dtype);
  // [q, r]: |a_q| alpha_r / alpha_q
  const factors = mul(expandDims(div(sqrt(sum(square(a), 1)), scale), 1), scale);
  const rows = reshape(mul(expandDims(factors, 2), remainingCredit(b)), [steps * steps, size]);
  return matmul(transpose(rows), rows);
}

/** Options of `optimalMatrix`. */
export interface OptimalMatrixOptions {
  /** lambda, at least 0; default 0. Distrusts the estimate of B, and makes a singular B invertible. */
  readonly damping?: number;
}

/**
 * The Q_0 [N, N], symmetric with determinant 1, that minimises tr(B Q_0 Q_0') tr((Q_0 Q_0')^-1).
 *
 * `Q_0 = (B + lambda tr(B) / N I)^(-1/4)`, and then V = (tr B^(1/2))^2 without damping, by Cauchy-Schwarz at most N tr B.
 *
 * Source: Cooijmans (2023), sec. 4.7.1 and theorem 5. Deviation: the damped formulas are printed with the exponent +1/4, which is never
 * better than the identity; the determinant is made 1, which changes no estimate.
 *
 * @throws ArgumentError unless b is square, when the damping is negative, or when the damped B is not positive definite
 * (not while tracing: the result is then not finite).
 *
 * @example
 * ```ts
 * import { optimalMatrix } from '@descant/uoro';
 * import { tensor } from '@descant/tensor-ops';
 * optimalMatrix(tensor([[16, 0], [0, 1]], { dtype: 'float64' })).toArray(); // => [[0.7071068, 0], [0, 1.4142136]]
 * ```
 */
export function optimalMatrix(b: Tensor, options: OptimalMatrixOptions = {}): Tensor {
  const { damping = 0 } = options;
  if (b.rank !== 2 || b.shape[0] !== b.shape[1])
    throw new ArgumentError('optimalMatrix', 'b', 'have shape [N, N]', `[${b.shape.join(', ')}]`);
  if (!(damping >= 0 && Number.isFinite(damping)))
    throw new ArgumentError('optimalMatrix', 'damping', 'be a finite number of at least 0', String(damping));
  const unit = eye(b.shape[0], b.dtype);
  const trace = sum(mul(b, unit));
  const { values, vectors } = eigh(add(b, mul(div(mul(damping, trace), b.shape[0]), unit)));
  if (values.isConcrete && !values.data.every((w) => w > 0))
    throw new ArgumentError(
      'optimalMatrix',
      'b',
      'be positive definite (or be damped)',
      `eigenvalue ${values.data[0]}`,
    );
  const logs = mul(-0.25, log(values));
  return matmul(mul(vectors, exp(sub(logs, mean(logs)))), transpose(vectors));
}
