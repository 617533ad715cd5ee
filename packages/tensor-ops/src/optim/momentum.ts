/** Gradient descent with momentum. */
import { add, mul, neg } from '../ops/arithmetic.ts';
import type { Tensor } from '../tensor.ts';
import {
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

/** Options of `momentum`. */
export interface MomentumOptions {
  readonly learningRate: LearningRate;
  /** Share of the velocity that is kept, in [0, 1); default 0.9. */
  readonly momentum?: Coefficient;
  /** Looks ahead along the velocity (Nesterov); default false: heavy ball. */
  readonly nesterov?: boolean;
}

/** State of `momentum`. */
export interface MomentumState {
  /** Number of updates done, int32. */
  readonly step: Tensor;
  readonly velocity: Leaves;
}

/**
 * Gradient descent with momentum: v' = mu v + g, update = -learningRate v'.
 *
 * With `nesterov`, update = -learningRate (g + mu v'). mu is `momentum`, v the velocity, g the gradient.
 *
 * Source: Polyak (1964), eq. 9; Sutskever, Martens, Dahl and Hinton (2013), eq. 1-4. Deviation, as in PyTorch:
 * the learning rate multiplies the velocity instead of the gradient that enters it, so that a schedule acts at once.
 *
 * @throws ArgumentError when gradients and parameters differ in structure or shapes.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { momentum } from '@descant/tensor-ops/optim';
 * const optimizer = momentum({ learningRate: 1, momentum: 0.5 });
 * const x = tensor(0);
 * const first = optimizer.update(tensor(1), optimizer.init(x), x);
 * optimizer.update(tensor(1), first.state, x).updates.item(); // => -1.5
 * ```
 */
export function momentum(options: MomentumOptions): Optimizer<MomentumState> {
  const { learningRate, momentum: kept = 0.9, nesterov = false } = options;
  return {
    init: (parameters) => ({ step: firstStep(), velocity: zeroLeaves('momentum', parameters) }),
    update(gradients, { step, velocity }, parameters) {
      const pair = pairLeaves('momentum', gradients, parameters);
      const next = pair.gradients.map((g, i) => add(mul(kept, velocity[i]), g));
      const updates = next.map((v, i) => {
        const direction = nesterov ? add(pair.gradients[i], mul(kept, v)) : v;
        return neg(mul(rateAt(learningRate, step, v.dtype), direction));
      });
      return { updates: pair.build(updates), state: { step: nextStep(step), velocity: next } };
    },
  };
}
