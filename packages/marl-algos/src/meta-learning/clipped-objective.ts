/** PPO as M-FOS has it: whole batches of plays, kept for several steps on the clipped objective. */
import {
  add,
  clip as clamp,
  div,
  exp,
  fori,
  grad,
  mean,
  minimum,
  mul,
  neg,
  sqrt,
  square,
  stopGradient,
  sub,
  type Tensor,
} from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';

/** How PPO updates actor and critic. */
export interface PpoSettings {
  readonly optimizer: Optimizer<unknown>;
  /** K, gradient steps on each batch of plays; default 4. */
  readonly epochs?: number;
  /** c: ratios gain nothing beyond [1 - c, 1 + c]; default 0.2. */
  readonly clip?: number;
  /** Weight of the entropy. */
  readonly entropy?: number;
}

/** Parameters of actor and critic with the state of their optimiser. */
export interface Optimised<P> {
  readonly parameters: P;
  readonly optimizer: unknown;
}

/** What actor and critic say of the actions of a batch of plays; one shape. */
export interface Evaluation {
  readonly logProbabilities: Tensor;
  readonly values: Tensor;
  readonly entropies: Tensor;
}

/** What is kept of the plays; of the same shape. */
export interface Kept {
  /** Of the actions, when they were taken. */
  readonly logProbabilities: Tensor;
  readonly returns: Tensor;
}

/** (x - mean) / (deviation + 1e-5) over all elements, with the unbiased standard deviation. */
export function standardised(x: Tensor): Tensor {
  const centred = sub(x, mean(x));
  const variance = mul(mean(square(centred)), x.size / (x.size - 1));
  return div(centred, add(sqrt(variance), 1e-5));
}

/**
 * `mean [min(rho A, clip(rho, 1 - c, 1 + c) A) - (V - R)^2 / 2 + h H]`, to be maximised, with rho the ratio of the
 * actions' probabilities now and then, A = R - V held constant, H the entropy.
 */
export function clippedObjective(
  { logProbabilities, values, entropies }: Evaluation,
  kept: Kept,
  { clip = 0.2, entropy = 0 }: Pick<PpoSettings, 'clip' | 'entropy'>,
): Tensor {
  const ratio = exp(sub(logProbabilities, kept.logProbabilities));
  const advantages = stopGradient(sub(kept.returns, values));
  const gained = minimum(mul(ratio, advantages), mul(clamp(ratio, 1 - clip, 1 + clip), advantages));
  const missed = mul(0.5, square(sub(values, kept.returns)));
  return mean(add(sub(gained, missed), mul(entropy, entropies)));
}

/** K steps of the optimiser on the clipped objective. */
export function ppoEpochs<P>(
  learner: Optimised<P>,
  evaluate: (parameters: P) => Evaluation,
  kept: Kept,
  settings: PpoSettings,
): Optimised<P> {
  const { optimizer, epochs = 4 } = settings;
  const loss = (parameters: P) => neg(clippedObjective(evaluate(parameters), kept, settings));
  return fori(
    0,
    epochs,
    (_i, now: Optimised<P>) => {
      const { updates, state } = optimizer.update(grad(loss)(now.parameters), now.optimizer, now.parameters);
      return { parameters: applyUpdates(now.parameters, updates), optimizer: state };
    },
    learner,
  );
}
