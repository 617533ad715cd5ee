/** Changed rewards and observations. */
import type { ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { Space } from '../spaces/space.ts';
import { mapRecord, ParallelWrapper } from './delegate.ts';

class RewardTransform<O, A> extends ParallelWrapper<O, A> {
  private readonly change: (reward: number, agent: string) => number;

  constructor(inner: ParallelEnvironment<O, A>, change: (reward: number, agent: string) => number) {
    super(inner);
    this.change = change;
  }

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  reset(options?: ResetOptions): ParallelReset<O> {
    return this.inner.reset(options);
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<O> {
    const result = this.inner.step(actions);
    return { ...result, rewards: mapRecord(result.rewards, this.change) };
  }

  clone(): ParallelEnvironment<O, A> {
    return new RewardTransform(this.inner.clone(), this.change);
  }
}

/**
 * An environment with every reward changed by a function, which must depend on nothing else.
 *
 * @example
 * ```ts
 * import { checkers, transformReward } from '@descant/envs';
 * const environment = transformReward(checkers(), (reward) => Math.sign(reward));
 * environment.reset();
 * environment.step({ agent_0: 1, agent_1: 4 }).rewards; // => { agent_0: -1, agent_1: -1 }
 * ```
 */
export function transformReward<O, A>(
  environment: ParallelEnvironment<O, A>,
  change: (reward: number, agent: string) => number,
): ParallelEnvironment<O, A> {
  return new RewardTransform(environment, change);
}

/** How observations are changed, and the spaces that they are in then. */
export interface ObservationTransform<I, O> {
  observe(observation: I, agent: string): O;
  space(space: Space<I>, agent: string): Space<O>;
}

class ObservationTransformed<I, O, A> extends ParallelWrapper<O, A, I> {
  private readonly transform: ObservationTransform<I, O>;
  private readonly spaces = new Map<string, Space<O>>();

  constructor(inner: ParallelEnvironment<I, A>, transform: ObservationTransform<I, O>) {
    super(inner);
    this.transform = transform;
    for (const agent of inner.possibleAgents) {
      this.spaces.set(agent, transform.space(inner.observationSpace(agent), agent));
    }
  }

  observationSpace(agent: string): Space<O> {
    // The environment inside rejects agents that it does not have.
    this.inner.observationSpace(agent);
    return this.spaces.get(agent)!;
  }

  reset(options?: ResetOptions): ParallelReset<O> {
    const { observations, infos } = this.inner.reset(options);
    return { observations: this.see(observations), infos };
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<O> {
    const result = this.inner.step(actions);
    return { ...result, observations: this.see(result.observations) };
  }

  clone(): ParallelEnvironment<O, A> {
    return new ObservationTransformed(this.inner.clone(), this.transform);
  }

  private see(observations: Readonly<Record<string, I>>): Record<string, O> {
    return mapRecord(observations, (seen, agent) => this.transform.observe(seen, agent));
  }
}

/**
 * An environment with every observation changed by a function, which must depend on nothing else.
 *
 * @param transform.observe - The new observation, a new object each time.
 * @param transform.space - The new space of an agent; asked for once.
 *
 * @example
 * ```ts
 * import { box, coinGame, transformObservation } from '@descant/envs';
 * const halves = box({ shape: [36], low: 0, high: 0.5 });
 * const game = transformObservation(coinGame(), {
 *   observe: (seen) => Float32Array.from(seen, (x) => x / 2),
 *   space: () => halves,
 * });
 * Math.max(...game.reset().observations.agent_0); // => 0.5
 * ```
 */
export function transformObservation<I, O, A>(
  environment: ParallelEnvironment<I, A>,
  transform: ObservationTransform<I, O>,
): ParallelEnvironment<O, A> {
  return new ObservationTransformed(environment, transform);
}
