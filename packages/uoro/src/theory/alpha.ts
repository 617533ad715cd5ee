/** The temporal coefficients that minimise the variance. */
import {
  ArgumentError,
  abs,
  add,
  div,
  exp,
  expandDims,
  eye,
  type FloatType,
  full,
  greater,
  less,
  log,
  logicalAnd,
  logicalOr,
  max,
  mean,
  mul,
  sub,
  sum,
  type Tensor,
  transpose,
  where,
  zeros,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { balance, solve } from '@descant/tensor-ops/linalg';

/** Gradients of V / V below this are rounding. */
const STATIONARY = { float32: 1e-6, float64: 1e-13 };
const MOST_STEPS = 200;

interface Search {
  /** log alpha^2, [T] */
  readonly zeta: Tensor;
  /** The sum of the scaled matrix. */
  readonly value: Tensor;
  /** The largest element of the gradient, divided by the value. */
  readonly slope: Tensor;
  readonly count: Tensor;
  /** False once a Newton step has made neither the value nor, at the same value, the slope smaller. */
  readonly descending: Tensor;
}

/** C-bar_qr = C_qr exp(zeta_r - zeta_q) */
const scaled = (c: Tensor, zeta: Tensor): Tensor => mul(c, exp(sub(zeta, expandDims(zeta, 1))));

/** (C-bar' - C-bar) 1, the gradient of the sum of C-bar in zeta. */
const gradient = (now: Tensor): Tensor => sub(sum(now, 0), sum(now, 1));

function at(c: Tensor, zeta: Tensor): Pick<Search, 'zeta' | 'value' | 'slope'> {
  const now = scaled(c, zeta);
  const value = sum(now);
  return { zeta, value, slope: div(max(abs(gradient(now))), value) };
}

/** zeta - H^-1 (C-bar' - C-bar) 1 */
function newtonStep(c: Tensor, zeta: Tensor): Tensor {
  const now = scaled(c, zeta);
  const both = add(now, transpose(now));
  const [steps] = zeta.shape;
  const hessian = sub(mul(eye(steps, c.dtype), sum(both, 1)), both);
  // H has the null vector 1, to which the gradient is orthogonal: a multiple of 1 1' makes it invertible.
  return sub(zeta, solve(add(hessian, mean(sum(both, 1))), gradient(now)));
}

/**
 * The alpha [T], with product 1, that minimises V = sum over q, r of (alpha_r / alpha_q)^2 C_qr.
 *
 * Newton's method in zeta = log alpha^2, in which V is convex: `zeta <- zeta - H^-1 (C-bar' - C-bar) 1` with
 * C-bar_qr = C_qr exp(zeta_r - zeta_q) and H = diag((C-bar + C-bar') 1) - (C-bar + C-bar'). It is matrix balancing; where a Newton step
 * does not make V smaller before V is stationary to rounding, Osborne's sweeps (`balance`) go on from the best zeta.
 *
 * Source: Cooijmans (2023), app. 4.C. Deviations: the gradient printed there has the other sign; C is divided by its mean first; in
 * place of the damping 1e-8 I a multiple of 1 1' is added to H, which leaves the step as it is.
 *
 * @param c - C [T, T] of numbers that are not negative, as `temporalMatrix` gives it. Traces, also under `vmap`.
 * @throws ArgumentError unless c has shape [T, T].
 *
 * @example
 * ```ts
 * import { optimalAlpha } from '@descant/uoro';
 * import { tensor } from '@descant/tensor-ops';
 * // V = 1 + 1 + 16 x + 1 / x at x = (alpha_2 / alpha_1)^2, least at x = 1 / 4.
 * optimalAlpha(tensor([[1, 16], [1, 1]], { dtype: 'float64' })).toArray(); // => [1.4142136, 0.7071068]
 * ```
 */
export function optimalAlpha(c: Tensor): Tensor {
  if (c.rank !== 2 || c.shape[0] !== c.shape[1] || c.size === 0)
    throw new ArgumentError('optimalAlpha', 'c', 'have shape [T, T] with T >= 1', `[${c.shape.join(', ')}]`);
  const dtype = c.dtype as FloatType;
  const normalised = div(c, mean(c));
  const going = (s: Search) => logicalAnd(greater(s.slope, STATIONARY[dtype]), less(s.count, MOST_STEPS));
  const newton = whileLoop(
    (s: Search) => logicalAnd(s.descending, going(s)),
    (s: Search): Search => {
      const next = at(normalised, newtonStep(normalised, s.zeta));
      // Near the minimum the value changes by less than its rounding, while the slope still falls quadratically.
      const flat = less(next.value, mul(1 + STATIONARY[dtype], s.value));
      const better = logicalOr(less(next.value, s.value), logicalAnd(flat, less(next.slope, s.slope)));
      return {
        zeta: where(better, next.zeta, s.zeta),
        value: where(better, next.value, s.value),
        slope: where(better, next.slope, s.slope),
        count: add(s.count, 1),
        descending: better,
      };
    },
    {
      ...at(normalised, zeros([c.shape[0]], dtype)),
      count: full([], 0, 'int32'),
      descending: full([], 1, 'bool'),
    },
  );
  const { zeta } = whileLoop(
    going,
    (s: Search): Search => {
      const { scale } = balance(scaled(normalised, s.zeta), { sweeps: 1 });
      return { ...s, ...at(normalised, add(s.zeta, log(scale))), count: add(s.count, 1) };
    },
    newton,
  );
  return exp(mul(0.5, sub(zeta, mean(zeta))));
}
