/** The interface of all learners, and what most of them share: a step, its loss, and an estimate carried forward. */
import {
  ArgumentError,
  add,
  bernoulli,
  cast,
  concat,
  type DType,
  type FloatType,
  flatten,
  mul,
  normal,
  slice,
  sub,
  type Tensor,
  valueAndGrad,
  zeros,
} from '@descant/tensor-ops';
import { type LinearStep, linearStep } from '../cells/linear-step.ts';
import type { Model, ModelParameters } from '../models/model.ts';
import { matrixOf, type OuterSum } from './outer-sum.ts';

/** How the elements of noise are drawn: +1 or -1 with probability 1/2 each, or standard normal. */
export type NoiseKind = 'signs' | 'normal';

/** A network that is being run, and what its learner remembers: a tree of tensors. */
export interface LearnerState<R, M> {
  /** Used by the next step; replace them to learn online. */
  readonly parameters: ModelParameters<R>;
  /** The number of steps done, an int32 scalar. */
  readonly time: Tensor;
  /** The state of the cell, [S]. */
  readonly cellState: Tensor;
  readonly memory: M;
}

/** What a step of a learner gives. */
export interface LearnerStep<R, M> {
  readonly state: LearnerState<R, M>;
  /** An estimate of d L_t / d parameters, in the weights through all earlier steps as well. */
  readonly gradient: ModelParameters<R>;
  /** L_t, a scalar. */
  readonly loss: Tensor;
}

/**
 * An estimator of the gradient of each loss, run beside the network: pure functions of one sequence, which trace.
 *
 * The sum of the gradients over an episode estimates the gradient of the sum of its losses.
 */
export interface Learner<R, M, Y> {
  readonly name: string;
  readonly model: Model<R, Y>;
  /** How many numbers of noise a step takes; 0 for learners that draw none. */
  readonly noiseSize: number;
  /** The state before the first step: the cell starts at zero unless `cellState` is given. */
  init(parameters: ModelParameters<R>, cellState?: Tensor): LearnerState<R, M>;
  /** The noise of a step, [noiseSize]. */
  drawNoise(key: Tensor, dtype: DType): Tensor;
  /** One step with noise drawn from a key. */
  step(state: LearnerState<R, M>, input: Tensor, target: Y, key: Tensor): LearnerStep<R, M>;
  /** One step with the noise given, [noiseSize], as enumerations need. */
  stepWithNoise(state: LearnerState<R, M>, input: Tensor, target: Y, noise: Tensor): LearnerStep<R, M>;
  /** `stepWithNoise` with the gradient in the weights as outer products, for learners that know it so. */
  stepInFactors?(state: LearnerState<R, M>, input: Tensor, target: Y, noise: Tensor): StepInFactors<R, M>;
}

/** A step whose gradient in each matrix of weights is not multiplied out. */
export interface StepInFactors<R, M> extends Omit<LearnerStep<R, M>, 'gradient'> {
  readonly weights: readonly OuterSum[];
  readonly readout: R;
}

/** Random numbers with mean 0 and variance 1, all independent. */
export function drawNoise(kind: NoiseKind, key: Tensor, size: number, dtype: DType): Tensor {
  if (kind === 'normal') return normal(key, [size], dtype as FloatType);
  return sub(mul(2, cast(bernoulli(key, 0.5, [size]), dtype)), 1);
}

/** What an estimator sees of a step. */
export interface Observation extends LinearStep {
  /** The matrices of the cell. */
  readonly weights: readonly Tensor[];
  /** The number of steps done before this one. */
  readonly time: Tensor;
  /** s_(t-1), [S]. */
  readonly state: Tensor;
  /** x_t, [X]. */
  readonly input: Tensor;
  /** l = d L_t / d s_t, [S]. */
  readonly lossGradient: Tensor;
}

/** What the author of a learner writes. */
export interface Estimator<M> {
  readonly name: string;
  readonly noiseSize: number;
  readonly noise: NoiseKind;
  init(weights: readonly Tensor[], cellState: Tensor): M;
  /** The memory after a step and the estimate of d L_t / d W for each matrix. */
  update(seen: Observation, memory: M, noise: Tensor): { memory: M; gradient: readonly OuterSum[] };
}

