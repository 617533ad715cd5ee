/** Estimators of gradients of expectations, and the exact enumeration that proves them. */

export type { Baseline } from './baselines/baseline.ts';
export { constantBaseline } from './baselines/constant.ts';
export { controlCoefficient, controlVariate } from './baselines/control-variate.ts';
export { leaveOneOutBaseline } from './baselines/leave-one-out.ts';
export { type MovingAverage, type MovingAverageState, movingAverage } from './baselines/moving-average.ts';
export { stateValueBaseline } from './baselines/state-values.ts';
export { givenAdvantages } from './credit/advantages.ts';
export type { Credit } from './credit/credit.ts';
export {
  type Advantages,
  followingValues,
  generalisedAdvantage,
  generalisedAdvantages,
  temporalDifference,
} from './credit/gae.ts';
export { type ReturnOptions, returnsToGo, rewardToGo, totalReturn } from './credit/returns.ts';
export { type VtraceOptions, vtrace, vtraceAdvantages } from './credit/vtrace.ts';
export type { Chance, StochasticProgram } from './enumeration/chance.ts';
export type { Cost } from './enumeration/cost.ts';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './enumeration/diagnose.ts';
export {
  type EnumerateOptions,
  type Enumeration,
  enumerate,
  expectation,
} from './enumeration/enumerate.ts';
export { type Moments, moments } from './enumeration/moments.ts';
export { type SimulateOptions, simulate } from './enumeration/simulate.ts';
export { type Estimator, limitOrder } from './estimator.ts';
export { linearSurrogate } from './linear-surrogate.ts';
export {
  type MeasureValuedNoise,
  measureValuedNoise,
  measureValuedNormal,
} from './measure-valued/gaussian.ts';
export {
  type DeterministicPolicyOptions,
  type DeterministicRollout,
  deterministicPolicy,
} from './pathwise/deterministic-policy.ts';
export { reparameterisedNormal } from './pathwise/gaussian.ts';
export { gumbelNoise, gumbelSoftmax } from './pathwise/gumbel-softmax.ts';
export { oneHotOf, straightThrough } from './pathwise/straight-through.ts';
export { type EvolutionStrategiesOptions, evolutionStrategies } from './perturbation/evolution-strategies.ts';
export { type FiniteDifferenceOptions, finiteDifferences } from './perturbation/finite-differences.ts';
export {
  type PersistentEvolution,
  type PersistentEvolutionOptions,
  type PersistentState,
  persistentEvolution,
} from './perturbation/persistent-evolution.ts';
export type { Rollout } from './rollout.ts';
export { type DiceOptions, dice } from './score-function/dice.ts';
export { type ImportanceWeightedOptions, importanceWeighted } from './score-function/importance-weighted.ts';
export { type LoadedDiceOptions, loadedDice } from './score-function/loaded-dice.ts';
export { lowVarianceCurvature } from './score-function/low-variance-curvature.ts';
export { magicBox } from './score-function/magic-box.ts';
export { type CreditOptions, scoreFunction } from './score-function/score-function.ts';
