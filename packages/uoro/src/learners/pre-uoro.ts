/** UORO without its spatial projection. */
import { div, matmul, mul, ones, slice, type Tensor, zeros } from '@descant/tensor-ops';
import { preactivationCount } from '../cells/cell.ts';
import type { Model } from '../models/model.ts';
import { addAll, norm, normOf, partsOf, scaleAll } from './cuts.ts';
import { type Learner, makeLearner, type NoiseKind } from './learner.ts';
import { type RescalingOptions, rescaling } from './rescaling.ts';
import { type Scaling, scaleNoise } from './scaling.ts';

/** Options of `preUoro`. */
export interface PreUoroOptions extends RescalingOptions {
  /** Default `signs`. */
  readonly noise?: NoiseKind;
  /** alpha_t; there is no space in which a matrix could act. */
  readonly scaling?: Pick<Scaling, 'alpha'>;
}

/** An estimate H (x) a of d s_t / d W, a Kronecker product for each matrix. */
export interface KroneckerFactors {
  /** [S, N], the columns in the order of the preactivations. */
  readonly state: Tensor;
  /** A vector of the length of its features for each matrix. */
  readonly features: readonly Tensor[];
}

/**
 * PreUORO, which is KF-RTRL up to rescaling: an unbiased Kronecker-product estimate of d s_t / d W.
 *
 * `H_t = gamma_t F_t H_(t-1) + beta_t tau_t G_t`, `a~_t = a~_(t-1) / gamma_t + tau_t a_t / beta_t`, and the estimate of d L_t / d W is
 * the outer product of `l_t' H_t` with `a~_t`. One number of noise a step, where UORO has N: the variance is smaller
 * by about that factor, at O(S N H) time and O(S N) memory.
 *
 * Source: Cooijmans (2023), eq. 4.8.1; Mujika, Meier and Steger (2018), whose two random signs a step give the
 * same estimate. Deviation: tau_t are signs by default where sec. 4.8 has normal numbers, which have three times the
 * variance on the networks tested here; as printed there, |tau_t| does not enter beta_t. Cells of several matrices (GRU) share tau.
 *
 * @throws ArgumentError when alpha is not positive.
 *
 * @example
 * ```ts
 * import { classifier, lstm, preUoro } from '@descant/uoro';
 * preUoro(classifier(lstm({ inputs: 2, units: 3 }), 2)).noiseSize; // => 1
 * ```
 */
export function preUoro<R, Y>(
  model: Model<R, Y>,
  options: PreUoroOptions = {},
): Learner<R, KroneckerFactors, Y> {
  const { noise = 'signs', scaling = {} } = options;
  const { cell } = model;
  const scaled = scaleNoise('preUoro', 1, scaling);
  const rescale = rescaling('preUoro', options);
  return makeLearner(model, {
    name: 'preUoro',
    noiseSize: 1,
    noise,
    init: (_weights, { dtype }): KroneckerFactors => ({
      state: zeros([cell.stateSize, preactivationCount(cell)], dtype),
      features: cell.weightShapes.map(([, columns]) => zeros([columns], dtype)),
    }),
    update(seen, memory, tau) {
      const past = seen.propagate(memory.state);
      const { forward, backward } = scaled(ones([1], past.dtype), seen.time);
      const features = scaleAll(backward, seen.features);
      const { gamma, beta } = rescale(
        {
          pastWeights: () => normOf(memory.features),
          pastState: () => norm(past),
          newWeights: () => normOf(features),
          newState: () => mul(forward, seen.preactivationNorm()),
        },
        seen.time,
      );
      const next: KroneckerFactors = {
        state: seen.plusPreactivations(gamma, past, mul(mul(beta, tau), forward)),
        features: addAll(scaleAll(div(1, gamma), memory.features), scaleAll(div(tau, beta), features)),
      };
      // The loss depends on the hidden vector alone: l is zero below it.
      const { units } = cell;
      const hidden = slice(next.state, [0, 0], [units, next.state.shape[1]]);
      const left = matmul(slice(seen.lossGradient, [0], [units]), hidden);
      const columns = partsOf(left, cell.weightShapes);
      return { memory: next, gradient: columns.map((column, k) => [{ column, row: next.features[k] }]) };
    },
  });
}
