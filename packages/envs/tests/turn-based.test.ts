/** Games in turns, and environments whose spaces are records. */
import {
  checkEnv,
  coinGame,
  discrete,
  type ParallelEnvironment,
  toParallel,
  transformObservation,
  tuple,
  vectorise,
} from '@descant/envs';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';
import { Nim } from './support/nim.ts';

describe('a game made of turns', () => {
  test('passes its checks', () => {
    expect(checkEnv(new Nim())).toEqual([]);
    expect(checkEnv(new Nim(), { seed: 3, steps: 1000 })).toEqual([]);
  });

  test('is played a round at a time: who wins before the other’s turn ends the round', () => {
    const game = toParallel(new Nim());
    game.reset({ seed: 0 });
    const start = game.reset({ seed: 0 }).observations.first.left;
    let rounds = 0;
    let rewards: Readonly<Record<string, number>> = {};
    while (game.agents.length > 0) {
      rewards = game.step({ first: 1, second: 1 }).rewards;
      rounds++;
    }
    expect(rounds).toBe(Math.ceil(start / 4));
    const firstWins = Math.ceil(start / 2) % 2 === 1;
    expect(rewards).toEqual({ first: firstWins ? 1 : -1, second: firstWins ? -1 : 1 });
  });
});

describe('what is wrong in turns is found', () => {
  class Stuck extends Nim {
    override step(action: number | null): void {
      super.step(action);
      if (this.agents.length > 0) this.agentSelection = 'nobody';
    }
  }

  class Forgetful extends Nim {
    override step(action: number | null): void {
      super.step(action);
      this.infos = {};
    }
  }

  class Generous extends Nim {
    override last() {
      return { ...super.last(), reward: 1 };
    }
  }

  class Blind extends Nim {
    override observe(): ReturnType<Nim['observe']> {
      return { left: 10, start: Int32Array.of(5) };
    }
  }

  class Hasty extends Nim {
    override step(action: number | null): void {
      super.step(action);
      this.agents = this.agents.filter((agent) => !this.terminations[agent]);
    }
  }

  class Patient extends Nim {
    override step(action: number | null): void {
      if (this.agentSelection !== undefined) super.step(action);
    }
  }

  test.each([
    [new Stuck(), 'turn-based: agentSelection must be one of the agents [first, second]; got "nobody"'],
    [new Forgetful(), 'turn-based: the keys of infos must be the agents [first, second]; got []'],
    [new Generous(), "turn-based: last().reward must be the sum of first's rewards since it acted, 0; got 1"],
    [
      new Blind(),
      'turn-based: last().observation of first must be in Dict(left: Discrete(10), start: Box([1], int32, low 5, high 9)); got {"left":10,"start":{"0":5}}',
    ],
    [new Hasty(), "turn-based: agents must be [first, second] after first's turn; got []"],
    [new Patient(), 'turn-based: step before the first reset must throw an error'],
  ])('%#', (game, problem) => {
    const [found] = checkEnv(game);
    // Who makes the last move depends on the seed.
    expect(found.replace("after second's", "after first's")).toBe(problem);
  });
});

describe('observations that are records or lists', () => {
  const pairs = tuple([discrete(2), discrete(10)]);
  const environment = transformObservation(coinGame() as ParallelEnvironment, {
    observe: (seen) => [1, Array.from(seen as Float32Array).indexOf(1)] as const,
    space: () => pairs,
  }) as ParallelEnvironment;

  test('pass their checks, but for batches, which they cannot have', () => {
    expect(checkEnv(environment)).toEqual([]);
    expect(messageOf(() => vectorise(environment, 2))).toBe(
      'vectorise: environment must have one box of observations for all agents; got Tuple(Discrete(2), Discrete(10))',
    );
  });
});
