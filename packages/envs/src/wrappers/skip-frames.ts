/** Actions that last for several steps. */
import { ArgumentError } from '@descant/tensor-ops';
import type { ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { ObservationArray } from '../kernel/kernel.ts';
import { checkCount, type Space } from '../spaces/space.ts';
import { mapRecord, ParallelWrapper } from './delegate.ts';

class FrameSkip<A> extends ParallelWrapper<ObservationArray, A> {
  private readonly count: number;

  constructor(inner: ParallelEnvironment<ObservationArray, A>, count: number) {
    super(inner);
    this.count = count;
  }

  override get maxSteps(): number {
    return Math.ceil(this.inner.maxSteps / this.count);
  }

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  reset(options?: ResetOptions): ParallelReset<ObservationArray> {
    return this.inner.reset(options);
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<ObservationArray> {
    const crew = this.inner.agents.length;
    let result = this.inner.step(actions);
    // An agent that is done ends the repetition: what it saw and got must be told now.
    for (let k = 1; k < this.count && this.inner.agents.length === crew; k++) {
      const before = result;
      result = this.inner.step(actions);
      const rewards = mapRecord(result.rewards, (reward, agent) => reward + before.rewards[agent]);
      const isLast = k === this.count - 1 || this.inner.agents.length < crew;
      result = { ...result, rewards };
      if (!isLast) continue;
      const brightest = (seen: ObservationArray, agent: string) =>
        seen.map((x, i) => Math.max(x, before.observations[agent][i])) as ObservationArray;
      result = { ...result, observations: mapRecord(result.observations, brightest) };
    }
    return result;
  }

  clone(): ParallelEnvironment<ObservationArray, A> {
    return new FrameSkip(this.inner.clone(), this.count);
  }
}

/**
 * Every action is repeated for `count` steps; rewards are added, and the observation is the larger, element by
 * element, of the last two, so that what flickers is seen. The repetition ends early when an agent is done.
 *
 * Source: the preprocessing of Mnih et al. 2015 (Nature), Methods.
 *
 * @param environment - Its observations must be boxes.
 * @throws ArgumentError when they are not, or the count is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { pong, skipFrames } from '@descant/envs';
 * const game = skipFrames(pong(), 4);
 * game.reset();
 * game.step({ agent_0: 2, agent_1: 3 });
 * game.render('text').slice(0, 28); // => '0 : 0, paddles at 90 and 122'
 * ```
 */
export function skipFrames<A>(
  environment: ParallelEnvironment<ObservationArray, A>,
  count: number,
): ParallelEnvironment<ObservationArray, A> {
  checkCount('skipFrames', 'count', count);
  for (const agent of environment.possibleAgents) {
    const space: Space = environment.observationSpace(agent);
    if (space.kind !== 'box') {
      throw new ArgumentError('skipFrames', 'environment', 'have boxes as observations', space.describe());
    }
  }
  return new FrameSkip(environment, count);
}
