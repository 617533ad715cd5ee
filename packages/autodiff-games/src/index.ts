/** Differentiable games and the rules by which players learn in them. */

export { type AlphaRankOptions, alphaRank, alphaRankSymmetric } from './analysis/alpha-rank.ts';
export { type BasinCell, type BasinOptions, basinsOfAttraction } from './analysis/basins.ts';
export { convexHull } from './analysis/convex-hull.ts';
export {
  type CorrelatedOptions,
  type CorrelationKind,
  correlatedEquilibrium,
  correlatedGap,
} from './analysis/correlated.ts';
export { gameHessian, simultaneousGradient } from './analysis/derivatives.ts';
export { type DirectionFieldOptions, directionField, type FieldArrow } from './analysis/direction-field.ts';
export { bestResponseGains, exploitability, nashConv } from './analysis/exploitability.ts';
export { nashEquilibria } from './analysis/nash.ts';
export { nashEquilibria2x2 } from './analysis/nash-2x2.ts';
export { nashEquilibriaTwoActions } from './analysis/nash-two-actions.ts';
export { paretoSet } from './analysis/pareto.ts';
export { pureEquilibria } from './analysis/pure-equilibria.ts';
export { returnPolytope } from './analysis/return-polytope.ts';
export { type Eigenvalue, fixedPointStability, type Stability } from './analysis/stability.ts';
export type { Profile } from './analysis/strategic-form.ts';
export { supportEnumeration } from './analysis/support-enumeration.ts';
export {
  type Estimate,
  type Match,
  roundRobin,
  type Tournament,
  type TournamentOptions,
} from './analysis/tournament.ts';
export {
  type Repeated2x2,
  type ReturnRelation,
  type ZeroDeterminantOptions,
  zeroDeterminantPolicy,
  zeroDeterminantRelation,
} from './analysis/zero-determinant.ts';
export { checkGame } from './checks/check-game.ts';
export { checkRule } from './checks/check-rule.ts';
export type { CheckOptions } from './checks/compare.ts';
export type { Game } from './game.ts';
export { type BilinearGameOptions, bilinearGame } from './games/bilinear.ts';
export { type DefineGameOptions, defineGame } from './games/define.ts';
export {
  type IteratedGameOptions,
  type IteratedOptions,
  iteratedChicken,
  iteratedGame,
  iteratedMatchingPennies,
  iteratedPrisonersDilemma,
} from './games/iterated.ts';
export { logisticGame } from './games/logistic.ts';
export { type MatrixGameOptions, matrixGame } from './games/matrix.ts';
export { numpyUniform } from './games/mersenne-twister.ts';
export { namedPayoffs, type PublicGoodsOptions, publicGoodsPayoffs } from './games/named.ts';
export { type PenniesOptions, pennies } from './games/pennies.ts';
export {
  type QuadraticGameOptions,
  type QuadraticKind,
  quadraticGame,
  type RandomQuadraticOptions,
  randomQuadraticGame,
} from './games/quadratic.ts';
export { type Class2x2, random2x2Payoffs } from './games/random-2x2.ts';
export { tandemGame } from './games/tandem.ts';
export {
  type PairNetwork,
  type PairNetworkOptions,
  type PairNetworkParameters,
  pairNetwork,
  type ReadOptions,
} from './networks/pair-network.ts';
export { type CgdOptions, cgd } from './rules/cgd.ts';
export { type ColaOptions, cola } from './rules/cola/rule.ts';
export {
  type ColaSettings,
  type ColaState,
  type ColaTraining,
  type ColaTrainingOptions,
  colaTraining,
} from './rules/cola/training.ts';
export { type ConsensusOptions, consensus } from './rules/consensus.ts';
export { type ExtragradientOptions, extragradient } from './rules/extragradient.ts';
export {
  type FtnplMediator,
  type FtnplOptions,
  type FtnplTrajectory,
  runFtnpl,
} from './rules/ftnpl.ts';
export { type FtplOptions, ftpl } from './rules/ftpl.ts';
export { type FtrlOptions, ftrl } from './rules/ftrl.ts';
export { type HolaKind, type HolaOptions, hola } from './rules/hola.ts';
export { iga } from './rules/iga.ts';
export { type IgaPpOptions, igaPp } from './rules/iga-pp.ts';
export { type LolaKind, type LolaOptions, lola } from './rules/lola.ts';
export { type LookAheadKind, type LookAheadOptions, lookAhead } from './rules/look-ahead.ts';
export { lss } from './rules/lss.ts';
export { type MatrlOptions, matrl } from './rules/matrl.ts';
export { type MatrlReleasedOptions, matrlReleased } from './rules/matrl-released.ts';
export { arcsineDiscounts, flippedSigns } from './rules/meta-value/exploration.ts';
export { type LambdaReturnInputs, lambdaReturns } from './rules/meta-value/lambda-returns.ts';
export { type MetaValuePlay, type MetaValuePlayOptions, metaValuePlay } from './rules/meta-value/play.ts';
export { type MetaValueMatch, type MetaValuePreset, metaValuePresets } from './rules/meta-value/presets.ts';
export { quantileLoss } from './rules/meta-value/quantile-loss.ts';
export { type MetaValueRuleOptions, metaValue } from './rules/meta-value/rule.ts';
export type { MetaValueSettings } from './rules/meta-value/settings.ts';
export {
  type MetaValueProgress,
  type MetaValueState,
  type MetaValueTraining,
  type MetaValueTrainingOptions,
  metaValueTraining,
} from './rules/meta-value/training.ts';
export { multiplicativeWeights } from './rules/multiplicative-weights.ts';
export { naive } from './rules/naive.ts';
export { optimisticGradient } from './rules/optimistic.ts';
export { replicator } from './rules/replicator.ts';
export type { Rule, RuleState, Updated, UpdateRule } from './rules/rule.ts';
export { type SgaOptions, sga } from './rules/sga.ts';
export { type SosOptions, sos } from './rules/sos.ts';
export { type WolfIgaOptions, wolfIga } from './rules/wolf-iga.ts';
export { type WolfPhcOptions, wolfPhc } from './rules/wolf-phc.ts';
export { compileRun, initialBatch, type RunOptions, run, type Trajectory } from './run.ts';
