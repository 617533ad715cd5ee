/** Unbiased online recurrent optimisation. */
import { add, cast, div, mul, ones, sum, type Tensor, zeros } from '@descant/tensor-ops';
import type { Cell } from '../cells/cell.ts';
import type { Model } from '../models/model.ts';
import {
  addAll,
  type Cut,
  type CutName,
  cutOf,
  norm,
  normOf,
  type PulledBack,
  partsOf,
  scaleAll,
} from './cuts.ts';
import { type Learner, makeLearner, type NoiseKind } from './learner.ts';
import { type CoefficientRule, onlineAlpha } from './online-alpha.ts';
import { multiple } from './outer-sum.ts';
import { type Coefficients, type RescalingOptions, rescaling } from './rescaling.ts';
import { type Scaling, scaleNoise } from './scaling.ts';

/** Options of `uoro`. */
export interface UoroOptions extends Omit<RescalingOptions, 'rescaling'> {
  /**
   * `gir` (default): greedy iterative rescaling; `none`: gamma = beta = 1; `online`: what would minimise the expected variance
   * of the total if the losses ended here, at O(S^2 N) time a step.
   */
  readonly rescaling?: 'gir' | 'none' | 'online';
  /** Where the noise enters; default `preactivation`. */
  readonly cut?: CutName;
  /** Default `signs`: excess kurtosis -2 gives less variance than normal noise. */
  readonly noise?: NoiseKind;
  /** Q_t; default the identity. */
  readonly scaling?: Scaling;
  /**
   * `projected` (default): the estimate l_t . h_t w_t of the thesis. `exact`: the part d L_t / d W_t through this step
   * alone by backpropagation, and an estimate of the rest, which has far less variance.
   */
  readonly immediate?: 'projected' | 'exact';
}

/** A rank-one estimate h w' of d s_t / d W. */
export interface RankOne {
  /** [S] */
  readonly state: Tensor;
  /** A matrix for each of the cell's. */
  readonly weights: readonly Tensor[];
}

/** What `uoro` remembers. */
export interface UoroMemory extends RankOne {
  /** With `rescaling: 'online'`: E[h h'] [S, S] and E |w|^2; with `gir`: |w|. */
  readonly moments: readonly Tensor[];
  /** gamma and beta of the last step; alpha_s = beta_s gamma_(s+1) ... gamma_T. */
  readonly coefficients: Coefficients;
}

/** An estimate before any step. */
export const noInfluence = (weights: readonly Tensor[], cellState: Tensor): RankOne => ({
  state: zeros(cellState.shape, cellState.dtype),
  weights: weights.map((w) => zeros(w.shape, cellState.dtype)),
});

/** Both factors after a step, of which `past` is F h, `present` G u and `pulled` u' J. */
export function rankOneSum(
  memory: RankOne,
  terms: { readonly past: Tensor; readonly present: Tensor; readonly pulled: PulledBack },
  { gamma, beta }: Coefficients,
): RankOne {
  // The new term first: then all that is done to the weights, which are many, is done in one go.
  const added = terms.pulled.times(div(1, beta));
  return {
    state: add(mul(gamma, terms.past), mul(beta, terms.present)),
    weights: addAll(added, scaleAll(div(1, gamma), memory.weights)),
  };
}

/** (a . b), for vectors. */
export const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));

function coefficientRule(cell: Cell, cut: Cut, options: UoroOptions): CoefficientRule {
  const { rescaling: kind = 'gir', ...rest } = options;
  if (kind === 'online') return onlineAlpha(cell, cut, options);
  const rescale = rescaling('uoro', { ...rest, rescaling: kind });
  return {
    init: ({ dtype }) => (kind === 'gir' ? [zeros([], dtype)] : []),
    at: (seen, [pastNorm], norms) => ({
      ...rescale({ ...norms, pastWeights: () => pastNorm }, seen.time),
      // The norm is taken as the weights are written, which saves reading them once more.
      memory: (weights) => (kind === 'gir' ? [normOf(weights)] : []),
    }),
  };
}

