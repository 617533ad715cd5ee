/** Kernels as parallel environments. */
import { ArgumentError } from '@descant/tensor-ops';
import type { EnvironmentState, Info, RenderMode, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { Frame } from '../render/frame.ts';
import { renderPicture } from '../render/render.ts';
import { boxConstructor } from '../spaces/box.ts';
import type { Space } from '../spaces/space.ts';
import { actionSize, writeAction } from './actions.ts';
import type { Kernel, ObservationArray } from './kernel.ts';
import { recordMaker } from './records.ts';
import { KernelRunner } from './runner.ts';

/** Actions of an environment made of a kernel: numbers where the space is discrete, arrays of numbers otherwise. */
export type KernelAction = number | ArrayLike<number>;

/** Observations are cut from buffers of this many bytes, which is cheaper than a buffer for each. */
const BUFFER_BYTES = 32768;

const RENDER_MODES: readonly RenderMode[] = Object.freeze(['text', 'svg', 'rgb'] as const);
const NO_INFO: Info = Object.freeze({});

/** The live agents, and what does not change while they stay the same. */
interface Crew {
  readonly agents: readonly string[];
  /** Their places among all agents. */
  readonly indices: readonly number[];
  readonly toRecord: ReturnType<typeof recordMaker>;
  readonly infos: Readonly<Record<string, Info>>;
  readonly allFalse: Readonly<Record<string, boolean>>;
}

function crewOf(kernel: Kernel, indices: readonly number[]): Crew {
  const agents = Object.freeze(indices.map((i) => kernel.agents[i]));
  const toRecord = recordMaker(agents);
  const infos = Object.freeze(toRecord(agents.map(() => NO_INFO)));
  return { agents, indices, toRecord, infos, allFalse: Object.freeze(toRecord(agents.map(() => false))) };
}

/** A parallel environment whose rules are a kernel. */
export class KernelEnvironment implements ParallelEnvironment<ObservationArray, KernelAction> {
  readonly kernel: Kernel;
  readonly renderModes = RENDER_MODES;
  private readonly runner: KernelRunner;
  private readonly actions: Float64Array;
  private readonly actionSize: number;
  private buffer: ObservationArray;
  private used: number;
  private crew: Crew;
  /** The crews that there have been, by their agents. */
  private readonly crews = new Map<string, Crew>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.runner = new KernelRunner(kernel, 1);
    this.actionSize = actionSize(kernel.actions[0]);
    this.actions = new Float64Array(kernel.agents.length * this.actionSize);
    this.buffer = new (boxConstructor(kernel.observation.dtype))(0);
    this.used = 0;
    this.crew = crewOf(kernel, []);
  }

  get agents(): readonly string[] {
    return this.crew.agents;
  }

  get name(): string {
    return this.kernel.name;
  }

  get maxSteps(): number {
    return this.kernel.maxSteps;
  }

  get possibleAgents(): readonly string[] {
    return this.kernel.agents;
  }

  observationSpace(agent: string): Space<ObservationArray> {
    this.indexOf('observationSpace', agent);
    return this.kernel.observation as Space<ObservationArray>;
  }

  actionSpace(agent: string): Space<KernelAction> {
    return this.kernel.actions[this.indexOf('actionSpace', agent)] as Space<KernelAction>;
  }

  reset({ seed, options = {} }: ResetOptions = {}): ParallelReset<ObservationArray> {
    this.runner.reset(0, seed, options);
    this.updateAgents();
    return { observations: this.observe(), infos: this.crew.infos };
  }

  step(actions: Readonly<Record<string, KernelAction>>): ParallelStep<ObservationArray> {
    const { kernel, runner, crew } = this;
    const { indices, toRecord, infos } = crew;
    const count = indices.length;
    if (count === 0) {
      const received = runner.time[0] < 0 ? 'one that has not begun' : 'one that is over';
      throw new ArgumentError(`${kernel.name}.step`, 'the episode', 'be running (call reset)', received);
    }
    this.readActions(actions);
    runner.step(0, this.actions, 0);
    const observations = this.observe();
    let gone = false;
    for (let k = 0; k < count; k++) if (!runner.isLive(0, indices[k])) gone = true;
    const rewards =
      count === kernel.agents.length
        ? toRecord(runner.rewards)
        : toRecord(indices.map((i) => runner.rewards[i]));
    let { allFalse: terminations, allFalse: truncations } = crew;
    if (gone) {
      terminations = toRecord(indices.map((i) => runner.terminated[i] === 1));
      truncations = toRecord(indices.map((i) => runner.truncated[i] === 1));
      this.updateAgents();
    }
    return { observations, rewards, terminations, truncations, infos };
  }

  getState(): EnvironmentState {
    return this.runner.save(0);
  }

  setState(state: EnvironmentState): void {
    this.runner.restore(0, state);
    this.updateAgents();
  }

  render(mode: 'text' | 'svg'): string;
  render(mode: 'rgb'): Frame;
  render(mode: RenderMode): string | Frame;
  render(mode: RenderMode): string | Frame {
    const { kernel, runner } = this;
    const time = runner.time[0];
    if (time < 0) {
      throw new ArgumentError(`${kernel.name}.render`, 'the episode', 'have begun (call reset)', 'none');
    }
    if (mode === 'text') return kernel.text(runner.states, 0, time);
    return renderPicture(`${kernel.name}.render`, kernel.draw(runner.states, 0, time), mode);
  }

  clone(): KernelEnvironment {
    return new KernelEnvironment(this.kernel);
  }

  close(): void {
    this.crew = crewOf(this.kernel, []);
  }

  private indexOf(method: string, agent: string): number {
    const index = this.kernel.agents.indexOf(agent);
    if (index < 0) {
      const expected = `be one of ${this.kernel.agents.join(', ')}`;
      throw new ArgumentError(`${this.kernel.name}.${method}`, 'agent', expected, String(agent));
    }
    return index;
  }

  private readActions(actions: Readonly<Record<string, KernelAction>>): void {
    const { kernel, agents: live } = this;
    let given = 0;
    for (const name in actions) if (actions[name] !== undefined) given++;
    let found = 0;
    for (const i of this.crew.indices) {
      const action = actions?.[kernel.agents[i]];
      if (action === undefined) break;
      found++;
      writeAction(kernel, i, action, this.actions, i * this.actionSize);
    }
    if (found !== live.length || given !== live.length) {
      const expected = `be those of the live agents ${live.join(', ')}`;
      const received = Object.keys(actions ?? {}).join(', ') || 'none';
      throw new ArgumentError(`${kernel.name}.step`, 'actions', expected, received);
    }
  }

  private observe(): Record<string, ObservationArray> {
    const { kernel, runner } = this;
    const { size, dtype } = kernel.observation;
    const length = size * kernel.agents.length;
    if (this.used + length > this.buffer.length) {
      const type = boxConstructor(dtype);
      const count = Math.max(1, Math.floor(BUFFER_BYTES / (length * type.BYTES_PER_ELEMENT)));
      this.buffer = new type(length * count);
      this.used = 0;
    }
    const start = this.used;
    this.used += length;
    kernel.observe(runner.states, 0, runner.time[0], this.buffer, start);
    const { indices, toRecord } = this.crew;
    const seen: ObservationArray[] = [];
    for (let k = 0; k < indices.length; k++) {
      const at = start + indices[k] * size;
      seen.push(this.buffer.subarray(at, at + size));
    }
    return toRecord(seen);
  }

  private updateAgents(): void {
    const { kernel, runner } = this;
    const live = [...kernel.agents.keys()].filter((i) => runner.isLive(0, i));
    const name = live.join();
    let crew = this.crews.get(name);
    if (crew === undefined) {
      crew = crewOf(kernel, live);
      this.crews.set(name, crew);
    }
    this.crew = crew;
  }
}

