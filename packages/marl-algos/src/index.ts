/** Learning in games that are known by playing them: independent learners, opponent shaping, and who beats whom. */

export { type BrsOptions, type BrsState, brs, type Trained } from './best-response/brs.ts';
export {
  type BrsTreeSearchOptions,
  type BrsTreeSearchState,
  brsTreeSearch,
  treeSearchSurrogate,
} from './best-response/brs-tree-search.ts';
export { sharedReturn } from './best-response/self-play.ts';
export { type SearchedTrees, treeSearch, treeSearchActions } from './best-response/tree-search.ts';
export { type Agent, type Challenge, loadAgent, type Responder } from './evaluators/agent.ts';
export { type CoinsTaken, coinsTaken, ownCoinRatio, shortestPathPolicy } from './evaluators/coin-game.ts';
export { type ExactResponse, exactResponse } from './evaluators/exact-response.ts';
export {
  type Exploitability,
  type ExploitabilityOptions,
  exploitability,
} from './evaluators/exploitability.ts';
export { fixed } from './evaluators/fixed.ts';
export { type League, type LeagueCell, type LeagueOptions, league } from './evaluators/league.ts';
export { type MctsOptions, mcts } from './evaluators/mcts.ts';
export {
  cooperation,
  cooperationByState,
  cooperationByTime,
  discountedReturn,
  type Estimate,
  estimate,
  type Measure,
  rewardPerStep,
  type Share,
} from './evaluators/measures.ts';
export {
  constantPolicy,
  type FixedPolicy,
  type TitForTatOptions,
  titForTat,
  uniformPolicy,
} from './evaluators/opponents.ts';
export { type TrainedResponseOptions, trainedResponse } from './evaluators/trained-response.ts';
export { a2c } from './learners/a2c.ts';
export type { ActorCriticOptions, ActorCriticState } from './learners/actor-critic.ts';
export {
  type Algorithm,
  type Learner,
  type LearnerState,
  type Metrics,
  type Situation,
  simultaneous,
} from './learners/learner.ts';
export { onePolicy } from './learners/one-policy.ts';
export { type PpoOptions, ppo } from './learners/ppo.ts';
export { type ReinforceOptions, type ReinforceState, reinforce } from './learners/reinforce.ts';
export { mFos } from './meta-learning/m-fos.ts';
export type { MFosOptions, MFosState } from './meta-learning/m-fos-agent.ts';
export {
  type MFosSampledOptions,
  type MFosSampledParameters,
  type MFosSampledState,
  mFosSampled,
} from './meta-learning/m-fos-sampled.ts';
export {
  type MFosSelfPlayOptions,
  type MFosSelfPlayState,
  mFosSelfPlay,
} from './meta-learning/m-fos-self-play.ts';
export {
  type MetaGame,
  type MetaGameOptions,
  type MetaStart,
  type MetaStep,
  metaGame,
} from './meta-learning/meta-game.ts';
export type { MetaGradientOptions, MetaGradientState } from './meta-learning/meta-gradient.ts';
export { metaMapg } from './meta-learning/meta-mapg.ts';
export { metaPg } from './meta-learning/meta-pg.ts';
export {
  type MetaValueLearningOptions,
  type MetaValueLearningState,
  metaValueLearning,
} from './meta-learning/meta-value.ts';
export {
  type CoinMemory,
  type CoinMemoryNetworkOptions,
  coinMemoryNetwork,
} from './networks/coin-memory.ts';
export { type GatedGruNetwork, type GatedGruParameters, gatedGruNetwork } from './networks/gated-gru.ts';
export { type GruNetworkOptions, type GruNetworkParameters, gruNetwork } from './networks/gru.ts';
export { type MlpNetworkOptions, mlpNetwork } from './networks/mlp.ts';
export { networkNamed } from './networks/named.ts';
export type { Network } from './networks/network.ts';
export { type TabularPolicyOptions, tabularCritic, tabularPolicy } from './networks/tabular.ts';
export {
  logProbabilities,
  meanReward,
  type Plays,
  play,
  playActions,
  toRollout,
} from './plays/play.ts';
export { type SampledGame, type SampledGameOptions, sampledGame } from './plays/sampled-game.ts';
export { centredRewards } from './shaping/centred-rewards.ts';
export { type LolaDiceOptions, lolaDice } from './shaping/lola-dice.ts';
export { type LolaPgOptions, lolaPg } from './shaping/lola-pg.ts';
export {
  type OpponentModellingOptions,
  type OpponentModels,
  opponentModelling,
} from './shaping/opponent-modelling.ts';
export { type PlayedGameOptions, playedGame } from './shaping/played-game.ts';
export { type PolaOptions, type PolaState, pola } from './shaping/pola.ts';
export type { PolaSettings } from './shaping/pola-gradient.ts';
export { type PolaPreset, polaPresets } from './shaping/pola-presets.ts';
export { type RuleLearnerOptions, ruleLearner } from './shaping/rule-learner.ts';
export { type UnrolledLolaOptions, unrolledLola } from './shaping/unrolled-lola.ts';
export { readAgent, readTraining, writeAgent, writeTraining } from './training/checkpoint.ts';
export { type Training, type TrainOptions, train } from './training/train.ts';
