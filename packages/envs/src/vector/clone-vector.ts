/** Batches of any parallel environment: one clone for each instance. */
import { ArgumentError } from '@descant/tensor-ops';
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import { actionSize } from '../kernel/actions.ts';
import type { KernelActionSpace, ObservationArray } from '../kernel/kernel.ts';
import { type BoxSpace, boxConstructor } from '../spaces/box.ts';
import type { Space } from '../spaces/space.ts';
import { BatchArrays } from './arrays.ts';
import { instanceSeeds } from './seeds.ts';
import type { VectorResetOptions } from './vector.ts';

/** What is restored: every instance's state, and whether the batch has begun. */
interface CloneVectorState {
  readonly started: boolean;
  readonly instances: readonly unknown[];
  readonly observations: ObservationArray;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
}

/** B clones of an environment, whose observations are copied into one array. */
export class CloneVector extends BatchArrays {
  private readonly instances: readonly ParallelEnvironment[];
  private started = false;

  constructor(environment: ParallelEnvironment, size: number) {
    super({
      name: environment.name,
      size,
      agents: environment.possibleAgents,
      observationSpace: commonBox(environment),
      actionSpaces: flatActions(environment),
    });
    this.instances = Array.from({ length: size }, () => environment.clone());
  }

  reset({ seed, options = {} }: VectorResetOptions = {}): void {
    const seeds = instanceSeeds(this.name, seed, this.size, !this.started);
    this.started = true;
    this.instances.forEach((instance, b) => {
      const given = seeds?.[b];
      const { observations } = instance.reset(given === undefined ? { options } : { seed: given, options });
      this.write(b, observations, this.observations);
    });
    this.clear();
  }

  step(actions: ArrayLike<number>): void {
    const { agents, width, instances } = this;
    this.checkActions(actions, this.started);
    const stride = agents.length * width;
    this.rewards.fill(0);
    instances.forEach((instance, b) => {
      const first = b * agents.length;
      if (this.finished[b]) {
        this.terminations.fill(0, first, first + agents.length);
        this.truncations.fill(0, first, first + agents.length);
      }
      const chosen = instance.agents.map((agent) => {
        const i = agents.indexOf(agent);
        return [agent, this.action(i, actions, b * stride + i * width)] as const;
      });
      const result = instance.step(Object.fromEntries(chosen));
      for (const [agent] of chosen) {
        const i = first + agents.indexOf(agent);
        this.rewards[i] = result.rewards[agent];
        this.terminations[i] = result.terminations[agent] ? 1 : 0;
        this.truncations[i] = result.truncations[agent] ? 1 : 0;
      }
      this.write(b, result.observations, this.observations);
      this.finished[b] = instance.agents.length === 0 ? 1 : 0;
      if (this.finished[b]) {
        const length = agents.length * this.observationSpace.size;
        this.finalObservations.set(this.observations.subarray(b * length, (b + 1) * length), b * length);
        this.write(b, instance.reset().observations, this.observations);
      }
    });
  }

  getState(): CloneVectorState {
    return {
      started: this.started,
      instances: this.instances.map((instance) => instance.getState()),
      observations: this.observations.slice(),
      terminations: this.terminations.slice(),
      truncations: this.truncations.slice(),
    };
  }

  setState(state: unknown): void {
    const saved = state as CloneVectorState;
    if (saved?.instances?.length !== this.size) throw this.wrongState(state);
    this.instances.forEach((instance, b) => {
      instance.setState(saved.instances[b]);
    });
    this.started = saved.started;
    this.observations.set(saved.observations);
    this.terminations.set(saved.terminations);
    this.truncations.set(saved.truncations);
    this.rewards.fill(0);
    this.finished.fill(0);
  }

  close(): void {
    for (const instance of this.instances) instance.close();
  }

  private action(i: number, actions: ArrayLike<number>, at: number): unknown {
    const space = this.actionSpaces[i];
    if (space.kind === 'discrete') return actions[at];
    const type = space.kind === 'box' ? boxConstructor(space.dtype) : Int32Array;
    return new type(this.width).map((_, k) => actions[at + k]);
  }

  /** Copies what each agent sees; an agent that sees nothing any more keeps what it saw last. */
  private write(b: number, observations: Readonly<Record<string, unknown>>, out: ObservationArray): void {
    const { size } = this.observationSpace;
    this.agents.forEach((agent, i) => {
      const seen = observations[agent] as ArrayLike<number> | undefined;
      if (seen !== undefined) out.set(seen, (b * this.agents.length + i) * size);
    });
  }
}

function commonBox(environment: ParallelEnvironment): BoxSpace {
  const spaces = environment.possibleAgents.map((agent) => environment.observationSpace(agent));
  const [first] = spaces;
  if (first.kind !== 'box' || spaces.some((space) => space.describe() !== first.describe())) {
    const received = [...new Set(spaces.map((space) => space.describe()))].join(', ');
    throw new ArgumentError(
      'vectorise',
      'environment',
      'have one box of observations for all agents',
      received,
    );
  }
  return first as BoxSpace;
}

function flatActions(environment: ParallelEnvironment): readonly KernelActionSpace[] {
  const spaces: Space[] = environment.possibleAgents.map((agent) => environment.actionSpace(agent));
  const flat = spaces.filter((s): s is KernelActionSpace => s.kind !== 'dict' && s.kind !== 'tuple');
  if (flat.length < spaces.length || new Set(flat.map(actionSize)).size !== 1) {
    const expected = 'have numbers or arrays of one length as the actions of all agents';
    throw new ArgumentError('vectorise', 'environment', expected, spaces.map((s) => s.describe()).join(', '));
  }
  return flat;
}
