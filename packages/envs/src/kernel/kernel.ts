/** Environments as functions on typed arrays: written once, run singly or as a batch. */
import type { Random } from '../random/random.ts';
import type { Frame } from '../render/frame.ts';
import type { Scene } from '../render/scene.ts';
import type { BoxSpace } from '../spaces/box.ts';
import type { DiscreteSpace } from '../spaces/discrete.ts';
import type { MultiDiscreteSpace } from '../spaces/multi-discrete.ts';

/** The spaces that actions of a kernel may have. */
export type KernelActionSpace = DiscreteSpace | MultiDiscreteSpace | BoxSpace;

/** An array that observations are written to. */
export type ObservationArray = Float32Array | Float64Array | Uint8Array | Int32Array;

/**
 * The rules of an environment on numbers in typed arrays. One kernel serves any number of instances: instance b has
 * its state at `state[at], ..., state[at + stateSize - 1]`, and nothing else may be remembered between calls.
 *
 * `fromKernel` makes a parallel environment of it; `vectorise` then runs many without any copying.
 */
export interface Kernel {
  readonly name: string;
  readonly agents: readonly string[];
  /** The observations of every agent. */
  readonly observation: BoxSpace;
  /** The actions of each agent; all with the same number of elements. */
  readonly actions: readonly KernelActionSpace[];
  /** Whether actions outside of a box are legal, because the rules say what becomes of them; default false. */
  readonly clipsActions?: boolean;
  /** After how many steps an episode is truncated; Infinity when never. */
  readonly maxSteps: number;
  readonly stateSize: number;
  /** Names of the options that `reset` takes beside `state`, which every kernel has. */
  readonly resetOptions?: readonly string[];
  /** Writes the first state of an episode. */
  reset(state: Float64Array, at: number, random: Random, options: Readonly<Record<string, unknown>>): void;
  /**
   * Advances the state by one step. The action of agent i begins at `actions[actionsAt + i * size]`; rewards go to
   * `rewards[agentsAt + i]`, which is 0 before, and a 1 at `terminated[agentsAt + i]` ends agent i's episode. An agent
   * for which it is 1 already is no longer live: its action has no meaning and its reward must stay 0.
   */
  step(
    state: Float64Array,
    at: number,
    actions: Float64Array,
    actionsAt: number,
    random: Random,
    rewards: Float64Array,
    terminated: Uint8Array,
    agentsAt: number,
  ): void;
  /**
   * Writes the observations of all agents, one after the other, every element of them.
   *
   * @param time - Steps since the episode began.
   */
  observe(state: Float64Array, at: number, time: number, out: ObservationArray, outAt: number): void;
  /** The state as text. */
  text(state: Float64Array, at: number, time: number): string;
  /** The state as a picture: shapes, or pixels. */
  draw(state: Float64Array, at: number, time: number): Scene | Frame;
}
