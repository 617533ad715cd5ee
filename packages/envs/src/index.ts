/** Multi-agent environments: single, vectorised and compiled. */

export { type CheckEnvOptions, checkEnv } from './checks/check-env.ts';
export { type CheckersOptions, checkers } from './environments/checkers.ts';
export { type CircleWorldOptions, circleWorld, circleWorldExpert } from './environments/circle-world.ts';
export { type CoinGameOptions, coinGame } from './environments/coin-game.ts';
export { iteratedMatrixGame, type MatrixGameOptions } from './environments/matrix-game.ts';
export { type MountainCarOptions, mountainCarContinuous } from './environments/mountain-car.ts';
export type { GridOptions } from './environments/options.ts';
export { type PendulumOptions, pendulum } from './environments/pendulum.ts';
export { type PlatformerOptions, platformer } from './environments/platformer/platformer.ts';
export { type PongOptions, pong } from './environments/pong/pong.ts';
export { type Random2x2Options, random2x2Game } from './environments/random-2x2.ts';
export { type SwitchOptions, switchGame } from './environments/switch.ts';
export type {
  EnvironmentBase,
  EnvironmentState,
  Info,
  Policy,
  RenderMode,
  ResetOptions,
} from './interfaces/common.ts';
export type { ParallelEnvironment, ParallelReset, ParallelStep } from './interfaces/parallel.ts';
export type { SingleAgentEnvironment, SingleStep } from './interfaces/single-agent.ts';
export type { Turn, TurnBasedEnvironment } from './interfaces/turn-based.ts';
export { fromKernel, type KernelAction, type KernelEnvironment } from './kernel/environment.ts';
export type { Kernel, KernelActionSpace, ObservationArray } from './kernel/kernel.ts';
export { type Random, random } from './random/random.ts';
export { makeEnvironment, type RegisteredEnvironment, registry } from './registry.ts';
export type { Frame } from './render/frame.ts';
export { encodeGif, type GifOptions } from './render/gif.ts';
export { encodePng } from './render/png.ts';
export type { Color, Scene, Shape } from './render/scene.ts';
export { type BoxArrays, type BoxOptions, type BoxSpace, type BoxType, box } from './spaces/box.ts';
export { type DictSpace, dict, type MembersOf, type Spaces } from './spaces/dict.ts';
export { type DiscreteSpace, discrete } from './spaces/discrete.ts';
export { type MultiDiscreteSpace, multiDiscrete } from './spaces/multi-discrete.ts';
export type { Space } from './spaces/space.ts';
export { type TupleOf, type TupleSpace, tuple } from './spaces/tuple.ts';
export { type CheckersState, tracedCheckers } from './traced/checkers.ts';
export { type CoinGameState, tracedCoinGame } from './traced/coin-game.ts';
export { type MatrixGameState, tracedIteratedMatrixGame } from './traced/matrix-game.ts';
export {
  autoReset,
  type Episodes,
  type EpisodesState,
  type EpisodesStep,
  type Rollout,
  type RolloutOptions,
  rollout,
} from './traced/rollout.ts';
export { type SwitchState, tracedSwitchGame } from './traced/switch.ts';
export type { TracedEnvironment, TracedOptions, TracedStep } from './traced/traced.ts';
export type { VectorEnvironment, VectorResetOptions } from './vector/vector.ts';
export { vectorise } from './vector/vectorise.ts';
export { agentIndicator, type FloatArray } from './wrappers/agent-indicator.ts';
export { frameStack } from './wrappers/frame-stack.ts';
export { grayResize } from './wrappers/gray-resize.ts';
export { type FrameRecorder, type RecordFramesOptions, recordFrames } from './wrappers/record-frames.ts';
export { type EpisodeStatistics, recordStatistics } from './wrappers/record-statistics.ts';
export {
  type SelfPlayEnvironment,
  type SingleAgentOptions,
  selfPlayView,
  singleAgentView,
} from './wrappers/single-agent.ts';
export { skipFrames } from './wrappers/skip-frames.ts';
export { timeLimit } from './wrappers/time-limit.ts';
export { toParallel } from './wrappers/to-parallel.ts';
export { toTurnBased } from './wrappers/to-turn-based.ts';
export { type ObservationTransform, transformObservation, transformReward } from './wrappers/transform.ts';
