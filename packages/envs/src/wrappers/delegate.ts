/** What wrappers pass on unchanged. */
import type { EnvironmentBase, EnvironmentState, RenderMode, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { Frame } from '../render/frame.ts';
import type { Space } from '../spaces/space.ts';

/** Name, limit, pictures and state of the environment inside. */
export abstract class Delegate<E extends EnvironmentBase> implements EnvironmentBase {
  protected readonly inner: E;

  constructor(inner: E) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  get maxSteps(): number {
    return this.inner.maxSteps;
  }

  get renderModes(): readonly RenderMode[] {
    return this.inner.renderModes;
  }

  render(mode: 'text' | 'svg'): string;
  render(mode: 'rgb'): Frame;
  render(mode: RenderMode): string | Frame;
  render(mode: RenderMode): string | Frame {
    return this.inner.render(mode);
  }

  getState(): EnvironmentState {
    return this.inner.getState();
  }

  setState(state: EnvironmentState): void {
    this.inner.setState(state);
  }

  close(): void {
    this.inner.close();
  }
}

/** A parallel environment around another, with observations O and actions A; the inner one has observations I. */
export abstract class ParallelWrapper<O, A, I = O>
  extends Delegate<ParallelEnvironment<I, A>>
  implements ParallelEnvironment<O, A>
{
  get possibleAgents(): readonly string[] {
    return this.inner.possibleAgents;
  }

  get agents(): readonly string[] {
    return this.inner.agents;
  }

  actionSpace(agent: string): Space<A> {
    return this.inner.actionSpace(agent);
  }

  abstract observationSpace(agent: string): Space<O>;
  abstract reset(options?: ResetOptions): ParallelReset<O>;
  abstract step(actions: Readonly<Record<string, A>>): ParallelStep<O>;
  abstract clone(): ParallelEnvironment<O, A>;
}

/** A record with a value for each agent. */
export const record = <T>(agents: readonly string[], value: (agent: string) => T): Record<string, T> =>
  Object.fromEntries(agents.map((agent) => [agent, value(agent)]));

/** A record with every value changed. */
export const mapRecord = <T, U>(
  values: Readonly<Record<string, T>>,
  change: (value: T, agent: string) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([agent, value]) => [agent, change(value, agent)]));
