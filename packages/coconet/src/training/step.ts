/** One compiled step of training: forward pass, gradients, Adam, running average of the parameters. */
import {
  add,
  cast,
  div,
  type Executor,
  jit,
  mapTree,
  minimum,
  mul,
  sub,
  type Tensor,
  valueAndGrad,
} from '@descant/tensor-ops';
import { type AdamState, adam, applyUpdates } from '@descant/tensor-ops/optim';
import type { CoconetDescription } from '../model/description.ts';
import { networkInput, pianoRolls } from '../model/input.ts';
import { coconetTraining, logProbabilities } from '../model/network.ts';
import type { Parameters } from '../model/parameters.ts';
import type { Batch } from './batches.ts';
import { cellLosses, orderlessLoss } from './loss.ts';

/** Everything that training changes. */
export interface TrainingState {
  readonly parameters: Parameters;
  /** Running average of the parameters, which is what is evaluated and kept. */
  readonly average: Parameters;
  readonly optimizer: AdamState;
}

/** Options of `trainingStep`. */
export interface StepOptions {
  /** Share of the running average that a step keeps, in [0, 1); 0 makes the average the parameters themselves. */
  readonly averaging: number;
  readonly executor?: Executor;
}

/** The loss of a batch, with the network normalised by it. */
function batchLoss(description: CoconetDescription, parameters: Parameters, batch: Batch): Tensor {
  const rolls = pianoRolls(description, batch.pitches);
  const { logits } = coconetTraining(description, parameters, networkInput(rolls, batch.known));
  return orderlessLoss(cellLosses(logProbabilities(logits), rolls), batch.hidden, batch.known);
}

/** Adam with a learning rate that may be traced. */
export const optimizerAt = (learningRate: Tensor | number) => adam({ learningRate });

/** What a step gives. */
export interface StepResult {
  readonly loss: Tensor;
  readonly state: TrainingState;
}

/**
 * The function (state, batch, learning rate) that makes one step, compiled at its first call; for training loops of
 * your own, where `train` does not fit.
 *
 * @example
 * ```ts
 * import { beginTraining, describe, trainingBatch, trainingStep } from '@descant/coconet';
 * import { key, tensor } from '@descant/tensor-ops';
 * const range = { lowestPitch: 60, highestPitch: 67 };
 * const description = describe({ layers: 4, channels: 4, instruments: 1, ...range });
 * const { state } = beginTraining({ description });
 * const scores = [Array.from({ length: 8 }, (_, t) => [60 + t])];
 * const batch = trainingBatch(key(0), scores, 0, { batchSize: 1, steps: 8, ...range });
 * trainingStep(description, { averaging: 0.9 })(state, batch, tensor(0.01)).state.optimizer.step; // => 1
 * ```
 */
export function trainingStep(
  description: CoconetDescription,
  { averaging, executor }: StepOptions,
): (state: TrainingState, batch: Batch, learningRate: Tensor) => StepResult {
  const step = (state: TrainingState, batch: Batch, learningRate: Tensor): StepResult => {
    const [loss, gradients] = valueAndGrad((p: Parameters) => batchLoss(description, p, batch))(
      state.parameters,
    );
    const { updates, state: optimizer } = optimizerAt(learningRate).update(
      gradients,
      state.optimizer,
      state.parameters,
    );
    const parameters = applyUpdates(state.parameters, updates);
    // Early averages forget their beginning sooner.
    const t = cast(optimizer.step, 'float32');
    const keep = minimum(averaging, div(t, add(t, 10)));
    const average = mapTree((old, p) => add(mul(keep, old), mul(sub(1, keep), p)), state.average, parameters);
    return { loss, state: { parameters, average, optimizer } };
  };
  return jit(step, executor ? { executor } : {});
}
