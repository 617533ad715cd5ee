/** Runs B instances of a kernel: episodes, their random numbers, the end of agents. */
import { ArgumentError } from '@descant/tensor-ops';
import { KeyedRandom, seedWords } from '../random/random.ts';
import { encrypt } from '../random/threefry.ts';
import { show } from '../spaces/space.ts';
import type { Kernel } from './kernel.ts';

/** The whole state of one instance. */
export interface InstanceState {
  readonly state: Float64Array;
  readonly seed: readonly [number, number];
  readonly episode: number;
  /** Steps since the episode began; -1 before the first. */
  readonly time: number;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
}

/**
 * B instances of a kernel. Episode n of the seed s has the key `foldIn(key(s), n)`; its beginning draws from
 * `foldIn(that key, 0)` and its step t = 1, 2, ... from `foldIn(that key, t)`, so that a step's random numbers do not
 * depend on how many the steps before it took.
 */
export class KernelRunner {
  readonly kernel: Kernel;
  readonly count: number;
  readonly agents: number;
  readonly states: Float64Array;
  /** [B, N]: of the last step. */
  readonly rewards: Float64Array;
  /** [B, N]: of the episode; 1 from the step on in which the agent was terminated. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** [B]: steps since the episode began; -1 before the first. */
  readonly time: Int32Array;
  private readonly seeds: Uint32Array;
  private readonly keys: Uint32Array;
  private readonly episodes: Uint32Array;
  private readonly random = new KeyedRandom();
  private readonly words = new Uint32Array(2);

  constructor(kernel: Kernel, count: number) {
    this.kernel = kernel;
    this.count = count;
    this.agents = kernel.agents.length;
    this.states = new Float64Array(count * kernel.stateSize);
    this.rewards = new Float64Array(count * this.agents);
    this.terminated = new Uint8Array(count * this.agents);
    this.truncated = new Uint8Array(count * this.agents);
    this.time = new Int32Array(count).fill(-1);
    this.seeds = new Uint32Array(2 * count);
    this.keys = new Uint32Array(2 * count);
    // The first episode without a seed is episode 0.
    this.episodes = new Uint32Array(count).fill(0xffffffff);
  }

  /** Begins the next episode of instance b, or the first of a seed. */
  reset(b: number, seed: number | undefined, options: Readonly<Record<string, unknown>>): void {
    const { kernel, words } = this;
    const { state, ...others } = options;
    const names = kernel.resetOptions ?? [];
    const unknown = Object.keys(others).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const expected = `be among ${['state', ...names].join(', ')}`;
      throw new ArgumentError(`${kernel.name}.reset`, 'options', expected, unknown);
    }
    if (state !== undefined) this.checkState(state);
    if (seed !== undefined) {
      const [high, low] = seedWords(`${kernel.name}.reset`, seed);
      this.seeds[2 * b] = high;
      this.seeds[2 * b + 1] = low;
      this.episodes[b] = 0;
    } else this.episodes[b]++;
    this.updateKey(b);
    words[0] = this.keys[2 * b];
    words[1] = this.keys[2 * b + 1];
    this.random.fold(words[0], words[1], 0);
    const at = b * kernel.stateSize;
    if (state !== undefined) this.states.set(state as Float64Array, at);
    else kernel.reset(this.states, at, this.random, others);
    this.time[b] = 0;
    const first = b * this.agents;
    for (let i = first; i < first + this.agents; i++) {
      this.rewards[i] = 0;
      this.terminated[i] = 0;
      this.truncated[i] = 0;
    }
  }

  /** Advances instance b; the actions have been checked. Returns whether all its agents are done. */
  step(b: number, actions: Float64Array, actionsAt: number): boolean {
    const { kernel, rewards, terminated, truncated, agents } = this;
    const first = b * agents;
    const time = ++this.time[b];
    for (let i = first; i < first + agents; i++) rewards[i] = 0;
    this.random.fold(this.keys[2 * b], this.keys[2 * b + 1], time);
    kernel.step(
      this.states,
      b * kernel.stateSize,
      actions,
      actionsAt,
      this.random,
      rewards,
      terminated,
      first,
    );
    const over = time >= kernel.maxSteps;
    let done = true;
    for (let i = first; i < first + agents; i++) {
      if (terminated[i] !== 0) continue;
      if (over) truncated[i] = 1;
      else done = false;
    }
    return done;
  }

  /** Whether agent i of instance b has neither been terminated nor truncated. */
  isLive(b: number, i: number): boolean {
    const k = b * this.agents + i;
    return this.time[b] >= 0 && this.terminated[k] === 0 && this.truncated[k] === 0;
  }

  save(b: number): InstanceState {
    const { stateSize } = this.kernel;
    const first = b * this.agents;
    return {
      state: this.states.slice(b * stateSize, (b + 1) * stateSize),
      seed: [this.seeds[2 * b], this.seeds[2 * b + 1]],
      episode: this.episodes[b],
      time: this.time[b],
      terminated: this.terminated.slice(first, first + this.agents),
      truncated: this.truncated.slice(first, first + this.agents),
    };
  }

  restore(b: number, saved: unknown): void {
    const { kernel } = this;
    const from = saved as InstanceState;
    if (from?.state?.length !== kernel.stateSize || from.terminated?.length !== this.agents) {
      const expected = `be one that getState of ${kernel.name} returned`;
      throw new ArgumentError(`${kernel.name}.setState`, 'state', expected, show(saved));
    }
    this.states.set(from.state, b * kernel.stateSize);
    this.seeds.set(from.seed, 2 * b);
    this.episodes[b] = from.episode;
    this.updateKey(b);
    this.time[b] = from.time;
    this.terminated.set(from.terminated, b * this.agents);
    this.truncated.set(from.truncated, b * this.agents);
    this.rewards.fill(0, b * this.agents, (b + 1) * this.agents);
  }

  private updateKey(b: number): void {
    encrypt(this.seeds[2 * b], this.seeds[2 * b + 1], this.episodes[b], this.words);
    this.keys[2 * b] = this.words[0];
    this.keys[2 * b + 1] = this.words[1];
  }

  private checkState(state: unknown): void {
    const { name, stateSize } = this.kernel;
    const values = Array.isArray(state) || state instanceof Float64Array ? state : [];
    if (values.length !== stateSize || !values.every((x: unknown) => Number.isFinite(x))) {
      const expected = `be ${stateSize} finite numbers`;
      throw new ArgumentError(`${name}.reset`, 'options.state', expected, show(state));
    }
  }
}
