/** Counterpoint by convolution: a network that completes partial scores, its training, evaluation and sampling. */

export {
  atResolution,
  type Corpus,
  checkScore,
  parseCorpus,
  type Resolution,
} from './data/chorales.ts';
export type { Score } from './data/score.ts';
export {
  type CoconetDescription,
  describe,
  dilationCycle,
  type Layer,
  layersOf,
  type Sizes,
  sizesOf,
} from './model/description.ts';
export { networkInput, type PitchRange, pianoRolls } from './model/input.ts';
export { type Coconet, decodeModel, type EncodeOptions, encodeModel } from './model/model.ts';
export { coconet, coconetTraining, logProbabilities } from './model/network.ts';
export {
  initParameters,
  initPopulation,
  type LayerParameters,
  type Parameters,
  type Statistics,
} from './model/parameters.ts';
export { type Batch, type BatchOptions, trainingBatch } from './training/batches.ts';
export {
  beginTraining,
  decodeTraining,
  encodeTraining,
  type TrainingCheckpoint,
  type TrainingConfig,
  type Validation,
} from './training/checkpoint.ts';
export { cellLosses, orderlessLoss } from './training/loss.ts';
export { orderlessMask } from './training/masks.ts';
export { stepOperations, type TrainingEvent, type TrainOptions, train } from './training/train.ts';
