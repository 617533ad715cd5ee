/** Returns and lengths of episodes. */
import type { EnvironmentState, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import { mapRecord, ParallelWrapper } from './delegate.ts';

/** What is known of an agent's episode when it ends; `info.episode` of its last step. */
export interface EpisodeStatistics {
  /** The sum of its rewards. */
  readonly return: number;
  /** The number of its steps. */
  readonly length: number;
}

class Statistics<O, A> extends ParallelWrapper<O, A> {
  private running: Readonly<Record<string, EpisodeStatistics>> = {};

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  reset(options?: ResetOptions): ParallelReset<O> {
    const result = this.inner.reset(options);
    this.running = Object.fromEntries(this.inner.agents.map((agent) => [agent, { return: 0, length: 0 }]));
    return result;
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<O> {
    const result = this.inner.step(actions);
    this.running = mapRecord(result.rewards, (reward, agent) => {
      const { return: sum, length } = this.running[agent];
      return { return: sum + reward, length: length + 1 };
    });
    const infos = mapRecord(result.infos, (info, agent) =>
      result.terminations[agent] || result.truncations[agent]
        ? { ...info, episode: this.running[agent] }
        : info,
    );
    return { ...result, infos };
  }

  override getState(): EnvironmentState {
    return { inner: this.inner.getState(), running: this.running };
  }

  override setState(state: EnvironmentState): void {
    const saved = state as { inner: EnvironmentState; running: Readonly<Record<string, EpisodeStatistics>> };
    this.inner.setState(saved?.inner);
    this.running = saved.running;
  }

  clone(): ParallelEnvironment<O, A> {
    return new Statistics(this.inner.clone());
  }
}

/**
 * Adds `episode: { return, length }` to the info of each agent's last step. After Gymnasium's
 * `RecordEpisodeStatistics`.
 *
 * @example
 * ```ts
 * import { iteratedMatrixGame, recordStatistics } from '@descant/envs';
 * const game = recordStatistics(iteratedMatrixGame({ maxSteps: 2 }));
 * game.reset();
 * game.step({ agent_0: 0, agent_1: 0 });
 * game.step({ agent_0: 0, agent_1: 1 }).infos.agent_0; // => { episode: { return: -4, length: 2 } }
 * ```
 */
export function recordStatistics<O, A>(environment: ParallelEnvironment<O, A>): ParallelEnvironment<O, A> {
  return new Statistics(environment);
}
