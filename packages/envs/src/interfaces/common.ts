/** What parallel, turn-based and single-agent environments have in common. */
import type { Random } from '../random/random.ts';
import type { Frame } from '../render/frame.ts';

/** Options of `reset`. */
export interface ResetOptions {
  /**
   * Starts the sequence of episodes that this whole number determines, at its first. Without it, the next episode of
   * the sequence begins. An environment that never got a seed has seed 0.
   */
  readonly seed?: number;
  /** Options of the environment, e.g. `{ state: [...] }` to start from a given state. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Additional information about one agent, for people and tests, not for learning. */
export type Info = Readonly<Record<string, unknown>>;

/** A state from `getState`: plain data, which `structuredClone` copies; its contents are the environment's own. */
export type EnvironmentState = unknown;

/** What `render` can produce. */
export type RenderMode = 'text' | 'svg' | 'rgb';

/** Saving, showing and copying, the same for all kinds of environment. */
export interface EnvironmentBase {
  readonly name: string;
  /** After how many steps an episode is truncated; Infinity when never. */
  readonly maxSteps: number;
  /** The state of the episode and of its random numbers, to be restored by `setState` of this environment or a clone. */
  getState(): EnvironmentState;
  setState(state: EnvironmentState): void;
  readonly renderModes: readonly RenderMode[];
  /** The present state as text, as an SVG document, or as an array of pixels. */
  render(mode: 'text' | 'svg'): string;
  render(mode: 'rgb'): Frame;
  render(mode: RenderMode): string | Frame;
  /** Frees what garbage collection does not; the environment cannot be used afterwards. */
  close(): void;
}

/** Chooses an action from an observation; its random numbers come from the stream given. */
export type Policy<O = unknown, A = unknown> = (observation: O, random: Random, agent: string) => A;