/**
 * UORO: an unbiased rank-one estimate of the influence d s_t / d W, carried forward in O(S A + P) time and memory.
 *
 * `h_t = gamma_t F_t h_(t-1) + beta_t G_t Q_t u_t`, `w_t = w_(t-1) / gamma_t + u_t' Q_t^-1 J_t / beta_t`, and the estimate
 * of d L_t / d W is `(l_t . h_t) w_t`, with F_t = d s_t / d s_(t-1), G_t = d s_t / d z_t, J_t = d z_t / d W_t at the
 * cut z_t and l_t = d L_t / d s_t.
 *
 * Source: Tallec and Ollivier (2018); cuts, Q_t and the projected immediate term: Cooijmans (2023), sec. 4.5.1
 * (eq. 4.5.1) and 4.6.3 (eq. 4.6.1). Deviations: u_t are signs by default where the thesis has normal numbers (the same mean,
 * less variance); the thesis calls the variance of its immediate term "slightly higher", which is an order of magnitude
 * on the networks tested here, so that Tallec and Ollivier's exact term is an option.
 *
 * @throws ArgumentError when Q_0 is not a square matrix of the cut's length or not invertible, or alpha not positive.
 *
 * @example
 * ```ts
 * import { classifier, lstm, uoro } from '@descant/uoro';
 * import { key, ones, tensor } from '@descant/tensor-ops';
 * const model = classifier(lstm({ inputs: 2, units: 3 }), 2);
 * const learner = uoro(model, { immediate: 'exact' });
 * const start = learner.init(model.init(key(0)));
 * const target = { value: tensor(1, { dtype: 'int32' }), weight: ones([]) };
 * const { gradient } = learner.step(start, tensor([0.5, -1]), target, key(1));
 * gradient.weights[0].shape; // => [12, 6]
 * ```
 */
export function uoro<R, Y>(model: Model<R, Y>, options: UoroOptions = {}): Learner<R, UoroMemory, Y> {
  const { cut: cutName = 'preactivation', noise = 'signs', scaling = {}, immediate = 'projected' } = options;
  const { cell } = model;
  const cut = cutOf(cell, cutName);
  const scaled = scaleNoise('uoro', cut.size, scaling);
  const rule = coefficientRule(cell, cut, options);
  return makeLearner(model, {
    name: 'uoro',
    noiseSize: cut.size,
    noise,
    init: (weights, cellState): UoroMemory => ({
      ...noInfluence(weights, cellState),
      moments: rule.init(cellState),
      coefficients: { gamma: ones([], cellState.dtype), beta: ones([], cellState.dtype) },
    }),
    update(seen, memory, u) {
      const { forward, backward } = scaled(u, seen.time);
      const past = seen.pushState(memory.state);
      const present = cut.push(seen, forward);
      const pulled = cut.pull(seen, backward);
      const norms = {
        pastWeights: () => normOf(memory.weights),
        pastState: () => norm(past),
        newWeights: () => pulled.norm,
        newState: () => norm(present),
      };
      const { gamma, beta, memory: momentsOf } = rule.at(seen, memory.moments, norms);
      const terms = { past, present, pulled };
      const coefficients = { gamma: cast(gamma, past.dtype), beta: cast(beta, past.dtype) };
      const factors = rankOneSum(memory, terms, coefficients);
      const next = { ...factors, moments: momentsOf(factors.weights), coefficients };
      if (immediate === 'projected') {
        const signal = dot(seen.lossGradient, next.state);
        return { memory: next, gradient: next.weights.map((w) => multiple(signal, w)) };
      }
      // d L_t / d s_(t-1) . h_(t-1) is l_t . F_t h_(t-1).
      const exact = partsOf(seen.pullPreactivations(seen.lossGradient), cell.weightShapes);
      const signal = dot(seen.lossGradient, past);
      const gradient = memory.weights.map((w, k) => [
        { column: exact[k], row: seen.features[k] },
        ...multiple(signal, w),
      ]);
      return { memory: next, gradient };
    },
  });
}
