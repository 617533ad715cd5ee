/** Environments of one agent. */
import type { Space } from '../spaces/space.ts';
import type { EnvironmentBase, Info, ResetOptions } from './common.ts';

/** What a step gives the agent. */
export interface SingleStep<O = unknown> {
  readonly observation: O;
  readonly reward: number;
  /** The end was reached: no rewards can follow. */
  readonly terminated: boolean;
  /** The episode was cut off although rewards could follow. */
  readonly truncated: boolean;
  readonly info: Info;
}

/** An environment of one agent, after Gymnasium: what `singleAgentView` and `selfPlayView` make. */
export interface SingleAgentEnvironment<O = unknown, A = unknown> extends EnvironmentBase {
  /** The agent that acts, by its name in the environment behind. */
  readonly agent: string;
  readonly observationSpace: Space<O>;
  readonly actionSpace: Space<A>;
  reset(options?: ResetOptions): { readonly observation: O; readonly info: Info };
  step(action: A): SingleStep<O>;
  clone(): SingleAgentEnvironment<O, A>;
}