/** The loss of a step, and its gradients in the readout and in the state. */
export function lossOfState<R, Y>(
  model: Model<R, Y>,
  readout: R,
  state: Tensor,
  target: Y,
): { loss: Tensor; readout: R; lossGradient: Tensor } {
  const { units, stateSize } = model.cell;
  const [loss, gradient] = valueAndGrad((at: { readout: R; hidden: Tensor }) =>
    model.loss(at.readout, at.hidden, target),
  )({ readout, hidden: slice(state, [0], [units]) });
  const lossGradient =
    units === stateSize
      ? gradient.hidden
      : concat([gradient.hidden, zeros([stateSize - units], state.dtype)]);
  return { loss, readout: gradient.readout, lossGradient };
}

/** Checks parameters, and a state to start from: the state of the cell. */
export function startingState<R, Y>(
  fn: string,
  model: Model<R, Y>,
  parameters: ModelParameters<R>,
  given: Tensor | undefined,
): Tensor {
  const { weightShapes, stateSize } = model.cell;
  const show = (shapes: readonly (readonly number[])[]) => shapes.map((s) => `[${s.join(', ')}]`).join(', ');
  const received = show(flatten(parameters.weights, fn).leaves.map((w) => w.shape));
  if (received !== show(weightShapes))
    throw new ArgumentError(fn, 'parameters.weights', `have shapes ${show(weightShapes)}`, received);
  const start = given ?? zeros([stateSize], parameters.weights[0].dtype);
  if (start.rank !== 1 || start.size !== stateSize)
    throw new ArgumentError(fn, 'cellState', `have shape [${stateSize}]`, `[${start.shape.join(', ')}]`);
  return start;
}

/** Checks the input and the noise of a step. */
export function checkStep(fn: string, inputs: number, input: Tensor, noiseSize: number, noise: Tensor): void {
  if (input.rank !== 1 || input.size !== inputs)
    throw new ArgumentError(fn, 'input', `have shape [${inputs}]`, `[${input.shape.join(', ')}]`);
  if (noise.rank !== 1 || noise.size !== noiseSize)
    throw new ArgumentError(fn, 'noise', `have shape [${noiseSize}]`, `[${noise.shape.join(', ')}]`);
}

/** Makes a learner from an estimator: runs the network, backpropagates through the readout, draws the noise. */
export function makeLearner<R, M, Y>(model: Model<R, Y>, estimator: Estimator<M>): Learner<R, M, Y> {
  const { name, noiseSize } = estimator;
  const draw = (key: Tensor, dtype: DType) => drawNoise(estimator.noise, key, noiseSize, dtype);
  const stepInFactors = (
    state: LearnerState<R, M>,
    input: Tensor,
    target: Y,
    noise: Tensor,
  ): StepInFactors<R, M> => {
    const { parameters, time, cellState } = state;
    checkStep(name, model.cell.inputs, input, noiseSize, noise);
    const linear = linearStep(model.cell, parameters.weights, cellState, input);
    const { loss, readout, lossGradient } = lossOfState(model, parameters.readout, linear.next, target);
    const seen = { ...linear, weights: parameters.weights, time, state: cellState, input, lossGradient };
    const { memory, gradient } = estimator.update(seen, state.memory, noise);
    const next = { parameters, time: add(time, 1), cellState: linear.next, memory };
    return { state: next, weights: gradient, readout, loss };
  };
  const stepWithNoise: Learner<R, M, Y>['stepWithNoise'] = (...args) => {
    const { weights, readout, ...step } = stepInFactors(...args);
    const matrices = weights.map((sum, k) => matrixOf(sum, model.cell.weightShapes[k]));
    return { ...step, gradient: { weights: matrices, readout } };
  };
  return {
    name,
    model,
    noiseSize,
    init: (parameters, given) => {
      const cellState = startingState(name, model, parameters, given);
      const memory = estimator.init(parameters.weights, cellState);
      return { parameters, time: zeros([], 'int32'), cellState, memory };
    },
    drawNoise: draw,
    step: (state, input, target, key) =>
      stepWithNoise(state, input, target, draw(key, state.cellState.dtype)),
    stepWithNoise,
    stepInFactors,
  };
}
