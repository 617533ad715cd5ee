/** Trainings under way, and their files. */
import { ArgumentError, key } from '@descant/tensor-ops';
import { readSafetensors, recordToTree, treeToRecord, writeSafetensors } from '@descant/tensor-ops/io';
import { type CoconetDescription, describe } from '../model/description.ts';
import { initParameters, initPopulation, type Statistics } from '../model/parameters.ts';
import { optimizerAt, type TrainingState } from './step.ts';

/** How a network is trained; nothing else decides the result. */
export interface TrainingConfig {
  readonly description: CoconetDescription;
  /** Of the parameters and of all batches. */
  readonly seed: number;
  readonly batchSize: number;
  /** T, the length of the random crops. */
  readonly cropSteps: number;
  /** Lowest and highest random transposition, in semitones. */
  readonly transposition: readonly [number, number];
  /** Adam's, before it is halved. */
  readonly learningRate: number;
  /** The rate is halved after more validations than this without improvement. */
  readonly patience: number;
  /** Training ends after more validations than this without improvement. */
  readonly giveUp: number;
  /** Epochs from one validation to the next. */
  readonly validationEpochs: number;
  /** Passes over the training scores that estimate the population statistics before a validation. */
  readonly populationPasses: number;
  /** Share of the running average of the parameters that a step keeps. */
  readonly averaging: number;
}

/** One validation. */
export interface Validation {
  /** Steps of training before it. */
  readonly step: number;
  readonly epoch: number;
  /** Mean loss of the training batches since the last validation, in nats for each cell. */
  readonly trainingLoss: number;
  /** Loss on the validation scores under fixed masks. */
  readonly validationLoss: number;
  readonly learningRate: number;
}

/** A training at some step: all that is needed to go on. */
export interface TrainingCheckpoint {
  readonly config: TrainingConfig;
  readonly step: number;
  readonly learningRate: number;
  readonly validations: readonly Validation[];
  /** Losses of the batches since the last validation, added up. */
  readonly recentLoss: { readonly sum: number; readonly count: number };
  readonly state: TrainingState;
  /** Of the averaged parameters, as of the last validation. */
  readonly statistics: Statistics;
}

/** The settings of the paper: batches of 20, crops of 128, rate 2^-4, and no transposition or averaging. */
const PAPER = {
  seed: 0,
  batchSize: 20,
  cropSteps: 128,
  transposition: [0, 0],
  learningRate: 2 ** -4,
  patience: 5,
  giveUp: 25,
  validationEpochs: 5,
  populationPasses: 3,
  averaging: 0,
} as const;

function checkConfig(config: TrainingConfig): void {
  const check = (argument: keyof TrainingConfig, ok: boolean, expected: string) => {
    if (!ok) throw new ArgumentError('beginTraining', argument, expected, JSON.stringify(config[argument]));
  };
  const counts = ['batchSize', 'cropSteps', 'validationEpochs', 'populationPasses'] as const;
  for (const name of counts)
    check(name, Number.isInteger(config[name]) && config[name] > 0, 'be a whole number of at least 1');
  for (const name of ['patience', 'giveUp', 'seed'] as const)
    check(name, Number.isSafeInteger(config[name]) && config[name] >= 0, 'be a whole number of at least 0');
  const { learningRate, averaging, transposition } = config;
  check('learningRate', learningRate > 0 && learningRate < Number.POSITIVE_INFINITY, 'be a positive number');
  check('averaging', averaging >= 0 && averaging < 1, 'lie in [0, 1)');
  const [low, high] = transposition;
  check(
    'transposition',
    [low, high].every(Number.isInteger) && low <= 0 && high >= 0,
    'hold two whole numbers around 0',
  );
}

/**
 * A training before its first step; options left out are the paper's.
 *
 * Source: Cooijmans (2023), thesis, section 3.3, and the released code (rate 2^-4, halved when more than 5 validations
 * do not improve; validation every 5 epochs).
 *
 * @throws ArgumentError for settings out of range.
 *
 * @example
 * ```ts
 * import { beginTraining, describe } from '@descant/coconet';
 * const training = beginTraining({ description: describe({ layers: 4, channels: 8 }), cropSteps: 32 });
 * training.config.learningRate; // => 0.0625
 * training.step; // => 0
 * ```
 */
export function beginTraining(
  options: Partial<TrainingConfig> & Pick<TrainingConfig, 'description'>,
): TrainingCheckpoint {
  const config: TrainingConfig = { ...PAPER, ...options, description: describe(options.description) };
  checkConfig(config);
  const parameters = initParameters(key(config.seed), config.description);
  return {
    config,
    step: 0,
    learningRate: config.learningRate,
    validations: [],
    recentLoss: { sum: 0, count: 0 },
    state: { parameters, average: parameters, optimizer: optimizerAt(0).init(parameters) },
    statistics: initPopulation(config.description),
  };
}

const FORMAT = 'descant coconet training 1';

/**
 * The bytes of a checkpoint: a safetensors file with the settings and the history in its metadata.
 *
 * @example
 * ```ts
 * import { beginTraining, decodeTraining, describe, encodeTraining } from '@descant/coconet';
 * const training = beginTraining({ description: describe({ layers: 4, channels: 8 }) });
 * decodeTraining(encodeTraining(training)).config.seed; // => 0
 * ```
 */
export function encodeTraining(checkpoint: TrainingCheckpoint): Uint8Array<ArrayBuffer> {
  const { state, statistics, ...rest } = checkpoint;
  const progress = JSON.stringify(rest);
  return writeSafetensors(treeToRecord({ state, statistics }), { format: FORMAT, progress });
}

/**
 * The checkpoint in the bytes of a file that `encodeTraining` made.
 *
 * @throws ArgumentError when the bytes are damaged or of another kind.
 *
 * @example
 * ```ts
 * import { beginTraining, decodeTraining, describe, encodeTraining } from '@descant/coconet';
 * const training = beginTraining({ description: describe({ layers: 4, channels: 8 }) });
 * decodeTraining(encodeTraining(training)).state.parameters.length; // => 4
 * ```
 */
export function decodeTraining(bytes: Uint8Array): TrainingCheckpoint {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT) {
    const received = metadata.format ?? 'no format in the metadata';
    throw new ArgumentError('decodeTraining', 'bytes', `be a file of format "${FORMAT}"`, received);
  }
  const { config, step, learningRate, validations, recentLoss } = JSON.parse(metadata.progress);
  const { state, statistics } = beginTraining(config);
  return {
    config,
    step,
    learningRate,
    validations,
    recentLoss,
    ...recordToTree(tensors, { state, statistics }),
  };
}
