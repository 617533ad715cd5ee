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
  copyNearestBaseline,
  markovBaseline,
  type Range,
  repeatBaseline,
  uniformBaseline,
  unigramBaseline,
} from './evaluation/baselines.ts';
export { type EstimateOptions, estimateFramewiseNll } from './evaluation/estimate-framewise.ts';
export {
  type Conditioning,
  type FrameOptions,
  type FrameQuery,
  frameLogLikelihoods,
} from './evaluation/frames.ts';
export {
  type FrameOrder,
  type FramewiseOptions,
  type FramewiseResult,
  framewiseNll,
} from './evaluation/framewise.ts';
export { type NotewiseOptions, type NotewiseResult, notewiseNll } from './evaluation/notewise.ts';
export {
  type RnnNade,
  type RnnNadeOptions,
  type RnnNadeParameters,
  rnnNadeNll,
  trainRnnNade,
} from './evaluation/rnn-nade.ts';
export type { Nll } from './evaluation/strata.ts';
export {
  type Conditionals,
  type ConditionalsOptions,
  conditionalsOf,
  type PartialScores,
} from './model/conditionals.ts';
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
export { type ExportOptions, exportOnnx } from './model/onnx.ts';
export {
  initParameters,
  initPopulation,
  type LayerParameters,
  type Parameters,
  type Statistics,
} from './model/parameters.ts';
export { type AnimationOptions, gibbsAnimation } from './music/gibbs-animation.ts';
export {
  type ImportedFile,
  type ImportOptions,
  importCorpus,
  type NamedFile,
} from './music/import-corpus.ts';
export { type MusicXmlOptions, musicXml } from './music/music-xml.ts';
export { type Note, notesOf, scoreOf } from './music/notes.ts';
export { heatOf, type PianoRollOptions, pianoRollSvg } from './music/piano-roll.ts';
export {
  decodeMelody,
  decodeMidi,
  type MidiMelody,
  type MidiScore,
  type ReadOptions,
  type ReadReport,
  type VoiceRule,
} from './music/read-midi.ts';
export { type RollOptions, VOICE_COLOURS } from './music/roll-drawing.ts';
export { encodeMidi, type MidiOptions, PROGRAMS } from './music/write-midi.ts';
export {
  type BlockOptions,
  bernoulliMasker,
  blockMasker,
  type Cells,
  type Masker,
} from './sampling/masker.ts';
export {
  type AncestralGibbsOptions,
  ancestral,
  ancestralGibbs,
  type IndependentOptions,
  independentGibbs,
  type SampleOptions,
  type Sampler,
  type SampleStep,
  sample,
} from './sampling/sample.ts';
export {
  type AnnealedOptions,
  annealedSchedule,
  constantSchedule,
  type Schedule,
} from './sampling/schedule.ts';
export { chronologicalSelector, randomSelector, type Selector } from './sampling/selector.ts';
export {
  complete,
  compose,
  harmonise,
  infill,
  type Region,
  regenerate,
  revoice,
  type Task,
  transition,
  upsample,
} from './sampling/tasks.ts';
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
export { type StepOptions, type StepResult, type TrainingState, trainingStep } from './training/step.ts';
export { stepOperations, type TrainingEvent, type TrainOptions, train } from './training/train.ts';
