/** A limit of steps. */
import { ArgumentError } from '@descant/tensor-ops';
import type { EnvironmentState, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import { checkCount } from '../spaces/space.ts';
import { mapRecord, ParallelWrapper } from './delegate.ts';

class TimeLimit<O, A> extends ParallelWrapper<O, A> {
  private readonly limit: number;
  private time = 0;

  constructor(inner: ParallelEnvironment<O, A>, limit: number) {
    super(inner);
    this.limit = limit;
  }

  override get maxSteps(): number {
    return Math.min(this.limit, this.inner.maxSteps);
  }

  override get agents(): readonly string[] {
    return this.time >= this.limit ? [] : this.inner.agents;
  }

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  reset(options?: ResetOptions): ParallelReset<O> {
    this.time = 0;
    return this.inner.reset(options);
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<O> {
    if (this.time >= this.limit) {
      throw new ArgumentError(
        `${this.name}.step`,
        'the episode',
        'be running (call reset)',
        'one that is over',
      );
    }
    const result = this.inner.step(actions);
    this.time++;
    if (this.time < this.limit) return result;
    return {
      ...result,
      truncations: mapRecord(result.truncations, (_, agent) => !result.terminations[agent]),
    };
  }

  override getState(): EnvironmentState {
    return { inner: this.inner.getState(), time: this.time };
  }

  override setState(state: EnvironmentState): void {
    const saved = state as { inner: EnvironmentState; time: number };
    this.inner.setState(saved?.inner);
    this.time = saved.time;
  }

  clone(): ParallelEnvironment<O, A> {
    return new TimeLimit(this.inner.clone(), this.limit);
  }
}

/**
 * Truncates episodes after a number of steps, for all agents that are live then.
 *
 * @throws ArgumentError when the limit is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { coinGame, timeLimit } from '@descant/envs';
 * const game = timeLimit(coinGame(), 2);
 * game.reset();
 * game.step({ agent_0: 0, agent_1: 0 }).truncations; // => { agent_0: false, agent_1: false }
 * game.step({ agent_0: 0, agent_1: 0 }).truncations; // => { agent_0: true, agent_1: true }
 * ```
 */
export function timeLimit<O, A>(
  environment: ParallelEnvironment<O, A>,
  steps: number,
): ParallelEnvironment<O, A> {
  checkCount('timeLimit', 'steps', steps);
  return new TimeLimit(environment, steps);
}
