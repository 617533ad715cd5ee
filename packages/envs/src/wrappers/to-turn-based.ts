/** Parallel environments played in turns. */
import { ArgumentError } from '@descant/tensor-ops';
import type { EnvironmentState, Info, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import type { Turn, TurnBasedEnvironment } from '../interfaces/turn-based.ts';
import { Delegate, record } from './delegate.ts';

type Flags = Readonly<Record<string, boolean>>;

/** What a game in turns adds to the state of the parallel environment. */
interface Progress<O, A> {
  readonly agents: readonly string[];
  readonly selection: string | undefined;
  readonly pending: Readonly<Record<string, A>>;
  readonly observations: Readonly<Record<string, O>>;
  readonly rewards: Readonly<Record<string, number>>;
  readonly owed: Readonly<Record<string, number>>;
  readonly terminations: Flags;
  readonly truncations: Flags;
  readonly infos: Readonly<Record<string, Info>>;
}

class TurnBased<O, A> extends Delegate<ParallelEnvironment<O, A>> implements TurnBasedEnvironment<O, A> {
  private now: Progress<O, A> | undefined;

  get possibleAgents() {
    return this.inner.possibleAgents;
  }
  get agents() {
    return this.now?.agents ?? [];
  }
  get agentSelection() {
    return this.now?.selection;
  }
  get rewards() {
    return this.now?.rewards ?? {};
  }
  get terminations() {
    return this.now?.terminations ?? {};
  }
  get truncations() {
    return this.now?.truncations ?? {};
  }
  get infos() {
    return this.now?.infos ?? {};
  }

  observationSpace(agent: string) {
    return this.inner.observationSpace(agent);
  }

  actionSpace(agent: string) {
    return this.inner.actionSpace(agent);
  }

  observe(agent: string): O {
    const { observations, agents } = this.progress('observe');
    if (!agents.includes(agent)) {
      throw new ArgumentError(`${this.name}.observe`, 'agent', `be one of ${agents.join(', ')}`, agent);
    }
    return observations[agent];
  }

  last(): Turn<O> {
    const { selection, owed, terminations, truncations, infos, observations } = this.progress('last');
    if (selection === undefined) {
      throw new ArgumentError(
        `${this.name}.last`,
        'the episode',
        'be running (call reset)',
        'one that is over',
      );
    }
    return {
      observation: observations[selection],
      reward: owed[selection],
      termination: terminations[selection],
      truncation: truncations[selection],
      info: infos[selection],
    };
  }

  reset(options?: ResetOptions): void {
    const { observations, infos } = this.inner.reset(options);
    const { agents } = this.inner;
    this.now = {
      agents,
      selection: agents[0],
      pending: {},
      observations,
      rewards: record(agents, () => 0),
      owed: record(agents, () => 0),
      terminations: record(agents, () => false),
      truncations: record(agents, () => false),
      infos,
    };
  }

  step(action: A | null): void {
    const now = this.progress('step');
    const { selection } = now;
    if (selection === undefined) {
      throw new ArgumentError(
        `${this.name}.step`,
        'the episode',
        'be running (call reset)',
        'one that is over',
      );
    }
    const dead = now.terminations[selection] || now.truncations[selection];
    if (dead !== (action === null)) {
      const expected = dead ? `be null, because ${selection} is done` : `be an action of ${selection}`;
      throw new ArgumentError(`${this.name}.step`, 'action', expected, String(action));
    }
    this.now = action === null ? this.remove(now, selection) : this.act(now, selection, action);
  }

  private remove(now: Progress<O, A>, agent: string): Progress<O, A> {
    const agents = now.agents.filter((other) => other !== agent);
    const kept = <T>(values: Readonly<Record<string, T>>) => record(agents, (name) => values[name]);
    return {
      ...now,
      agents,
      selection: first(agents, now.terminations, now.truncations),
      observations: kept(now.observations),
      rewards: record(agents, () => 0),
      owed: kept(now.owed),
      terminations: kept(now.terminations),
      truncations: kept(now.truncations),
      infos: kept(now.infos),
    };
  }

  private act(now: Progress<O, A>, agent: string, action: A): Progress<O, A> {
    const { agents } = now;
    const pending = { ...now.pending, [agent]: action };
    const owed = { ...now.owed, [agent]: 0 };
    const next = agents[agents.indexOf(agent) + 1];
    // All move at once, when the last of them has chosen.
    if (next !== undefined) {
      return { ...now, selection: next, pending, owed, rewards: record(agents, () => 0) };
    }
    const { observations, rewards, terminations, truncations, infos } = this.inner.step(pending);
    return {
      agents,
      selection: first(agents, terminations, truncations),
      pending: {},
      observations,
      rewards,
      owed: record(agents, (name) => owed[name] + rewards[name]),
      terminations,
      truncations,
      infos,
    };
  }

  override getState(): EnvironmentState {
    return { inner: this.inner.getState(), now: this.now };
  }

  override setState(state: EnvironmentState): void {
    const saved = state as { inner: EnvironmentState; now: Progress<O, A> | undefined };
    this.inner.setState(saved?.inner);
    this.now = saved.now;
  }

  clone(): TurnBasedEnvironment<O, A> {
    return new TurnBased(this.inner.clone());
  }

  private progress(method: string): Progress<O, A> {
    if (this.now) return this.now;
    const received = 'one that has not begun';
    throw new ArgumentError(`${this.name}.${method}`, 'the episode', 'be running (call reset)', received);
  }
}

/** Who is next when a round begins: agents that are done, to be removed, before the others. */
const first = (agents: readonly string[], terminations: Flags, truncations: Flags): string | undefined =>
  agents.find((agent) => terminations[agent] || truncations[agent]) ?? agents[0];

/**
 * A parallel environment played in turns: the agents choose one after the other, and move together when the last has.
 *
 * After PettingZoo's `parallel_to_aec`: nobody sees the others' choices before the joint move, rewards come with it,
 * and agents that are done are removed by `step(null)` before the next round.
 *
 * @example
 * ```ts
 * import { checkers, toTurnBased } from '@descant/envs';
 * const game = toTurnBased(checkers());
 * game.reset();
 * game.agentSelection; // => 'agent_0'
 * game.step(1);
 * game.rewards; // => { agent_0: 0, agent_1: 0 }
 * game.step(1);
 * game.last().reward; // => -10.01
 * ```
 */
export function toTurnBased<O, A>(environment: ParallelEnvironment<O, A>): TurnBasedEnvironment<O, A> {
  return new TurnBased(environment);
}
