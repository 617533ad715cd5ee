/** One agent's view of a game of many. */
import { ArgumentError } from '@descant/tensor-ops';
import type { EnvironmentState, Policy, ResetOptions } from '../interfaces/common.ts';
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import type { SingleAgentEnvironment, SingleStep } from '../interfaces/single-agent.ts';
import { KeyedRandom, seedWords } from '../random/random.ts';
import { encrypt } from '../random/threefry.ts';
import { Delegate } from './delegate.ts';

/** What is folded into the key of an episode for the others' random numbers: no environment takes so many steps. */
const OTHERS = 0xffffffff;

/** The state of a view beside that of the environment. */
interface ViewState<O> {
  readonly inner: EnvironmentState;
  readonly agent: string;
  readonly observations: Readonly<Record<string, O>>;
  readonly seed: number;
  readonly episode: number;
  readonly time: number;
  readonly over: boolean;
}

/** A view from a seat that may change from episode to episode; the others play by policies. */
class View<O, A> extends Delegate<ParallelEnvironment<O, A>> implements SelfPlayEnvironment<O, A> {
  agent: string;
  private opponent: (agent: string) => Policy<O, A> | undefined;
  private readonly seatOf: (episode: number) => string;
  private readonly random = new KeyedRandom();
  private readonly words = new Uint32Array(2);
  private observations: Readonly<Record<string, O>> = {};
  private seed = 0;
  private episode = -1;
  private time = 0;
  private over = true;

  constructor(
    inner: ParallelEnvironment<O, A>,
    seatOf: (episode: number) => string,
    opponent: (agent: string) => Policy<O, A> | undefined,
  ) {
    super(inner);
    this.seatOf = seatOf;
    this.opponent = opponent;
    this.agent = seatOf(0);
  }

  get observationSpace() {
    return this.inner.observationSpace(this.agent);
  }

  get actionSpace() {
    return this.inner.actionSpace(this.agent);
  }

  reset(options: ResetOptions = {}) {
    if (options.seed !== undefined) seedWords(`${this.name}.reset`, options.seed);
    const { observations, infos } = this.inner.reset(options);
    if (options.seed !== undefined) {
      this.seed = options.seed;
      this.episode = 0;
    } else this.episode++;
    this.agent = this.seatOf(this.episode);
    this.observations = observations;
    this.time = 0;
    this.over = false;
    return { observation: observations[this.agent], info: infos[this.agent] };
  }

  step(action: A): SingleStep<O> {
    if (this.over) {
      const received = this.episode < 0 ? 'one that has not begun' : 'one that is over';
      throw new ArgumentError(`${this.name}.step`, 'the episode', 'be running (call reset)', received);
    }
    const { agent, inner, words, random } = this;
    const [high, low] = seedWords(this.name, this.seed);
    encrypt(high, low, this.episode, words);
    encrypt(words[0], words[1], OTHERS, words);
    random.fold(words[0], words[1], ++this.time);
    const actions = inner.agents.map((name) => {
      if (name === agent) return [name, action] as const;
      const policy = this.opponent(name);
      return [name, policy?.(this.observations[name], random, name) as A] as const;
    });
    const result = inner.step(Object.fromEntries(actions));
    this.observations = result.observations;
    const [terminated, truncated] = [result.terminations[agent], result.truncations[agent]];
    this.over = terminated || truncated;
    return {
      observation: result.observations[agent],
      reward: result.rewards[agent],
      terminated,
      truncated,
      info: result.infos[agent],
    };
  }

  setOpponent(policy: Policy<O, A>): void {
    this.opponent = () => policy;
  }

  override getState(): EnvironmentState {
    const { agent, observations, seed, episode, time, over } = this;
    const state: ViewState<O> = {
      inner: this.inner.getState(),
      agent,
      observations,
      seed,
      episode,
      time,
      over,
    };
    return state;
  }

  override setState(state: EnvironmentState): void {
    const { inner, ...own } = state as ViewState<O>;
    this.inner.setState(inner);
    Object.assign(this, own);
  }

  clone(): View<O, A> {
    return new View(this.inner.clone(), this.seatOf, this.opponent);
  }
}

/** Options of `singleAgentView`. */
export interface SingleAgentOptions<O, A> {
  /** Whose view; default: the first agent. */
  readonly agent?: string;
  /** What the others do: one policy for all, or one for each; not needed when there are no others. */
  readonly others?: Policy<O, A> | Readonly<Record<string, Policy<O, A>>>;
}

/**
 * A game as an environment of one agent, by Gymnasium's conventions; the others play by fixed policies.
 *
 * The episode is over when the agent is done. The others' random numbers follow from the seed.
 *
 * @throws ArgumentError when there is no such agent, or an agent without a policy.
 *
 * @example
 * ```ts
 * import { iteratedMatrixGame, singleAgentView } from '@descant/envs';
 * const against = singleAgentView(iteratedMatrixGame(), { others: () => 0 }); // who always cooperates
 * against.reset();
 * against.step(1).reward; // => 0
 * ```
 */
export function singleAgentView<O, A>(
  environment: ParallelEnvironment<O, A>,
  { agent = environment.possibleAgents[0], others }: SingleAgentOptions<O, A> = {},
): SingleAgentEnvironment<O, A> {
  const agents = environment.possibleAgents;
  if (!agents.includes(agent)) {
    throw new ArgumentError('singleAgentView', 'agent', `be one of ${agents.join(', ')}`, agent);
  }
  const policyOf = (name: string) => (typeof others === 'function' ? others : others?.[name]);
  const left = agents.filter((name) => name !== agent && policyOf(name) === undefined);
  if (left.length > 0) {
    throw new ArgumentError(
      'singleAgentView',
      'others',
      `have policies of all others`,
      `none of ${left.join(', ')}`,
    );
  }
  return new View(environment, () => agent, policyOf);
}

/** A game against a policy that can be exchanged. */
export interface SelfPlayEnvironment<O, A> extends SingleAgentEnvironment<O, A> {
  /** From the next step on, all others play by this policy. */
  setOpponent(policy: Policy<O, A>): void;
}

/**
 * A game as an environment of one learner whose opponents all play by one policy, a copy of the learner's for example.
 *
 * The learner takes the seats of all agents in turn, one episode each, so that it learns all of them.
 *
 * @throws ArgumentError when agents have different spaces.
 *
 * @example
 * ```ts
 * import { coinGame, selfPlayView } from '@descant/envs';
 * const game = selfPlayView(coinGame({ egocentric: true }), (_seen, random) => random.below(4));
 * game.reset({ seed: 0 });
 * game.agent; // => 'agent_0'
 * game.setOpponent(() => 0);
 * game.reset();
 * game.agent; // => 'agent_1'
 * ```
 */
export function selfPlayView<O, A>(
  environment: ParallelEnvironment<O, A>,
  opponent: Policy<O, A>,
): SelfPlayEnvironment<O, A> {
  const agents = environment.possibleAgents;
  for (const method of ['observationSpace', 'actionSpace'] as const) {
    const spaces = new Set(agents.map((agent) => environment[method](agent).describe()));
    if (spaces.size > 1) {
      const expected = `have the same ${method} for all agents`;
      throw new ArgumentError('selfPlayView', 'environment', expected, [...spaces].join(', '));
    }
  }
  return new View(
    environment,
    (episode) => agents[episode % agents.length],
    () => opponent,
  );
}
