/** The variance of the total gradient estimate, in closed form. */
import {
  add,
  div,
  expandDims,
  eye,
  matmul,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@descant/tensor-ops';
import { inverse } from '@descant/tensor-ops/linalg';
import { total } from '../cells/diagonals.ts';
import type { NoiseKind } from '../learners/learner.ts';
import type { Scaling } from '../learners/scaling.ts';
import { type Credit, remainingCredit } from './credit.ts';

/** The trace of the covariance of the sum over an episode of a learner's estimates, and its terms; scalars. */
export interface TotalVariance {
  /** The part that depends on Q. */
  readonly v: Tensor;
  /** The part that does not. */
  readonly r: Tensor;
  /** What the total loses with signs, twice: it has excess kurtosis -2. */
  readonly k: Tensor;
  /** v + r for normal noise, v + r - 2 k for signs. */
  readonly total: Tensor;
}

/** Options of the functions of variance. */
export interface VarianceOptions {
  /** Q_t = alpha_t Q_0; default the identity. */
  readonly scaling?: Scaling;
  /** Default `signs`. */
  readonly noise?: NoiseKind;
}

/** b Q_0 for every row of b. */
const through = (rows: Tensor, matrix: Tensor | undefined): Tensor =>
  matrix === undefined ? rows : matmul(rows, matrix);

/** The diagonal of Q_0^-1 J J' Q_0^-T for every step, [T, N]. */
function whitenedDiagonal(gram: Tensor, matrix: Tensor | undefined): Tensor {
  const n = gram.shape[1];
  if (matrix === undefined) return gram.rank === 2 ? gram : sum(mul(gram, eye(n, gram.dtype)), 2);
  const inverted = inverse(matrix);
  if (gram.rank === 2) return matmul(gram, transpose(square(inverted)));
  const rows = expandDims(inverted, 0);
  return sum(mul(matmul(rows, gram), rows), 2);
}

/**
 * C [T, T], by which V(Q) = sum over q, r of (alpha_r / alpha_q)^2 C_qr.
 *
 * `C_qr = |sum over t >= q of b_r^(t)' Q_0|^2 |Q_0^-1 J_q|_F^2`. Source: Cooijmans (2023), eq. 4.7.3.
 *
 * @param matrix - Q_0 [N, N]; default the identity.
 *
 * @example
 * ```ts
 * import { creditAssignment, regressor, tanhRnn, temporalMatrix } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: zeros([5, 1]), weight: ones([5]) };
 * temporalMatrix(creditAssignment(model, model.init(key(0)), zeros([5, 2]), targets)).shape; // => [5, 5]
 * ```
 */
export function temporalMatrix({ b, gram }: Credit, matrix?: Tensor): Tensor {
  const credit = sum(square(through(remainingCredit(b), matrix)), 2);
  return mul(credit, expandDims(sum(whitenedDiagonal(gram, matrix), 1), 1));
}

/**
 * C of `preUoro`, [T, T]: `C_qr = |sum over t >= q of b_r^(t)|^2 |a_q|^2`, summed over the cell's matrices.
 *
 * Source: Cooijmans (2023), eq. 4.H.1, first term. For a cell of one matrix it is that of `uoro` divided by N.
 *
 * @example
 * ```ts
 * import { creditAssignment, preUoroTemporalMatrix, regressor, tanhRnn } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: zeros([5, 1]), weight: ones([5]) };
 * preUoroTemporalMatrix(creditAssignment(model, model.init(key(0)), zeros([5, 2]), targets)).shape; // => [5, 5]
 * ```
 */
export const preUoroTemporalMatrix = ({ preactivations, features }: Credit): Tensor =>
  total(
    preactivations.map((b, k) =>
      mul(sum(square(remainingCredit(b)), 2), expandDims(sum(square(features[k]), 1), 1)),
    ),
  );

/** V = sum over q, r of (alpha_r / alpha_q)^2 C_qr. */
export function scaledSum(c: Tensor, alpha: Tensor | undefined): Tensor {
  if (alpha === undefined) return sum(c);
  const squares = square(alpha);
  return sum(mul(c, div(squares, expandDims(squares, 1))));
}

/**
 * R = sum over s, t of <J' S(t) b(s), J' S(s) b(t)>, with S(t) keeping the first t steps.
 *
 * With J_r J_q' = (a_r . a_q) I between preactivations, and c_qr what is left of the credit of step r from step q on, it is the
 * sum over q, r of (a_q . a_r) (c_qr . c_rq), the same at every cut.
 */
const noncausalPart = ({ preactivations, features }: Credit): Tensor =>
  total(
    preactivations.map((b, k) => {
      const c = remainingCredit(b);
      const products = sum(mul(c, transpose(c, [1, 0, 2])), 2);
      return sum(mul(products, matmul(features[k], transpose(features[k]))));
    }),
  );

const totals = (v: Tensor, r: Tensor, k: Tensor, noise: NoiseKind): TotalVariance => {
  const normal = add(v, r);
  return { v, r, k, total: noise === 'normal' ? normal : sub(normal, mul(2, k)) };
};

/** sum over t of b_r^(t) for every r, [T, N]: the diagonal of the remaining credit, because b is causal. */
const wholeCredit = (b: Tensor): Tensor => sum(b, 0);

/**
 * The exact total variance of `uoro` without rescaling, for a Q that does not depend on the noise.
 *
 * `V = sum over q, r of (alpha_r / alpha_q)^2 C_qr`, `R = sum over s, t of <J' S(t) b(s), J' S(s) b(t)>`,
 * `K = sum over r, i of (sum over t of Q_0' b_r^(t))_i^2 (Q_0^-1 J_r J_r' Q_0^-T)_ii`, and the total is V + R + kappa K with
 * the excess kurtosis kappa of the noise: 0 for normal numbers, -2 for signs.
 *
 * Source: Cooijmans (2023), eq. 4.6.3 and 4.7.1-4.7.3, corrected: the second term printed there is |d L / d W|^2, because
 * proposition 2 and corollary 3 hold for symmetric BC only; in general E[A u u' BC u u' D] = tr(BC) A D + A (BC + (BC)') D +
 * kappa A ((BC) o I) D. K is left out there (kappa = 0). R does not depend on Q: the optima stand.
 *
 * @returns Scalars; for the estimate summed over the episode.
 *
 * @example
 * ```ts
 * import { creditAssignment, regressor, tanhRnn, uoroVariance } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: ones([5, 1]), weight: ones([5]) };
 * const credit = creditAssignment(model, model.init(key(0)), ones([5, 2]), targets);
 * const { v, total } = uoroVariance(credit);
 * v.item() > 0 && total.item() > 0; // => true
 * ```
 */
export function uoroVariance(credit: Credit, options: VarianceOptions = {}): TotalVariance {
  const { scaling = {}, noise = 'signs' } = options;
  const { matrix, alpha } = scaling;
  const whole = through(wholeCredit(credit.b), matrix);
  return totals(
    scaledSum(temporalMatrix(credit, matrix), alpha),
    noncausalPart(credit),
    sum(mul(square(whole), whitenedDiagonal(credit.gram, matrix))),
    noise,
  );
}

/**
 * The exact total variance of `preUoro` without rescaling.
 *
 * `V = sum over q, r of (alpha_r / alpha_q)^2 |sum over t >= q of b_r^(t)|^2 |a_q|^2`; R as for `uoro`;
 * `K = sum over r of |sum over t of b_r^(t)|^2 |a_r|^2`.
 *
 * Source: Cooijmans (2023), eq. 4.H.1, corrected as in `uoroVariance`; S-bar printed there as 1[i >= t] is 1[i <= t].
 *
 * @param options - `scaling.matrix` has no meaning here and is not read.
 *
 * @example
 * ```ts
 * import { creditAssignment, preUoroVariance, regressor, tanhRnn, uoroVariance } from '@descant/uoro';
 * import { key, ones } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: ones([5, 1]), weight: ones([5]) };
 * const credit = creditAssignment(model, model.init(key(0), 'float64'), ones([5, 2], 'float64'), targets);
 * uoroVariance(credit).v.item() / preUoroVariance(credit).v.item(); // => 3
 * ```
 */
export function preUoroVariance(credit: Credit, options: VarianceOptions = {}): TotalVariance {
  const { scaling = {}, noise = 'signs' } = options;
  const own = credit.preactivations.map((b, k) =>
    mul(sum(square(wholeCredit(b)), 1), sum(square(credit.features[k]), 1)),
  );
  const v = scaledSum(preUoroTemporalMatrix(credit), scaling.alpha);
  return totals(v, noncausalPart(credit), sum(total(own)), noise);
}