/**
 * A kernel as a parallel environment; `vectorise` recognises it and runs batches on the kernel itself.
 *
 * @throws ArgumentError when agents have different numbers of action spaces or sizes of actions.
 *
 * @example
 * ```ts
 * import { box, discrete, fromKernel, type Kernel } from '@descant/envs';
 *
 * // Counts to three; saying 1 gives a point.
 * const counter: Kernel = {
 *   name: 'counter',
 *   agents: ['agent_0'],
 *   observation: box({ shape: [1], low: 0, high: 3 }),
 *   actions: [discrete(2)],
 *   maxSteps: 3,
 *   stateSize: 1,
 *   reset: (state, at) => { state[at] = 0; },
 *   step: (state, at, actions, actionsAt, _random, rewards, _terminated, agentsAt) => {
 *     state[at]++;
 *     rewards[agentsAt] = actions[actionsAt];
 *   },
 *   observe: (state, at, _time, out, outAt) => { out[outAt] = state[at]; },
 *   text: (state, at) => String(state[at]),
 *   draw: () => ({ width: 1, height: 1, background: '#000000', shapes: [] }),
 * };
 * const environment = fromKernel(counter);
 * environment.reset();
 * environment.step({ agent_0: 1 }).rewards; // => { agent_0: 1 }
 * environment.render('text'); // => '1'
 * ```
 */
export function fromKernel(kernel: Kernel): KernelEnvironment {
  const sizes = new Set(kernel.actions.map(actionSize));
  if (kernel.actions.length !== kernel.agents.length || sizes.size !== 1) {
    const expected = 'be one space for each agent, with equally many elements';
    throw new ArgumentError(
      'fromKernel',
      'kernel.actions',
      expected,
      kernel.actions.map((s) => s.describe()).join(', '),
    );
  }
  return new KernelEnvironment(kernel);
}
