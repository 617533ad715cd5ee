/** An unbiased estimate of B that needs no backpropagation. */
import {
  ArgumentError,
  add,
  at,
  expandDims,
  mul,
  split,
  sqrt,
  square,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import { preactivationCount } from '../cells/cell.ts';
import { linearStep } from '../cells/linear-step.ts';
import { drawNoise, lossOfState, startingState } from '../learners/learner.ts';
import { scaleNoise } from '../learners/scaling.ts';
import { dot } from '../learners/uoro.ts';
import type { Model, ModelParameters } from '../models/model.ts';

/** One of the two replicas of the estimate of m = sum over s of a~_s (sum over r <= s of tau_r alpha_r b_r^(s)). */
interface Replica {
  /** h~ [S] */
  readonly state: Tensor;
  /** The sum of the spatial noise, [N]. */
  readonly noise: Tensor;
  /** m~ [N] */
  readonly sum: Tensor;
}

/** A network that is being run, and both replicas. */
export interface OnlineSpatialState<R> {
  readonly parameters: ModelParameters<R>;
  readonly time: Tensor;
  readonly cellState: Tensor;
  /** a~, a scalar. */
  readonly features: Tensor;
  readonly replicas: readonly [Replica, Replica];
}

/** The noise of a step: temporal signs sigma and tau, scalars, and a spatial vector [N] for each replica. */
export interface OnlineSpatialNoise {
  readonly sigma: Tensor;
  readonly tau: Tensor;
  readonly spatial: readonly [Tensor, Tensor];
}

/** An estimator of B that runs beside the network. */
export interface OnlineSpatial<R, Y> {
  init(parameters: ModelParameters<R>, cellState?: Tensor): OnlineSpatialState<R>;
  /** One step; `estimate` [N, N] is of the B of the episode so far. */
  step(
    state: OnlineSpatialState<R>,
    input: Tensor,
    target: Y,
    key: Tensor,
  ): { state: OnlineSpatialState<R>; estimate: Tensor };
  /** The same with the noise given. */
  stepWithNoise(
    state: OnlineSpatialState<R>,
    input: Tensor,
    target: Y,
    noise: OnlineSpatialNoise,
  ): { state: OnlineSpatialState<R>; estimate: Tensor };
}

/** Options of `onlineSpatialMatrix`. */
export interface OnlineSpatialOptions {
  /** alpha [T]; default ones. */
  readonly alpha?: Tensor;
}

/**
 * An unbiased estimate of B, `(m~ n~' + n~ m~') / 2`, from two replicas that are carried forward beside the network.
 *
 * `a~_t = a~_(t-1) + sigma_t |a_t| / alpha_t`, `h~_t = F_t h~_(t-1) + tau_t alpha_t G_t nu_t`, `nu~_t = nu~_(t-1) + nu_t`,
 * `m~_t = m~_(t-1) + a~_t (l_t . h~_t) nu~_t`; n~ is m~ with other spatial noise. All noise is signs.
 *
 * Source: Cooijmans (2023), app. 4.F (where the recursion of m~ has the index k - 1 for t - 1), with gamma = eta = zeta = 1, beta = alpha.
 * Unbiased, and of little use from single episodes, as sec. 4.7.1 says: one draw has a relative standard deviation of 10 to 40.
 *
 * @throws ArgumentError when the cell has several matrices of weights.
 *
 * @example
 * ```ts
 * import { classifier, lstm, onlineSpatialMatrix } from '@descant/uoro';
 * import { key, ones, tensor } from '@descant/tensor-ops';
 * const model = classifier(lstm({ inputs: 2, units: 3 }), 2);
 * const estimator = onlineSpatialMatrix(model);
 * const target = { value: tensor(1, { dtype: 'int32' }), weight: ones([]) };
 * estimator.step(estimator.init(model.init(key(0))), tensor([0.5, -1]), target, key(1)).estimate.shape; // => [12, 12]
 * ```
 */
export function onlineSpatialMatrix<R, Y>(
  model: Model<R, Y>,
  options: OnlineSpatialOptions = {},
): OnlineSpatial<R, Y> {
  const { cell } = model;
  if (cell.weightShapes.length !== 1)
    throw new ArgumentError(
      'onlineSpatialMatrix',
      'model.cell',
      'have one matrix of weights',
      `${cell.weightShapes.length}`,
    );
  const size = preactivationCount(cell);
  const scaled = scaleNoise('onlineSpatialMatrix', 1, options);
  const stepWithNoise: OnlineSpatial<R, Y>['stepWithNoise'] = (state, input, target, noise) => {
    const { parameters, time, cellState } = state;
    const linear = linearStep(cell, parameters.weights, cellState, input);
    const { lossGradient } = lossOfState(model, parameters.readout, linear.next, target);
    const { forward } = scaled(expandDims(noise.tau, 0), time);
    const { backward } = scaled(expandDims(noise.sigma, 0), time);
    const features = add(state.features, sum(mul(backward, sqrt(sum(square(linear.features[0]))))));
    const advance = (replica: Replica, nu: Tensor): Replica => {
      const h = add(linear.pushState(replica.state), mul(forward, linear.pushPreactivations(nu)));
      const spatial = add(replica.noise, nu);
      return {
        state: h,
        noise: spatial,
        sum: add(replica.sum, mul(mul(features, dot(lossGradient, h)), spatial)),
      };
    };
    const [m, n] = [0, 1].map((i) => advance(state.replicas[i], noise.spatial[i]));
    const product = mul(expandDims(m.sum, 1), n.sum);
    return {
      state: { parameters, time: add(time, 1), cellState: linear.next, features, replicas: [m, n] },
      estimate: mul(0.5, add(product, transpose(product))),
    };
  };
  return {
    init: (parameters, given) => {
      const cellState = startingState('onlineSpatialMatrix', model, parameters, given);
      const { dtype } = cellState;
      const none = (): Replica => ({
        state: zeros([cell.stateSize], dtype),
        noise: zeros([size], dtype),
        sum: zeros([size], dtype),
      });
      return {
        parameters,
        time: zeros([], 'int32'),
        cellState,
        features: zeros([], dtype),
        replicas: [none(), none()],
      };
    },
    step: (state, input, target, key) => {
      const { dtype } = state.cellState;
      const keys = split(key, 3);
      const temporal = drawNoise('signs', at(keys, 0), 2, dtype);
      return stepWithNoise(state, input, target, {
        sigma: at(temporal, 0),
        tau: at(temporal, 1),
        spatial: [drawNoise('signs', at(keys, 1), size, dtype), drawNoise('signs', at(keys, 2), size, dtype)],
      });
    },
    stepWithNoise,
  };
}
