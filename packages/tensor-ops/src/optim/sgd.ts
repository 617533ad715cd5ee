/** Stochastic gradient descent. */
import { mul, neg } from '../ops/arithmetic.ts';
import type { Tensor } from '../tensor.ts';
import {
  firstStep,
  type LearningRate,
  nextStep,
  type Optimizer,
  pairLeaves,
  parameterLeaves,
  rateAt,
} from './optimizer.ts';

/** Options of `sgd`. */
export interface SgdOptions {
  readonly learningRate: LearningRate;
}

/** State of `sgd`. */
export interface SgdState {
  /** Number of updates done, int32. */
  readonly step: Tensor;
}

/**
 * Gradient descent: update = -learningRate gradient.
 *
 * Source: Robbins and Monro (1951), with the learning rate as the step size.
 *
 * @throws ArgumentError when gradients and parameters differ in structure or shapes.
 *
 * @example
 * ```ts
 * import { grad, square, type Tensor, tensor } from '@descant/tensor-ops';
 * import { applyUpdates, sgd } from '@descant/tensor-ops/optim';
 * const optimizer = sgd({ learningRate: 0.25 });
 * const x = tensor(3);
 * const gradient = grad((v: Tensor) => square(v))(x);
 * const { updates } = optimizer.update(gradient, optimizer.init(x), x);
 * applyUpdates(x, updates).item(); // => 1.5
 * ```
 */
export function sgd({ learningRate }: SgdOptions): Optimizer<SgdState> {
  return {
    init(parameters) {
      parameterLeaves('sgd', parameters);
      return { step: firstStep() };
    },
    update(gradients, { step }, parameters) {
      const pair = pairLeaves('sgd', gradients, parameters);
      const updates = pair.gradients.map((g) => neg(mul(rateAt(learningRate, step, g.dtype), g)));
      return { updates: pair.build(updates), state: { step: nextStep(step) } };
    },
  };
}
