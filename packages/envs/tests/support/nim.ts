/** A game that is made of turns from the start: whoever takes the last of the stones wins. */
import {
  box,
  dict,
  discrete,
  type Frame,
  type Info,
  type RenderMode,
  type ResetOptions,
  random,
  type TurnBasedEnvironment,
} from '@descant/envs';

/** What both players see: how many stones are left, and how many were there. */
type Seen = { readonly left: number; readonly start: Int32Array };

const AGENTS = ['first', 'second'] as const;
const MOST = 9;

const space = dict({
  left: discrete(MOST + 1),
  start: box({ shape: [1], dtype: 'int32', low: 5, high: MOST }),
});
const moves = discrete(2);

/** Nim with one heap of 5 to 9 stones, of which one or two are taken; an action is their number less one. */
export class Nim implements TurnBasedEnvironment<Seen, number> {
  readonly name: string = 'nim';
  readonly maxSteps = Number.POSITIVE_INFINITY;
  readonly possibleAgents: readonly string[] = AGENTS;
  readonly renderModes: readonly RenderMode[] = ['text'];
  agents: readonly string[] = [];
  agentSelection: string | undefined;
  rewards: Readonly<Record<string, number>> = {};
  terminations: Readonly<Record<string, boolean>> = {};
  truncations: Readonly<Record<string, boolean>> = {};
  infos: Readonly<Record<string, Info>> = {};
  protected owed: Readonly<Record<string, number>> = {};
  private left = 0;
  private start = 0;
  private seed = 0;
  private episode = 0;

  observationSpace() {
    return space;
  }

  actionSpace() {
    return moves;
  }

  observe(_agent: string): Seen {
    return { left: this.left, start: Int32Array.of(this.start) };
  }

  last() {
    const agent = this.agentSelection;
    if (agent === undefined) throw new Error('nim: nobody is to play');
    return {
      observation: this.observe(agent),
      reward: this.owed[agent],
      termination: this.terminations[agent],
      truncation: false,
      info: this.infos[agent],
    };
  }

  reset({ seed }: ResetOptions = {}): void {
    if (seed !== undefined) [this.seed, this.episode] = [seed, 0];
    this.start = 5 + random(1000 * this.seed + this.episode++).below(MOST - 4);
    this.left = this.start;
    this.agents = AGENTS;
    this.agentSelection = AGENTS[0];
    this.rewards = { first: 0, second: 0 };
    this.owed = this.rewards;
    this.terminations = { first: false, second: false };
    this.truncations = { first: false, second: false };
    this.infos = { first: {}, second: {} };
  }

  step(action: number | null): void {
    const agent = this.agentSelection;
    if (agent === undefined) throw new Error('nim: nobody is to play');
    const others = this.agents.filter((name) => name !== agent);
    if (this.terminations[agent]) {
      if (action !== null) throw new Error('nim: the game is over');
      const keep = <T>(values: Readonly<Record<string, T>>) =>
        Object.fromEntries(others.map((name) => [name, values[name]]));
      this.agents = others;
      this.agentSelection = others[0];
      this.rewards = Object.fromEntries(others.map((name) => [name, 0]));
      this.owed = keep(this.owed);
      this.terminations = keep(this.terminations);
      this.truncations = keep(this.truncations);
      this.infos = keep(this.infos);
      return;
    }
    this.left = Math.max(0, this.left - (action === null ? 0 : action + 1));
    const over = this.left === 0;
    this.rewards = { first: 0, second: 0, ...(over && { [agent]: 1, [others[0]]: -1 }) };
    this.owed = { ...this.owed, [agent]: 0 };
    this.owed = {
      first: this.owed.first + this.rewards.first,
      second: this.owed.second + this.rewards.second,
    };
    this.terminations = { first: over, second: over };
    this.agentSelection = over ? AGENTS[0] : others[0];
  }

  getState(): unknown {
    return { ...this };
  }

  setState(state: unknown): void {
    Object.assign(this, state);
  }

  render(mode: 'text' | 'svg'): string;
  render(mode: 'rgb'): Frame;
  render(mode: RenderMode): string | Frame;
  render(): string | Frame {
    return 'o'.repeat(this.left) || '.';
  }

  close(): void {}

  clone(): Nim {
    return new (this.constructor as typeof Nim)();
  }
}
