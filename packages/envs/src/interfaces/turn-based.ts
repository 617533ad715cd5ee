/** Environments in which agents act one after the other. */
import type { Space } from '../spaces/space.ts';
import type { EnvironmentBase, Info, ResetOptions } from './common.ts';

/** What an agent learns when its turn comes. */
export interface Turn<O = unknown> {
  readonly observation: O;
  /** The sum of the agent's rewards since it last acted. */
  readonly reward: number;
  readonly termination: boolean;
  readonly truncation: boolean;
  readonly info: Info;
}

/**
 * An environment in which the agents act in turn, after PettingZoo's AEC API.
 *
 * `agentSelection` is the agent whose turn it is. An agent that is terminated or truncated gets one more turn, in
 * which `step(null)` removes it from `agents`. When `agents` is empty, only `reset` may follow.
 */
export interface TurnBasedEnvironment<O = unknown, A = unknown> extends EnvironmentBase {
  readonly possibleAgents: readonly string[];
  readonly agents: readonly string[];
  /** The agent that acts next; undefined when the episode is over. */
  readonly agentSelection: string | undefined;
  /** The rewards of the last step, of every agent in `agents`. */
  readonly rewards: Readonly<Record<string, number>>;
  readonly terminations: Readonly<Record<string, boolean>>;
  readonly truncations: Readonly<Record<string, boolean>>;
  readonly infos: Readonly<Record<string, Info>>;
  observationSpace(agent: string): Space<O>;
  actionSpace(agent: string): Space<A>;
  observe(agent: string): O;
  /** What the agent whose turn it is learns. */
  last(): Turn<O>;
  reset(options?: ResetOptions): void;
  /** The action of `agentSelection`; null when that agent is terminated or truncated. */
  step(action: A | null): void;
  clone(): TurnBasedEnvironment<O, A>;
}
