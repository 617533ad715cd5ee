/** Online gradients of recurrent networks, and the theory of their variance. */

export {
  type Cell,
  cellStep,
  defineCell,
  initWeights,
  preactivationCount,
  type WeightShape,
  weightCount,
} from './cells/cell.ts';
export { type FreeCellOptions, freeCell } from './cells/free-cell.ts';
export { gru } from './cells/gru.ts';
export { lstm } from './cells/lstm.ts';
export { type CellOptions, type TanhRnnOptions, tanhRnn } from './cells/tanh-rnn.ts';
export {
  type BpttOptions,
  bptt,
  bpttGradient,
  episodeLosses,
  type TruncatedBpttOptions,
  truncatedBptt,
  type Window,
} from './learners/bptt.ts';
export type { CutName } from './learners/cuts.ts';
export type { Learner, LearnerState, LearnerStep, NoiseKind, StepInFactors } from './learners/learner.ts';
export { type OwnInfluence, rflo, snap1 } from './learners/local.ts';
export { type NoBackTrackOptions, noBackTrack } from './learners/no-back-track.ts';
export type { Outer, OuterSum } from './learners/outer-sum.ts';
export { type KroneckerFactors, type PreUoroOptions, preUoro } from './learners/pre-uoro.ts';
export { type ReinforceOptions, reinforce, type Score } from './learners/reinforce.ts';
export type { EpsilonForm, RescalingOptions } from './learners/rescaling.ts';
export { type Influence, rtrl, type SpatialProjectionOptions, spatialProjection } from './learners/rtrl.ts';
export {
  type BatchLearner,
  type BatchOptions,
  batched,
  checkLosses,
  type Episode,
  runEpisode,
} from './learners/run.ts';
export type { Scaling } from './learners/scaling.ts';
export { type RankOne, type UoroMemory, type UoroOptions, uoro } from './learners/uoro.ts';
export type { Model, ModelParameters, Target } from './models/model.ts';
export { classifier, type LinearReadout, regressor } from './models/readouts.ts';
export { type AddingOptions, addingTask } from './tasks/adding.ts';
export { type CharacterOptions, type CharacterTask, characterTask } from './tasks/characters.ts';
export { type CopyOptions, copyTask } from './tasks/copy.ts';
export { type Digits, rowwiseDigits } from './tasks/digits.ts';
export { type QueueOptions, queueTask } from './tasks/queue.ts';
export { modelFor, type Task, type TaskEpisode } from './tasks/task.ts';
export { optimalAlpha } from './theory/alpha.ts';
export { type Credit, type CreditOptions, creditAssignment } from './theory/credit.ts';
export { type JointOptions, type JointScaling, jointlyOptimal } from './theory/joint.ts';
export {
  type OnlineSpatial,
  type OnlineSpatialNoise,
  type OnlineSpatialOptions,
  type OnlineSpatialState,
  onlineSpatialMatrix,
} from './theory/online-spatial.ts';
export { type OptimalMatrixOptions, optimalMatrix, spatialMatrix } from './theory/spatial.ts';
export {
  preUoroTemporalMatrix,
  preUoroVariance,
  type TotalVariance,
  temporalMatrix,
  uoroVariance,
  type VarianceOptions,
} from './theory/variance.ts';
