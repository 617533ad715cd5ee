/** Environments in which all agents act at once. */
import type { Space } from '../spaces/space.ts';
import type { EnvironmentBase, Info, ResetOptions } from './common.ts';

/** What each agent sees when an episode begins. */
export interface ParallelReset<O = unknown> {
  readonly observations: Readonly<Record<string, O>>;
  readonly infos: Readonly<Record<string, Info>>;
}

/** What a step gives each agent that was live before it. */
export interface ParallelStep<O = unknown> extends ParallelReset<O> {
  readonly rewards: Readonly<Record<string, number>>;
  /** The agent has reached an end state: no rewards can follow. */
  readonly terminations: Readonly<Record<string, boolean>>;
  /** The agent's episode was cut off, by a limit of steps for example, although rewards could follow. */
  readonly truncations: Readonly<Record<string, boolean>>;
}

/**
 * An environment in which all live agents act at the same time, after PettingZoo's parallel API.
 *
 * `agents` holds the live agents, a part of `possibleAgents` in its order; `step` takes an action of each of them and
 * of nobody else. An agent that is terminated or truncated leaves `agents` and never comes back in that episode;
 * when `agents` is empty, only `reset` may follow. Spaces are the same objects at every call.
 */
export interface ParallelEnvironment<O = unknown, A = unknown> extends EnvironmentBase {
  readonly possibleAgents: readonly string[];
  readonly agents: readonly string[];
  observationSpace(agent: string): Space<O>;
  actionSpace(agent: string): Space<A>;
  reset(options?: ResetOptions): ParallelReset<O>;
  step(actions: Readonly<Record<string, A>>): ParallelStep<O>;
  /** A new environment with the same options, not reset. */
  clone(): ParallelEnvironment<O, A>;
}
