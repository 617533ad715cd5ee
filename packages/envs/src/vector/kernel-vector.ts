/** Batches of a kernel. */
import { illegal, legalElement } from '../kernel/actions.ts';
import type { Kernel, ObservationArray } from '../kernel/kernel.ts';
import { KernelRunner } from '../kernel/runner.ts';
import { BatchArrays } from './arrays.ts';
import { instanceSeeds } from './seeds.ts';
import type { VectorResetOptions } from './vector.ts';

/** B instances of a kernel in one set of arrays. */
export class KernelVector extends BatchArrays {
  private readonly kernel: Kernel;
  private readonly runner: KernelRunner;
  private readonly actions: Float64Array;

  constructor(kernel: Kernel, size: number) {
    const { name, agents, observation, actions } = kernel;
    super({ name, size, agents, observationSpace: observation, actionSpaces: actions });
    this.kernel = kernel;
    this.runner = new KernelRunner(kernel, size);
    this.actions = new Float64Array(size * agents.length * this.width);
  }

  reset({ seed, options = {} }: VectorResetOptions = {}): void {
    const seeds = instanceSeeds(this.name, seed, this.size, this.runner.time[0] < 0);
    for (let b = 0; b < this.size; b++) {
      this.runner.reset(b, seeds?.[b], options);
      this.observe(b, this.observations);
    }
    this.clear();
  }

  step(actions: ArrayLike<number>): void {
    this.readActions(actions);
    const { runner, size, finished } = this;
    const agents = this.kernel.agents.length;
    const stride = agents * this.width;
    for (let b = 0; b < size; b++) {
      const done = runner.step(b, this.actions, b * stride);
      for (let i = b * agents; i < (b + 1) * agents; i++) {
        this.rewards[i] = runner.rewards[i];
        this.terminations[i] = runner.terminated[i];
        this.truncations[i] = runner.truncated[i];
      }
      finished[b] = done ? 1 : 0;
      if (done) {
        this.observe(b, this.finalObservations);
        runner.reset(b, undefined, NO_OPTIONS);
      }
      this.observe(b, this.observations);
    }
  }

  getState(): unknown {
    return Array.from({ length: this.size }, (_, b) => this.runner.save(b));
  }

  setState(state: unknown): void {
    if (!Array.isArray(state) || state.length !== this.size) throw this.wrongState(state);
    state.forEach((saved, b) => {
      this.runner.restore(b, saved);
      this.observe(b, this.observations);
    });
    this.rewards.fill(0);
    this.terminations.set(this.runner.terminated);
    this.truncations.set(this.runner.truncated);
    this.finished.fill(0);
  }

  close(): void {}

  private observe(b: number, out: ObservationArray): void {
    const { kernel, runner } = this;
    const at = b * kernel.agents.length * kernel.observation.size;
    kernel.observe(runner.states, b * kernel.stateSize, runner.time[b], out, at);
  }

  private readActions(actions: ArrayLike<number>): void {
    const { kernel, actions: out, width } = this;
    this.checkActions(actions, this.runner.time[0] >= 0);
    const clips = kernel.clipsActions === true;
    const agents = kernel.agents.length;
    for (let j = 0, k = 0, i = 0; j < out.length; j++) {
      const value = actions[j];
      if (!legalElement(kernel.actions[i], clips, k, value)) {
        throw illegal(
          kernel,
          i,
          width > 1 ? Array.from({ length: width }, (_, e) => actions[j - k + e]) : value,
        );
      }
      out[j] = value;
      if (++k === width) {
        k = 0;
        if (++i === agents) i = 0;
      }
    }
  }
}

const NO_OPTIONS = Object.freeze({});
