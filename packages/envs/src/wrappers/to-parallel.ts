/** Turn-based environments played a round at a time. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Info, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment, ParallelReset, ParallelStep } from '../interfaces/parallel.ts';
import type { TurnBasedEnvironment } from '../interfaces/turn-based.ts';
import { Delegate, record } from './delegate.ts';

/** What the agents of a round are told at its end. */
interface Round<O> {
  readonly observations: Record<string, O>;
  readonly rewards: Record<string, number>;
  readonly terminations: Record<string, boolean>;
  readonly truncations: Record<string, boolean>;
  readonly infos: Record<string, Info>;
}

class Parallel<O, A> extends Delegate<TurnBasedEnvironment<O, A>> implements ParallelEnvironment<O, A> {
  get possibleAgents() {
    return this.inner.possibleAgents;
  }

  get agents() {
    return this.inner.agents;
  }

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  actionSpace(agent: string) {
    return this.inner.actionSpace(agent);
  }

  reset(options?: ResetOptions): ParallelReset<O> {
    this.inner.reset(options);
    const { agents, infos } = this.inner;
    return { observations: record(agents, (agent) => this.inner.observe(agent)), infos };
  }

  step(actions: Readonly<Record<string, A>>): ParallelStep<O> {
    const { inner } = this;
    const live = [...inner.agents];
    if (live.length === 0) {
      throw new ArgumentError(
        `${this.name}.step`,
        'the episode',
        'be running (call reset)',
        'one that is not',
      );
    }
    const given = Object.keys(actions).filter((agent) => actions[agent] !== undefined);
    if (given.length !== live.length || !live.every((agent) => given.includes(agent))) {
      const expected = `be those of the live agents ${live.join(', ')}`;
      throw new ArgumentError(`${this.name}.step`, 'actions', expected, given.join(', ') || 'none');
    }
    const round: Round<O> = {
      observations: {},
      rewards: record(live, () => 0),
      terminations: {},
      truncations: {},
      infos: {},
    };
    for (const agent of live) {
      // Agents that are done are removed at their last turn; this one may have been.
      this.removeDone(round);
      if (!inner.agents.includes(agent)) continue;
      if (inner.agentSelection !== agent) {
        const expected = `have ${agent} act next, as all do in the order of \`agents\`, once a round`;
        throw new ArgumentError('toParallel', 'environment', expected, String(inner.agentSelection));
      }
      this.play(actions[agent], round);
    }
    this.removeDone(round);
    return round;
  }

  clone(): ParallelEnvironment<O, A> {
    return new Parallel(this.inner.clone());
  }

  private play(
    action: A | null,
    { observations, rewards, terminations, truncations, infos }: Round<O>,
  ): void {
    const { inner } = this;
    inner.step(action);
    for (const agent of inner.agents) {
      observations[agent] = inner.observe(agent);
      rewards[agent] += inner.rewards[agent];
      terminations[agent] = inner.terminations[agent];
      truncations[agent] = inner.truncations[agent];
      infos[agent] = inner.infos[agent];
    }
  }

  private removeDone(round: Round<O>): void {
    const { inner } = this;
    while (inner.agentSelection !== undefined) {
      const agent = inner.agentSelection;
      if (!inner.terminations[agent] && !inner.truncations[agent]) return;
      this.play(null, round);
    }
  }
}

/**
 * A turn-based environment as a parallel one, for games in which all agents act once a round in the order of `agents`.
 *
 * After PettingZoo's `aec_to_parallel`: actions are chosen together and played in order; rewards of a round add up.
 *
 * @throws ArgumentError, at a step, when agents do not act in their order.
 *
 * @example
 * ```ts
 * import { checkers, toParallel, toTurnBased } from '@descant/envs';
 * const environment = toParallel(toTurnBased(checkers()));
 * environment.reset();
 * environment.step({ agent_0: 1, agent_1: 1 }).rewards; // => { agent_0: -10.01, agent_1: -1.01 }
 * ```
 */
export function toParallel<O, A>(environment: TurnBasedEnvironment<O, A>): ParallelEnvironment<O, A> {
  return new Parallel(environment);
}
