/** Training: steps, population statistics, validation under fixed masks, decay on plateaus, early stopping. */
import {
  add,
  type Executor,
  foldIn,
  jit,
  key,
  mapTree,
  mul,
  square,
  sub,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import type { Score } from '../data/score.ts';
import { type CoconetDescription, sizesOf } from '../model/description.ts';
import { networkInput, pianoRolls } from '../model/input.ts';
import { coconet, coconetTraining, logProbabilities } from '../model/network.ts';
import type { Parameters, Statistics } from '../model/parameters.ts';
import { nextTurn } from '../next-turn.ts';
import { type Batch, trainingBatch } from './batches.ts';
import type { TrainingCheckpoint, TrainingConfig, Validation } from './checkpoint.ts';
import { cellLosses, orderlessLoss } from './loss.ts';
import { trainingStep } from './step.ts';

/** Streams of batches with keys of their own, derived from the seed of a training. */
const STREAM = { training: 1, population: 2, validation: 3 } as const;

/** Passes over the validation scores, with other crops and masks each. */
const VALIDATION_PASSES = 4;

/** Options of `train`. */
export interface TrainOptions {
  /** Scores to train on and to validate with. */
  readonly scores: { readonly train: readonly Score[]; readonly valid: readonly Score[] };
  readonly executor?: Executor;
  /** Ends the training between two steps. */
  readonly signal?: AbortSignal;
}

/** What `train` yields after every step. */
export interface TrainingEvent {
  readonly loss: number;
  readonly checkpoint: TrainingCheckpoint;
  /** Present when the step was followed by a validation. */
  readonly validation?: Validation;
}

/**
 * Floating-point operations of one training step: forward pass, and twice that for the gradients.
 *
 * @example
 * ```ts
 * import { beginTraining, describe, stepOperations } from '@descant/coconet';
 * const { config } = beginTraining({ description: describe({ layers: 10, channels: 32 }), batchSize: 16, cropSteps: 32 });
 * stepOperations(config); // => 10093068288
 * ```
 */
export function stepOperations({ description, batchSize, cropSteps }: TrainingConfig): number {
  const pitches = description.highestPitch - description.lowestPitch + 1;
  return 6 * sizesOf(description).multiplyAdds * batchSize * cropSteps * pitches;
}

/** The functions of one network that training calls again and again. */
function compile(description: CoconetDescription, averaging: number, executor: Executor | undefined) {
  const options = executor ? { executor } : {};
  return {
    step: trainingStep(description, { averaging, ...options }),
    statistics: jit((parameters: Parameters, batch: Batch) => {
      const input = networkInput(pianoRolls(description, batch.pitches), batch.known);
      return coconetTraining(description, parameters, input).statistics;
    }, options),
    loss: jit((parameters: Parameters, statistics: Statistics, batch: Batch) => {
      const rolls = pianoRolls(description, batch.pitches);
      const logits = coconet(description, parameters, statistics, networkInput(rolls, batch.known));
      return orderlessLoss(cellLosses(logProbabilities(logits), rolls), batch.hidden, batch.known);
    }, options),
  };
}

/**
 * Population statistics from those of batches: means of the means; variances within batches plus those between them.
 */
function pooled(batches: readonly Statistics[]): Statistics {
  const mean = (trees: readonly Statistics[]) => {
    const sum = trees.slice(1).reduce((total, tree) => mapTree(add, total, tree), trees[0]);
    return mapTree((x) => mul(x, 1 / trees.length), sum);
  };
  const means = mean(batches);
  const moments = batches.map((batch) =>
    batch.map((layer, i) => ({
      mean: layer.mean,
      variance: add(layer.variance, square(sub(layer.mean, means[i].mean))),
    })),
  );
  return mean(moments);
}

/** Validations since the best one. */
function sinceBest(validations: readonly Validation[]): number {
  const losses = validations.map(({ validationLoss }) => validationLoss);
  return losses.length === 0 ? 0 : losses.length - 1 - losses.indexOf(Math.min(...losses));
}

/** The learning rate after a validation: halved each time that one more than `patience` of them did not improve. */
function decayed(rate: number, validations: readonly Validation[], patience: number): number {
  const since = sinceBest(validations);
  return since > 0 && since % (patience + 1) === 0 ? rate / 2 : rate;
}

/**
 * Trains a network, from a checkpoint on, and yields a checkpoint after every step.
 *
 * Ends when more than `giveUp` validations in a row do not improve, or when the signal is aborted; the last
 * checkpoint yielded is then where to go on. The batches are functions of the seed and the step: a training that was
 * interrupted and resumed gives the same numbers as one that was not.
 *
 * Source: Cooijmans (2023), thesis, section 3.3, and the released code: population statistics are re-estimated before
 * each validation, the learning rate is halved on plateaus.
 *
 * @throws Error when a loss is not a finite number; the checkpoint before that step was the last one yielded.
 *
 * @example
 * ```ts
 * import { beginTraining, describe, train } from '@descant/coconet';
 * const description = describe({ layers: 4, channels: 4, lowestPitch: 60, highestPitch: 67, instruments: 1 });
 * const scores = [Array.from({ length: 8 }, (_, t) => [60 + t])];
 * const start = beginTraining({ description, batchSize: 1, cropSteps: 8, validationEpochs: 2 });
 * for await (const { checkpoint, validation } of train(start, { scores: { train: scores, valid: scores } })) {
 *   if (validation) break;
 *   checkpoint.step; // => 1
 * }
 * ```
 */
export async function* train(
  start: TrainingCheckpoint,
  { scores, executor, signal }: TrainOptions,
): AsyncGenerator<TrainingEvent, void, void> {
  const { config } = start;
  const { description, batchSize, cropSteps, transposition } = config;
  const { lowestPitch, highestPitch } = description;
  const crops = { batchSize, steps: cropSteps, lowestPitch, highestPitch };
  const compiled = compile(description, config.averaging, executor);
  const keys = mapTree((stream: Tensor) => foldIn(key(config.seed), stream), {
    training: tensor(STREAM.training, { dtype: 'uint32' }),
    population: tensor(STREAM.population, { dtype: 'uint32' }),
    validation: tensor(STREAM.validation, { dtype: 'uint32' }),
  });
  const stepsFor = (set: readonly Score[], passes: number) => Math.ceil((set.length * passes) / batchSize);
  const interval = stepsFor(scores.train, config.validationEpochs);

  /** Statistics and validation loss of the averaged parameters. */
  async function validate(average: Parameters) {
    const batches: Statistics[] = [];
    for (let i = 0; i < stepsFor(scores.train, config.populationPasses); i++) {
      batches.push(
        compiled.statistics(
          average,
          trainingBatch(keys.population, scores.train, i, { ...crops, transposition }),
        ),
      );
      await nextTurn();
    }
    const statistics = pooled(batches);
    const count = stepsFor(scores.valid, VALIDATION_PASSES);
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += compiled
        .loss(average, statistics, trainingBatch(keys.validation, scores.valid, i, crops))
        .item();
      await nextTurn();
    }
    return { statistics, validationLoss: total / count };
  }

  let checkpoint = start;
  while (!signal?.aborted && sinceBest(checkpoint.validations) <= config.giveUp) {
    const batch = trainingBatch(keys.training, scores.train, checkpoint.step, { ...crops, transposition });
    const { loss: lossTensor, state } = compiled.step(
      checkpoint.state,
      batch,
      tensor(checkpoint.learningRate),
    );
    const loss = lossTensor.item();
    if (!Number.isFinite(loss))
      throw new Error(
        `train: the loss of step ${checkpoint.step + 1} is ${loss}; try a smaller learning rate`,
      );
    const { sum, count } = checkpoint.recentLoss;
    const step = checkpoint.step + 1;
    const recentLoss = { sum: sum + loss, count: count + 1 };
    checkpoint = { ...checkpoint, step, state, recentLoss };
    let validation: Validation | undefined;
    if (step % interval === 0) {
      const { statistics, validationLoss } = await validate(state.average);
      validation = {
        step,
        epoch: (step * batchSize) / scores.train.length,
        trainingLoss: recentLoss.sum / recentLoss.count,
        validationLoss,
        learningRate: checkpoint.learningRate,
      };
      const validations = [...checkpoint.validations, validation];
      const learningRate = decayed(checkpoint.learningRate, validations, config.patience);
      checkpoint = { ...checkpoint, statistics, validations, learningRate, recentLoss: { sum: 0, count: 0 } };
    }
    yield { loss, checkpoint, ...(validation ? { validation } : {}) };
    await nextTurn();
  }
}
