/** The coefficients gamma_t and beta_t that divide an estimate between its two factors. */
import { ArgumentError, add, div, equal, ones, sqrt, type Tensor, where } from '@descant/tensor-ops';

/** The norms that coefficients are computed from. */
export interface FactorNorms {
  /** |w_(t-1)| */
  readonly pastWeights: () => Tensor;
  /** |F_t h_(t-1)| */
  readonly pastState: () => Tensor;
  /** |v_t|, the new term of the factor of the weights. */
  readonly newWeights: () => Tensor;
  /** |G_t u_t|, the new term of the factor of the state. */
  readonly newState: () => Tensor;
}

/** h_t = gamma F h_(t-1) + beta G u, w_t = w_(t-1) / gamma + v / beta */
export interface Coefficients {
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

/** Where the small number epsilon is put in a ratio n / d of norms. */
export type EpsilonForm = 'inside' | 'outside';

/** Greedy iterative rescaling, or none. */
export interface RescalingOptions {
  /** `gir` (default): greedy iterative rescaling; `none`: both coefficients are 1. */
  readonly rescaling?: 'gir' | 'none';
  /** Default 1e-5; 0 divides by zero where a factor vanishes. */
  readonly epsilon?: number;
  /** `inside` (default): sqrt((n + e) / (d + e)); `outside`: sqrt(n / (d + e)) + e, Tallec and Ollivier's. */
  readonly epsilonForm?: EpsilonForm;
}

/** The coefficients of a step from the norms of the terms that they multiply. */
export type Rescaling = (norms: FactorNorms, time: Tensor) => Coefficients;

/** Checks epsilon. */
export function checkEpsilon(fn: string, epsilon: number): number {
  if (!(epsilon >= 0 && Number.isFinite(epsilon)))
    throw new ArgumentError(fn, 'epsilon', 'be a finite number of at least 0', String(epsilon));
  return epsilon;
}

/** The default of every epsilon. */
export const EPSILON = 1e-5;

/**
 * Greedy iterative rescaling: gamma^2 = |w_(t-1)| / |F h_(t-1)|, beta^2 = |v_t| / |G u_t|; gamma = 1 at the first step.
 *
 * Minimises the variance that step t adds, given all earlier ones; unbiased for noise that is as likely as its negative,
 * which leaves the coefficients as they are. Source: Ollivier et al. (2015); thesis sec. 4.5.2, where neither
 * says what the first gamma is (both norms are 0).
 */
export function rescaling(fn: string, options: RescalingOptions): Rescaling {
  const { rescaling: kind = 'gir', epsilonForm = 'inside' } = options;
  const epsilon = checkEpsilon(fn, options.epsilon ?? EPSILON);
  const one = ones([]);
  if (kind === 'none') return () => ({ gamma: one, beta: one });
  const ratio = (n: Tensor, d: Tensor): Tensor =>
    epsilonForm === 'inside'
      ? sqrt(div(add(n, epsilon), add(d, epsilon)))
      : add(sqrt(div(n, add(d, epsilon))), epsilon);
  return (norms, time) => ({
    gamma: where(equal(time, 0), one, ratio(norms.pastWeights(), norms.pastState())),
    beta: ratio(norms.newWeights(), norms.newState()),
  });
}
