/** REINFORCE on a network whose states are perturbed. */
import { ArgumentError, add, type DType, mul, slice, sub, type Tensor, zeros } from '@descant/tensor-ops';
import { cellStep } from '../cells/cell.ts';
import { linearStep } from '../cells/linear-step.ts';
import type { Model } from '../models/model.ts';
import { addAll, cutOf, scaleAll } from './cuts.ts';
import { checkStep, drawNoise, type Learner, lossOfState, startingState } from './learner.ts';
import { type Scaling, scaleNoise } from './scaling.ts';

/** Options of `reinforce`. */
export interface ReinforceOptions {
  /** The standard deviation sigma of the perturbations. */
  readonly sigma: number;
  /**
   * What is subtracted from each loss: `noiseFree` (default), the loss of the same network without noise, run beside it;
   * or a number.
   */
  readonly baseline?: 'noiseFree' | number;
  /** Q_t; default the identity. */
  readonly scaling?: Scaling;
}

/** What `reinforce` remembers. */
export interface Score {
  /** The gradient of log p of the states so far, for each matrix. */
  readonly weights: readonly Tensor[];
  /** The state of the network without noise, [S]. */
  readonly noiseFree: Tensor;
}

/**
 * REINFORCE for a network with noise in its states, s_t = F(s_(t-1), x_t; W) + sigma Q_t u_t, u_t standard normal.
 *
 * The score is `w_t = w_(t-1) + u_t' Q_t^-1 J_t / sigma`, J_t = d s_t / d W_t at the noisy states, and the estimate
 * `(L_t - baseline) w_t`: unbiased for the expected loss of the noisy network. As sigma goes to 0 with the baseline `noiseFree`, it
 * becomes `uoro` with the cut at the state, normal noise and no rescaling, for the same u; the difference is O(sigma).
 *
 * Source: Williams (1992); Cooijmans (2023), sec. 4.9, where the covariance of the noise, printed Q'Q, is sigma^2 Q Q'.
 *
 * @throws ArgumentError when sigma is not positive and finite, or Q_0 not invertible.
 *
 * @example
 * ```ts
 * import { classifier, reinforce, tanhRnn } from '@descant/uoro';
 * reinforce(classifier(tanhRnn({ inputs: 2, units: 3 }), 2), { sigma: 0.1 }).noiseSize; // => 3
 * ```
 */
export function reinforce<R, Y>(model: Model<R, Y>, options: ReinforceOptions): Learner<R, Score, Y> {
  const { sigma, baseline = 'noiseFree', scaling = {} } = options;
  const { cell } = model;
  if (!(sigma > 0 && Number.isFinite(sigma)))
    throw new ArgumentError('reinforce', 'sigma', 'be a positive finite number', String(sigma));
  const cut = cutOf(cell, 'state');
  const scaled = scaleNoise('reinforce', cut.size, scaling);
  const stepWithNoise: Learner<R, Score, Y>['stepWithNoise'] = (state, input, target, noise) => {
    checkStep('reinforce', cell.inputs, input, cut.size, noise);
    const { parameters, time, cellState, memory } = state;
    const { forward, backward } = scaled(noise, time);
    const linear = linearStep(cell, parameters.weights, cellState, input);
    const noisy = add(linear.next, mul(sigma, forward));
    const noiseFree = cellStep(cell, parameters.weights, memory.noiseFree, input);
    const { loss, readout } = lossOfState(model, parameters.readout, noisy, target);
    const subtracted =
      baseline === 'noiseFree'
        ? model.loss(parameters.readout, slice(noiseFree, [0], [cell.units]), target)
        : baseline;
    const score = cut.pull(linear, backward).times(1 / sigma);
    const weights = addAll(memory.weights, score);
    return {
      state: { parameters, time: add(time, 1), cellState: noisy, memory: { weights, noiseFree } },
      gradient: { weights: scaleAll(sub(loss, subtracted), weights), readout },
      loss,
    };
  };
  const draw = (key: Tensor, dtype: DType) => drawNoise('normal', key, cut.size, dtype);
  return {
    name: 'reinforce',
    model,
    noiseSize: cut.size,
    drawNoise: draw,
    init: (parameters, given) => {
      const cellState = startingState('reinforce', model, parameters, given);
      const weights = parameters.weights.map((w) => zeros(w.shape, w.dtype));
      return { parameters, time: zeros([], 'int32'), cellState, memory: { weights, noiseFree: cellState } };
    },
    step: (state, input, target, key) =>
      stepWithNoise(state, input, target, draw(key, state.cellState.dtype)),
    stepWithNoise,
  };
}
