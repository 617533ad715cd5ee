/** Differentiable games and the rules by which players learn in them. */

export { gameHessian, simultaneousGradient } from './analysis/derivatives.ts';
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
export { type CgdOptions, cgd } from './rules/cgd.ts';
export { type ConsensusOptions, consensus } from './rules/consensus.ts';
export { type ExtragradientOptions, extragradient } from './rules/extragradient.ts';
export { type HolaOptions, hola } from './rules/hola.ts';
export { type LolaKind, type LolaOptions, lola } from './rules/lola.ts';
export { type LookAheadKind, type LookAheadOptions, lookAhead } from './rules/look-ahead.ts';
export { lss } from './rules/lss.ts';
export { naive } from './rules/naive.ts';
export type { Rule } from './rules/rule.ts';
export { type SgaOptions, sga } from './rules/sga.ts';
export { type SosOptions, sos } from './rules/sos.ts';
export { compileRun, initialBatch, type RunOptions, run, type Trajectory } from './run.ts';
