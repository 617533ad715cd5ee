/**
 * Optimisers: pure `init` and `update` functions over trees of parameters.
 *
 * A loss is minimised; to maximise a value, differentiate its negative.
 *
 * @module
 */
export { type AdamOptions, type AdamState, type AdamwOptions, adam, adamw } from './adam.ts';
export { chain } from './chain.ts';
export { clipByNorm, globalNorm, type NoState } from './clip-by-norm.ts';
export { type MomentumOptions, type MomentumState, momentum } from './momentum.ts';
export {
  applyUpdates,
  type Coefficient,
  type LearningRate,
  type Leaves,
  type Optimizer,
  type Schedule,
} from './optimizer.ts';
export { type RmspropOptions, type RmspropState, rmsprop } from './rmsprop.ts';
export {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  linearSchedule,
  warmup,
} from './schedules.ts';
export { type SgdOptions, type SgdState, sgd } from './sgd.ts';
