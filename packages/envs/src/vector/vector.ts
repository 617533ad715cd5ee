/** What batches of environments look like. */
import type { KernelActionSpace, ObservationArray } from '../kernel/kernel.ts';
import type { BoxSpace } from '../spaces/box.ts';

/** Options of `reset` of a batch. */
export interface VectorResetOptions {
  /** A seed s gives instance b the seed s + b; a list gives each its own. */
  readonly seed?: number | readonly number[];
  /** Options for `reset` of every instance. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * B instances of a parallel environment with N agents, on typed arrays; instance b does exactly what a single
 * environment with the same seed does.
 *
 * All arrays are row-major and belong to the batch: the next `step` overwrites them, so copy what should last.
 * An instance whose agents are all done begins its next episode in the same step: `observations` then holds the first
 * of the new episode, `finalObservations` the last of the old one, and rewards and flags are the old one's.
 */
export interface VectorEnvironment {
  readonly name: string;
  /** B. */
  readonly size: number;
  /** The N agents; the order of the second axis. */
  readonly agents: readonly string[];
  /** The space of each agent's observations, of shape O. */
  readonly observationSpace: BoxSpace;
  /** The space of each agent's actions. */
  readonly actionSpaces: readonly KernelActionSpace[];
  /** [B, N, ...O]. */
  readonly observations: ObservationArray;
  /** [B, N, ...O]: the last observations of the episodes that ended in this step; elsewhere of an earlier one. */
  readonly finalObservations: ObservationArray;
  /** [B, N]; 0 for agents that are not live any more. */
  readonly rewards: Float64Array;
  /** [B, N]: 1 from the step on in which the agent was terminated, to the end of the episode. */
  readonly terminations: Uint8Array;
  /** [B, N]: 1 where the episode was cut off for the agent. */
  readonly truncations: Uint8Array;
  /** [B]: 1 where the episode ended in this step. */
  readonly finished: Uint8Array;
  reset(options?: VectorResetOptions): void;
  /**
   * Advances all instances.
   *
   * @param actions - [B, N] whole numbers, or [B, N, ...] numbers where actions are arrays. Actions of agents that are
   * not live have no meaning, but must be legal.
   */
  step(actions: ArrayLike<number>): void;
  getState(): unknown;
  setState(state: unknown): void;
  close(): void;
}
