/** What the rules promise, over random play. */
import {
  checkers,
  coinGame,
  iteratedMatrixGame,
  type KernelEnvironment,
  mountainCarContinuous,
  pendulum,
  random,
  random2x2Game,
  switchGame,
  vectorise,
} from '@descant/envs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { environments } from './support/environments.ts';

const seeds = fc.nat();
const runs = { numRuns: 20 };

/**
 * Plays random actions and hands every step to a function, with whether it is the first of an episode; resets when an
 * episode ends.
 */
function play(
  environment: KernelEnvironment,
  seed: number,
  steps: number,
  see: (
    step: ReturnType<KernelEnvironment['step']>,
    actions: Readonly<Record<string, number>>,
    first: boolean,
  ) => void,
): void {
  const stream = random(seed + 17);
  environment.reset({ seed });
  for (let t = 0; t < steps; t++) {
    const first = t === 0 || environment.agents.length === 0;
    if (environment.agents.length === 0) environment.reset();
    const chosen = environment.agents.map((agent) => {
      const action = environment.actionSpace(agent).sample(stream);
      return [agent, action as number] as const;
    });
    const actions = Object.fromEntries(chosen);
    see(environment.step(actions), actions, first);
  }
}

const planes = (seen: ArrayLike<number>): number[][] =>
  [0, 1, 2, 3].map((p) =>
    Array.from({ length: 9 }, (_, cell) => cell).filter((cell) => seen[9 * p + cell] === 1),
  );

