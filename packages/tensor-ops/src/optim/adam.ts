/** Adam, and Adam with decoupled weight decay. */
import { add, div, expm1, log, mul, neg, sqrt, square } from '../ops/arithmetic.ts';
import { cast } from '../primitives/cast.ts';
import type { Tensor } from '../tensor.ts';
import {
  average,
  type Coefficient,
  firstStep,
  type LearningRate,
  type Leaves,
  nextStep,
  type Optimizer,
  pairLeaves,
  rateAt,
  zeroLeaves,
} from './optimizer.ts';

/** Options of `adam`. */
export interface AdamOptions {
  readonly learningRate: LearningRate;
  /** Share of the first moment that is kept, in [0, 1); default 0.9. */
  readonly beta1?: Coefficient;
  /** Share of the second moment that is kept, in [0, 1); default 0.999. */
  readonly beta2?: Coefficient;
  /** Added to the root of the second moment; default 1e-8. */
  readonly epsilon?: number;
}

/** State of `adam` and `adamw`. */
export interface AdamState {
  /** Number of updates done, int32. */
  readonly step: Tensor;
  readonly firstMoment: Leaves;
  readonly secondMoment: Leaves;
}

/** Options of `adamw`. */
export interface AdamwOptions extends AdamOptions {
  /** Rate at which parameters shrink, as a multiple of the learning rate; default 0.01. */
  readonly weightDecay?: Coefficient;
}

/** 1 - beta^t, by expm1: in float32 the plain difference loses four digits when beta is near one. */
const debias = (beta: Coefficient, t: Tensor): Tensor =>
  neg(expm1(mul(t, typeof beta === 'number' ? Math.log(beta) : log(beta))));

function adamFamily(fn: string, options: AdamOptions, weightDecay: Coefficient): Optimizer<AdamState> {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    init: (parameters) => ({
      step: firstStep(),
      firstMoment: zeroLeaves(fn, parameters),
      secondMoment: zeroLeaves(fn, parameters),
    }),
    update(gradients, state, parameters) {
      const pair = pairLeaves(fn, gradients, parameters);
      const step = nextStep(state.step);
      const firstMoment = pair.gradients.map((g, i) => average(beta1, state.firstMoment[i], g));
      const secondMoment = pair.gradients.map((g, i) => average(beta2, state.secondMoment[i], square(g)));
      const updates = pair.parameters.map((p, i) => {
        const t = cast(step, p.dtype);
        const mean = div(firstMoment[i], debias(beta1, t));
        const scale = add(sqrt(div(secondMoment[i], debias(beta2, t))), epsilon);
        const direction = add(div(mean, scale), mul(weightDecay, p));
        return neg(mul(rateAt(learningRate, state.step, p.dtype), direction));
      });
      return { updates: pair.build(updates), state: { step, firstMoment, secondMoment } };
    },
  };
}

/**
 * Adam: update = -learningRate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
 *
 * m and v are the running averages of the gradient and of its square, t = 1 at the first update.
 *
 * Source: Kingma and Ba (2015), algorithm 1.
 *
 * @throws ArgumentError when gradients and parameters differ in structure or shapes.
 *
 * @example
 * ```ts
 * import { fori, grad, square, type Tensor, tensor } from '@descant/tensor-ops';
 * import { adam, applyUpdates } from '@descant/tensor-ops/optim';
 * const optimizer = adam({ learningRate: 0.1 });
 * const start = { parameters: tensor(1), state: optimizer.init(tensor(1)) };
 * const end = fori(0, 200, (_i, { parameters, state }) => {
 *   const gradient = grad((x: Tensor) => square(x))(parameters);
 *   const next = optimizer.update(gradient, state, parameters);
 *   return { parameters: applyUpdates(parameters, next.updates), state: next.state };
 * }, start);
 * Math.abs(end.parameters.item()) < 1e-3; // => true
 * end.state.step.item(); // => 200
 * ```
 */
export const adam = (options: AdamOptions): Optimizer<AdamState> => adamFamily('adam', options, 0);

/**
 * Adam with decoupled weight decay: Adam's update - learningRate weightDecay parameter.
 *
 * Source: Loshchilov and Hutter (2019), algorithm 2, with the schedule multiplier in the learning rate.
 *
 * @throws ArgumentError when gradients and parameters differ in structure or shapes.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { adamw } from '@descant/tensor-ops/optim';
 * const optimizer = adamw({ learningRate: 0.1, weightDecay: 0.5 });
 * const x = tensor(2);
 * optimizer.update(tensor(0), optimizer.init(x), x).updates.item(); // => -0.1
 * ```
 */
export const adamw = (options: AdamwOptions): Optimizer<AdamState> =>
  adamFamily('adamw', options, options.weightDecay ?? 0.01);
