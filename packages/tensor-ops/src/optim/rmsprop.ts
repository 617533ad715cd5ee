/** RMSprop. */
import { add, div, mul, neg, sqrt, square } from '../ops/arithmetic.ts';
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

/** Options of `rmsprop`. */
export interface RmspropOptions {
  readonly learningRate: LearningRate;
  /** Share of the mean square that is kept, in [0, 1); default 0.99. */
  readonly decay?: Coefficient;
  /** Added to the root; default 1e-8. */
  readonly epsilon?: number;
}

/** State of `rmsprop`. */
export interface RmspropState {
  /** Number of updates done, int32. */
  readonly step: Tensor;
  readonly meanSquare: Leaves;
}

/**
 * Gradients divided by their running root mean square: s' = d s + (1 - d) g^2, update = -learningRate g / (sqrt(s') + epsilon).
 *
 * d is `decay`, s the mean square, g the gradient.
 *
 * Source: Tieleman and Hinton (2012), Coursera lecture 6.5; decay and epsilon outside of the root as in PyTorch.
 *
 * @throws ArgumentError when gradients and parameters differ in structure or shapes.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { rmsprop } from '@descant/tensor-ops/optim';
 * const optimizer = rmsprop({ learningRate: 0.1, decay: 0.75 });
 * const x = tensor(0);
 * optimizer.update(tensor(4), optimizer.init(x), x).updates.item(); // => -0.2
 * ```
 */
export function rmsprop(options: RmspropOptions): Optimizer<RmspropState> {
  const { learningRate, decay = 0.99, epsilon = 1e-8 } = options;
  return {
    init: (parameters) => ({ step: firstStep(), meanSquare: zeroLeaves('rmsprop', parameters) }),
    update(gradients, { step, meanSquare }, parameters) {
      const pair = pairLeaves('rmsprop', gradients, parameters);
      const next = pair.gradients.map((g, i) => average(decay, meanSquare[i], square(g)));
      const updates = next.map((s, i) => {
        const scaled = div(pair.gradients[i], add(sqrt(s), epsilon));
        return neg(mul(rateAt(learningRate, step, s.dtype), scaled));
      });
      return { updates: pair.build(updates), state: { step: nextStep(step), meanSquare: next } };
    },
  };
}