describe('coin game', () => {
  test.prop([seeds], runs)(
    'one coin, which moves and changes colour when and only when it is taken',
    (seed) => {
      const game = coinGame({ maxSteps: Number.POSITIVE_INFINITY });
      let before = planes(game.reset({ seed }).observations.agent_0);
      play(game, seed, 100, ({ observations, rewards }) => {
        const now = planes(observations.agent_0);
        const [red, blue, redCoin, blueCoin] = now;
        expect([red.length, blue.length, redCoin.length + blueCoin.length]).toEqual([1, 1, 1]);
        const wasRed = before[2].length === 1;
        const coin = [...before[2], ...before[3]][0];
        const [redTakes, blueTakes] = [red[0] === coin, blue[0] === coin];
        if (redTakes || blueTakes) {
          expect(redCoin.length === 1).toBe(!wasRed);
          const fresh = [...redCoin, ...blueCoin][0];
          expect(fresh !== red[0] && fresh !== blue[0]).toBe(true);
        } else expect([redCoin, blueCoin]).toEqual([before[2], before[3]]);
        expect(rewards.agent_0).toBe((redTakes ? 1 : 0) - (wasRed && blueTakes ? 2 : 0));
        expect(rewards.agent_1).toBe((blueTakes ? 1 : 0) - (!wasRed && redTakes ? 2 : 0));
        before = now;
      });
    },
  );

  test.prop([seeds], runs)('players move by one cell of the torus', (seed) => {
    const game = coinGame({ maxSteps: Number.POSITIVE_INFINITY });
    let [red] = planes(game.reset({ seed }).observations.agent_0);
    play(game, seed, 60, ({ observations }, actions) => {
      const [rows, columns] = [
        [0, 0, 1, 2],
        [1, 2, 0, 0],
      ].map((shift) => shift[actions.agent_0]);
      const [now] = planes(observations.agent_0);
      expect(now[0]).toBe(((Math.floor(red[0] / 3) + rows) % 3) * 3 + (((red[0] % 3) + columns) % 3));
      red = now;
    });
  });

  test('a coin that reappears is equally often on each free cell: n = 20000', () => {
    const n = 20_000;
    const counts = new Map<number, number>();
    const game = coinGame({ maxSteps: Number.POSITIVE_INFINITY });
    game.reset({ seed: 5 });
    for (let k = 0; k < n; k++) {
      // Red steps from 0 on the coin at 1; blue goes from 4 to 5.
      game.setState({ ...(game.getState() as object), state: Float64Array.of(0, 4, 1, 1) });
      const { observations } = game.step({ agent_0: 0, agent_1: 0 });
      const [, , , blueCoin] = planes(observations.agent_0);
      counts.set(blueCoin[0], (counts.get(blueCoin[0]) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 2, 3, 4, 6, 7, 8]);
    // Chi-squared with 6 degrees of freedom exceeds 38.3 with probability 1e-6.
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - n / 7) ** 2 / (n / 7), 0);
    expect(chi).toBeLessThan(38.3);
  });

  test('beginnings are uniform: 9 x 9 cells of the players, two colours, n = 20000', () => {
    const n = 20_000;
    const [cells, colours] = [new Float64Array(81), [0, 0]];
    const game = coinGame();
    game.reset({ seed: 1 });
    for (let k = 0; k < n; k++) {
      const [red, blue, redCoin] = planes(game.reset().observations.agent_0);
      cells[red[0] * 9 + blue[0]]++;
      colours[redCoin.length]++;
    }
    // Chi-squared with 80 degrees of freedom exceeds 152 with probability 1.5e-6.
    expect(cells.reduce((sum, c) => sum + (c - n / 81) ** 2 / (n / 81), 0)).toBeLessThan(152);
    // Five standard errors of 70.7: probability 6e-7.
    expect(Math.abs(colours[0] - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
  });

  test.prop([seeds], runs)('with two coins, each reappears when it is taken, with its colour', (seed) => {
    const game = coinGame({ coins: 'two', maxSteps: Number.POSITIVE_INFINITY });
    let before = planes(game.reset({ seed }).observations.agent_0);
    play(game, seed, 60, ({ observations, rewards }) => {
      const now = planes(observations.agent_0);
      expect(now.map((plane) => plane.length)).toEqual([1, 1, 1, 1]);
      const [[red], [blue]] = now;
      const [[redCoin], [blueCoin]] = before.slice(2);
      if (red !== redCoin && blue !== redCoin) expect(now[2]).toEqual([redCoin]);
      if (red !== blueCoin && blue !== blueCoin) expect(now[3]).toEqual([blueCoin]);
      const taken = (cell: number) => (cell === redCoin ? 1 : 0) + (cell === blueCoin ? 1 : 0);
      expect(rewards.agent_0).toBe(taken(red) - (blue === redCoin ? 2 : 0));
      expect(rewards.agent_1).toBe(taken(blue) - (red === blueCoin ? 2 : 0));
      before = now;
    });
  });

  test('ties: blue gets nothing when red comes first', () => {
    for (const [ties, expected] of [
      ['both', { agent_0: -1, agent_1: 1 }],
      ['red', { agent_0: 1, agent_1: 0 }],
    ] as const) {
      const game = coinGame({ ties });
      game.reset({ options: { state: [0, 2, 1, 1] } });
      expect(game.step({ agent_0: 0, agent_1: 1 }).rewards).toEqual(expected);
    }
  });

  test.prop([seeds], runs)('egocentric: player 2 sees what player 1 would in its place', (seed) => {
    const [plain, own] = [coinGame(), coinGame({ egocentric: true })];
    const swap = (seen: ArrayLike<number>) => {
      const values = Array.from(seen);
      return [9, 0, 27, 18].flatMap((start) => values.slice(start, start + 9));
    };
    const a = plain.reset({ seed }).observations;
    const b = own.reset({ seed }).observations;
    expect([...b.agent_0]).toEqual([...a.agent_0]);
    expect([...b.agent_1]).toEqual(swap(a.agent_0));
  });
});

describe('grid worlds', () => {
  test.prop([seeds, fc.constantFrom('head' as const, '2020' as const)], runs)(
    'Checkers: no two agents in a cell, food only becomes less, rewards are what was eaten',
    (seed, rules) => {
      const environment = checkers({ rules });
      const value = rules === 'head' ? 10 : 5;
      const counted = () => {
        const text = environment.render('text');
        return { R: text.split('R').length - 1, Y: text.split('Y').length - 1, text };
      };
      let before = { R: 9, Y: 9 };
      play(environment, seed, 150, ({ rewards, terminations }, _actions, first) => {
        const now = counted();
        if (first) before = { R: 9, Y: 9 };
        expect(now.text).toMatch(/1/);
        expect(now.text).toMatch(/2/);
        const [apples, lemons] = [before.R - now.R, before.Y - now.Y];
        expect(apples >= 0 && lemons >= 0 && apples + lemons <= 2).toBe(true);
        const eaten = Math.round(rewards.agent_0 + 0.01) / value + Math.round(rewards.agent_1 + 0.01);
        expect(eaten).toBe(apples - lemons);
        expect(terminations.agent_0).toBe(now.R === 0);
        before = now;
      });
    },
  );

  test.prop([seeds, fc.constantFrom(2 as const, 3 as const, 4 as const)], runs)(
    'Switch: every agent in a cell of its own, never in a wall, by at most one cell a step',
    (seed, agents) => {
      const environment = switchGame({ agents, maxSteps: Number.POSITIVE_INFINITY });
      const cells = () => Array.from((environment.getState() as { state: Float64Array }).state);
      const starts = [1, 5, 15, 19].slice(0, agents);
      let before = starts;
      play(environment, seed, 200, (_step, _actions, first) => {
        if (first) before = starts;
        const now = cells();
        expect(new Set(now).size).toBe(agents);
        expect(now.some((cell) => [2, 3, 4, 16, 17, 18].includes(cell))).toBe(false);
        for (const [i, cell] of now.entries()) {
          const rows = Math.abs(Math.floor(cell / 7) - Math.floor(before[i] / 7));
          expect(rows + Math.abs((cell % 7) - (before[i] % 7))).toBeLessThanOrEqual(1);
        }
        before = now;
      });
    },
  );
});

describe('matrix games', () => {
  test.prop([seeds], runs)('matching pennies are zero-sum', (seed) => {
    play(iteratedMatrixGame({ game: 'matchingPennies' }), seed, 50, ({ rewards }) => {
      expect(rewards.agent_0 + rewards.agent_1).toBe(0);
      expect(Math.abs(rewards.agent_0)).toBe(1);
    });
  });

  test.prop(
    [seeds, fc.constantFrom('coordination' as const, 'antiCoordination' as const, 'cyclic' as const)],
    {
      numRuns: 60,
    },
  )('random games are of their class, and pay what they show', (seed, kind) => {
    const environment = random2x2Game({ kind });
    const [a, b, c, d, e, g, f, h] = environment.reset({ seed }).observations.agent_0;
    const alike = [a > c, d > b, e > g, h > f];
    const expected = {
      coordination: [[true, true, true, true]],
      antiCoordination: [[false, false, false, false]],
      cyclic: [
        [true, true, false, false],
        [false, false, true, true],
      ],
    }[kind];
    expect(expected).toContainEqual(alike);
    const { rewards } = environment.step({ agent_0: 1, agent_1: 0 });
    expect(rewards).toEqual({ agent_0: c, agent_1: f });
  });

  test('cyclic games are of both kinds: n = 2000', () => {
    const environment = random2x2Game({ kind: 'cyclic' });
    environment.reset({ seed: 2 });
    let first = 0;
    for (let k = 0; k < 2000; k++) {
      const [a, , c] = environment.reset().observations.agent_0;
      if (a > c) first++;
    }
    // Five standard errors of 22.4: probability 6e-7.
    expect(Math.abs(first - 1000)).toBeLessThan(5 * Math.sqrt(500));
  });

  test('histories grow by a row a step', () => {
    const game = iteratedMatrixGame({ game: 'chicken', observation: 'history', maxSteps: 3 });
    game.reset();
    game.step({ agent_0: 0, agent_1: 1 });
    const { observations } = game.step({ agent_0: 1, agent_1: 1 });
    expect([...observations.agent_0]).toEqual([0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect([...observations.agent_1]).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });
});

describe('continuous control', () => {
  test.prop([seeds, fc.constantFrom('v0' as const, 'v1' as const)], runs)(
    'the pendulum stays on its circle and within its speed',
    (seed, version) => {
      play(pendulum({ version }), seed, 250, ({ observations, rewards }) => {
        const [cos, sin, speed] = observations.agent_0;
        expect(Math.abs(cos ** 2 + sin ** 2 - 1)).toBeLessThan(1e-12);
        expect(Math.abs(speed)).toBeLessThanOrEqual(8);
        expect(rewards.agent_0).toBeLessThanOrEqual(0);
        expect(rewards.agent_0).toBeGreaterThanOrEqual(-(Math.PI ** 2 + 6.4 + 0.004));
      });
    },
  );

  test.prop([seeds, fc.array(fc.double({ min: -1e300, max: 1e300, noNaN: true }), { maxLength: 50 })], runs)(
    'no finite action moves the car out of its valley',
    (seed, actions) => {
      const environment = mountainCarContinuous();
      environment.reset({ seed });
      for (const action of actions) {
        if (environment.agents.length === 0) break;
        const { observations } = environment.step({ agent_0: [action] });
        expect(environment.observationSpace('agent_0').contains(observations.agent_0)).toBe(true);
      }
    },
  );
});

describe('every environment', () => {
  const kernels = environments as unknown as Readonly<Record<string, () => KernelEnvironment>>;
  // Pictures are compared by `checkEnv` in conformance.test.ts, which does the same faster.
  const names = Object.keys(kernels).filter((name) => kernels[name]().kernel.observation.size < 1000);

  test.prop([fc.constantFrom(...names), seeds, fc.integer({ min: 1, max: 40 })], {
    numRuns: 60,
  })('follows from its seed, and from a saved state', (name, seed, before) => {
    const [first, second] = [kernels[name](), kernels[name]()];
    const record = (environment: KernelEnvironment, steps: number, from: number) => {
      const stream = random(from);
      return Array.from({ length: steps }, () => {
        if (environment.agents.length === 0) return environment.reset();
        const chosen = environment.agents.map((agent) => [
          agent,
          environment.actionSpace(agent).sample(stream),
        ]);
        return environment.step(Object.fromEntries(chosen));
      });
    };
    expect(first.reset({ seed })).toEqual(second.reset({ seed }));
    expect(record(first, before, 1)).toEqual(record(second, before, 1));
    const saved = first.getState();
    const ahead = record(first, 30, 2);
    first.setState(saved);
    expect(record(first, 30, 2)).toEqual(ahead);
    second.setState(structuredClone(saved));
    expect(record(second, 30, 2)).toEqual(ahead);
  });

  test.prop([fc.constantFrom(...names), seeds, fc.integer({ min: 1, max: 6 })], {
    numRuns: 60,
  })('does in a batch what it does alone, also from a saved batch', (name, seed, size) => {
    const batch = vectorise(environments[name](), size);
    const singles = Array.from({ length: size }, () => kernels[name]());
    batch.reset({ seed });
    singles.forEach((single, b) => {
      single.reset({ seed: seed + b });
    });
    const { agents } = batch;
    const stream = random(seed);
    const act = () =>
      Array.from({ length: size }, () =>
        agents.map((_, i) => {
          const action = batch.actionSpaces[i].sample(stream);
          return typeof action === 'number' ? [action] : Array.from(action);
        }),
      );
    for (let t = 0; t < 25; t++) {
      const chosen = act();
      batch.step(chosen.flat(2));
      singles.forEach((single, b) => {
        const live = single.agents;
        const { rewards } = single.step(
          Object.fromEntries(
            live.map((agent) => {
              const action = chosen[b][agents.indexOf(agent)];
              return [agent, batch.actionSpaces[0].kind === 'discrete' ? action[0] : action];
            }),
          ),
        );
        for (const agent of live) {
          expect(batch.rewards[b * agents.length + agents.indexOf(agent)]).toBe(rewards[agent]);
        }
        expect(batch.finished[b]).toBe(single.agents.length === 0 ? 1 : 0);
        if (single.agents.length === 0) single.reset();
      });
    }
    const saved = structuredClone(batch.getState());
    const actions = Array.from({ length: 10 }, () => act().flat(2));
    const after = () =>
      actions.map((a) => {
        batch.step(a);
        return [[...batch.rewards], [...batch.observations]];
      });
    const once = after();
    batch.setState(saved);
    expect(after()).toEqual(once);
  });
});
