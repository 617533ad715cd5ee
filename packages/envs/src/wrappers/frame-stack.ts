/** The last few observations at once. */
import { ArgumentError } from '@descant/tensor-ops';
import type { EnvironmentState, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { ObservationArray } from '../kernel/kernel.ts';
import { type BoxSpace, box, boxArray } from '../spaces/box.ts';
import { checkCount, type Space } from '../spaces/space.ts';
import { mapRecord, ParallelWrapper } from './delegate.ts';

class FrameStack<O, A> extends ParallelWrapper<ObservationArray, A, O> {
  private readonly count: number;
  private readonly spaces = new Map<string, BoxSpace>();
  private stacks: Readonly<Record<string, ObservationArray>> = {};

  constructor(inner: ParallelEnvironment<O, A>, count: number) {
    super(inner);
    this.count = count;
    for (const agent of inner.possibleAgents) {
      const space: Space = inner.observationSpace(agent);
      if (space.kind !== 'box') {
        throw new ArgumentError('frameStack', 'environment', 'have boxes as observations', space.describe());
      }
      const { shape, dtype, low, high } = space as BoxSpace;
      const repeated = (bound: Float64Array) => Array.from({ length: count }, () => [...bound]).flat();
      this.spaces.set(
        agent,
        box({ shape: [count, ...shape], dtype, low: repeated(low), high: repeated(high) }),
      );
    }
  }

  observationSpace(agent: string): Space<ObservationArray> {
    this.inner.observationSpace(agent);
    return this.spaces.get(agent) as Space<ObservationArray>;
  }

  reset(options?: ResetOptions): ParallelReset<ObservationArray> {
    const { observations, infos } = this.inner.reset(options);
    this.stacks = mapRecord(observations, (observation, agent) => {
      const seen = observation as ObservationArray;
      const stack = this.fresh(agent);
      for (let k = 0; k < this.count; k++) stack.set(seen, k * seen.length);
      return stack;
    });
    return { observations: this.stacks, infos };
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<ObservationArray> {
    const result = this.inner.step(actions);
    this.stacks = mapRecord(result.observations, (observation, agent) => {
      const seen = observation as ObservationArray;
      const stack = this.fresh(agent);
      stack.set(this.stacks[agent].subarray(seen.length));
      stack.set(seen, (this.count - 1) * seen.length);
      return stack;
    });
    return { ...result, observations: this.stacks };
  }

  override getState(): EnvironmentState {
    return { inner: this.inner.getState(), stacks: this.stacks };
  }

  override setState(state: EnvironmentState): void {
    const saved = state as { inner: EnvironmentState; stacks: Readonly<Record<string, ObservationArray>> };
    this.inner.setState(saved?.inner);
    this.stacks = saved.stacks;
  }

  clone(): ParallelEnvironment<ObservationArray, A> {
    return new FrameStack(this.inner.clone(), this.count);
  }

  private fresh(agent: string): ObservationArray {
    const { dtype, size } = this.spaces.get(agent)!;
    return boxArray(dtype, size);
  }
}

/**
 * Each agent sees its last observations stacked, [count, ...shape], the newest last; at the beginning the first fills
 * all places. After Gymnasium's `FrameStackObservation`.
 *
 * @throws ArgumentError when observations are not boxes, or the count is invalid.
 *
 * @example
 * ```ts
 * import { frameStack, switchGame } from '@descant/envs';
 * const environment = frameStack(switchGame({ agents: 2 }), 2);
 * environment.reset();
 * environment.step({ agent_0: 0, agent_1: 4 }).observations.agent_0; // => [0, 0.17, 0.5, 0.17]
 * ```
 */
export function frameStack<O, A>(
  environment: ParallelEnvironment<O, A>,
  count: number,
): ParallelEnvironment<ObservationArray, A> {
  checkCount('frameStack', 'count', count);
  return new FrameStack(environment, count);
}
