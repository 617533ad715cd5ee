import {
  agentIndicator,
  checkEnv,
  checkers,
  coinGame,
  discrete,
  encodeGif,
  encodePng,
  frameStack,
  iteratedMatrixGame,
  mountainCarContinuous,
  type ParallelEnvironment,
  pendulum,
  random,
  recordFrames,
  recordStatistics,
  selfPlayView,
  singleAgentView,
  switchGame,
  timeLimit,
  toParallel,
  toTurnBased,
  transformObservation,
  transformReward,
} from '@descant/envs';
import { fc, test } from '@fast-check/vitest';
import { decode } from 'fast-png';
import { decodeFrames } from 'modern-gif';
import { describe, expect } from 'vitest';
import { messageOf } from './support/errors.ts';

type Game = ParallelEnvironment;

const games: Readonly<Record<string, () => Game>> = {
  'coin game': () => coinGame() as Game,
  switch2: () => switchGame({ agents: 2, maxSteps: 12 }) as Game,
};

const wrappers: Readonly<Record<string, (game: Game) => Game>> = {
  timeLimit: (game) => timeLimit(game, 9),
  'a longer timeLimit': (game) => timeLimit(game, 500),
  transformReward: (game) => transformReward(game, (reward) => reward / 2),
  transformObservation: (game) =>
    transformObservation(game, {
      observe: (seen) => ((seen as ArrayLike<number>)[0] > 0 ? 1 : 0),
      space: () => discrete(2),
    }) as Game,
  agentIndicator: (game) => agentIndicator(game) as Game,
  frameStack: (game) => frameStack(game, 3) as Game,
  recordStatistics: (game) => recordStatistics(game),
  recordFrames: (game) => recordFrames(game, { limit: 2 }),
  'all together': (game) => recordStatistics(frameStack(agentIndicator(timeLimit(game, 7)), 2)) as Game,
};

describe('wrapped environments pass their checks', () => {
  const cases = Object.entries(games).flatMap(([game, make]) =>
    Object.entries(wrappers).map(([name, wrap]) => [`${name} of ${game}`, wrap, make] as const),
  );
  test.each(cases)('%s', (_name, wrap, make) => {
    expect(checkEnv(wrap(make()), { steps: 30 })).toEqual([]);
  });
});

describe('what wrappers do', () => {
  test('timeLimit truncates who is not terminated, and only then', () => {
    const environment = timeLimit(switchGame({ agents: 2 }), 1);
    environment.reset({ options: { state: [5, 5 + 14] } });
    const step = environment.step({ agent_0: 3, agent_1: 4 });
    expect(step.terminations).toEqual({ agent_0: true, agent_1: false });
    expect(step.truncations).toEqual({ agent_0: false, agent_1: true });
    expect(environment.agents).toEqual([]);
    expect(messageOf(() => environment.step({ agent_1: 4 }))).toBe(
      'switch2.step: the episode must be running (call reset); got one that is over',
    );
    expect(messageOf(() => timeLimit(coinGame(), 1.5))).toBe(
      'timeLimit: steps must be a whole number of at least 1; got 1.5',
    );
  });

  test.prop([fc.integer({ min: 1, max: 5 }), fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 12 })])(
    'frameStack shows the last observations, the newest last',
    (count, moves) => {
      const plain = checkers();
      const stacked = frameStack(checkers(), count);
      const seen = [plain.reset().observations.agent_0];
      let last = stacked.reset().observations.agent_0;
      for (const [a, b] of moves) {
        seen.push(plain.step({ agent_0: a, agent_1: b }).observations.agent_0);
        last = stacked.step({ agent_0: a, agent_1: b }).observations.agent_0;
      }
      const expected = Array.from({ length: count }, (_, k) => seen[Math.max(0, seen.length - count + k)]);
      expect([...last]).toEqual(expected.flatMap((o) => [...o]));
    },
  );

  test('agentIndicator needs boxes of floating-point numbers', () => {
    const numbers = transformObservation(coinGame() as Game, {
      observe: () => 1,
      space: () => discrete(2),
    }) as Game;
    expect(messageOf(() => agentIndicator(numbers))).toBe(
      'agentIndicator: environment must have boxes of float32 or float64 as observations; got Discrete(2)',
    );
    expect(messageOf(() => frameStack(numbers, 2))).toBe(
      'frameStack: environment must have boxes as observations; got Discrete(2)',
    );
  });

  test('recordStatistics sums what was rewarded', () => {
    const environment = recordStatistics(checkers({ maxSteps: 20 }));
    environment.reset();
    const stream = random(2);
    const sums = { agent_0: 0, agent_1: 0 };
    let step = environment.step({ agent_0: 4, agent_1: 4 });
    for (;;) {
      sums.agent_0 += step.rewards.agent_0;
      sums.agent_1 += step.rewards.agent_1;
      if (environment.agents.length === 0) break;
      expect(step.infos.agent_0).toEqual({});
      step = environment.step({ agent_0: stream.below(5), agent_1: stream.below(5) });
    }
    expect(step.infos).toEqual({
      agent_0: { episode: { return: sums.agent_0, length: 20 } },
      agent_1: { episode: { return: sums.agent_1, length: 20 } },
    });
  });

  test('recordFrames keeps the first, every n-th and the last picture', async () => {
    const environment = recordFrames(checkers({ maxSteps: 5 }), { every: 2 });
    environment.reset();
    while (environment.agents.length > 0) environment.step({ agent_0: 1, agent_1: 1 });
    expect(environment.frames.length).toBe(4);
    const [first, last] = [environment.frames[0], environment.frames[3]];
    const png = decode(encodePng(last));
    expect([png.width, png.height, png.channels]).toEqual([320, 120, 3]);
    expect([...png.data]).toEqual([...last.data]);
    expect([...first.data]).not.toEqual([...last.data]);
    const gif = await decodeFrames(
      (await encodeGif(environment.frames, { delay: 50 })).buffer as ArrayBuffer,
    );
    expect(gif.map((frame) => [frame.width, frame.height, frame.delay])).toEqual(
      Array.from({ length: 4 }, () => [320, 120, 50]),
    );
    expect(messageOf(() => recordFrames(checkers(), { every: 0 }))).toBe(
      'recordFrames: every must be a whole number of at least 1; got 0',
    );
    await expect(encodeGif([])).rejects.toThrow('encodeGif: frames must hold at least one frame; got none');
    await expect(encodeGif([first, { width: 1, height: 1, data: new Uint8Array(3) }])).rejects.toThrow(
      'encodeGif: frames must have one size, that of the first, 320 x 120; got 1 x 1',
    );
    await expect(encodeGif([first], { delay: 0 })).rejects.toThrow(
      'encodeGif: delay must be a positive number of milliseconds; got 0',
    );
  });
});

describe('turns', () => {
  test.prop([fc.nat(), fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 30 })])(
    'playing in turns and back is the game itself',
    (seed, moves) => {
      const [plain, there] = [switchGame({ agents: 2 }), toParallel(toTurnBased(switchGame({ agents: 2 })))];
      expect(there.reset({ seed })).toEqual(plain.reset({ seed }));
      for (const pair of moves) {
        const actions = Object.fromEntries(plain.agents.map((agent) => [agent, pair[Number(agent.at(-1))]]));
        if (plain.agents.length === 0) break;
        expect(there.step(actions)).toEqual(plain.step(actions));
        expect(there.agents).toEqual(plain.agents);
      }
    },
  );

  test('an agent that is done must be removed, and only it', () => {
    const game = toTurnBased(switchGame({ agents: 2 }));
    game.reset({ options: { state: [5, 19] } });
    game.step(3);
    game.step(4);
    expect(game.agentSelection).toBe('agent_0');
    expect(game.last()).toMatchObject({ reward: 5, termination: true });
    expect(messageOf(() => game.step(1))).toBe(
      'switch2.step: action must be null, because agent_0 is done; got 1',
    );
    game.step(null);
    expect(game.agents).toEqual(['agent_1']);
    expect(messageOf(() => game.step(null))).toBe(
      'switch2.step: action must be an action of agent_1; got null',
    );
    expect(messageOf(() => game.observe('agent_0'))).toBe(
      'switch2.observe: agent must be one of agent_1; got agent_0',
    );
  });

  test('agents out of their order are noticed', () => {
    const game = toTurnBased(coinGame() as Game);
    const odd = new Proxy(game, {
      get: (target, name) => {
        if (name === 'agentSelection') return target.agentSelection === 'agent_0' ? 'agent_1' : 'agent_0';
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const environment = toParallel(odd);
    environment.reset();
    expect(messageOf(() => environment.step({ agent_0: 0, agent_1: 0 }))).toBe(
      'toParallel: environment must have agent_0 act next, as all do in the order of `agents`, once a round; got agent_1',
    );
  });
});

describe('views of one agent', () => {
  test('the others play by their policies, the same for the same seed', () => {
    const play = (seed: number) => {
      const view = singleAgentView(coinGame(), {
        agent: 'agent_1',
        others: (_seen, stream) => stream.below(4),
      });
      const rewards: number[] = [];
      view.reset({ seed });
      for (let t = 0; t < 100; t++) {
        const { reward, truncated } = view.step(t % 4);
        rewards.push(reward);
        if (truncated) view.reset();
      }
      return rewards;
    };
    expect(play(4)).toEqual(play(4));
    expect(play(4)).not.toEqual(play(5));
  });

  test.prop([fc.nat(), fc.nat(20)])(
    'a state is restored with the random numbers of the others',
    (seed, before) => {
      const view = selfPlayView(coinGame({ egocentric: true }), (_seen, stream) => stream.below(4));
      view.reset({ seed });
      const on = (game: typeof view, steps: number) =>
        Array.from({ length: steps }, (_, t) => {
          const step = game.step(t % 4);
          if (step.truncated) game.reset();
          return [step.reward, game.agent];
        });
      on(view, before);
      const saved = structuredClone(view.getState());
      const first = on(view, 60);
      view.setState(saved);
      expect(on(view, 60)).toEqual(first);
      const clone = view.clone() as typeof view;
      clone.setState(saved);
      expect(on(clone, 60)).toEqual(first);
    },
  );

  test('the seats change from episode to episode, and opponents can be exchanged', () => {
    const game = selfPlayView(iteratedMatrixGame({ maxSteps: 1 }), () => 0);
    game.reset();
    expect(game.agent).toBe('agent_0');
    expect(game.step(1).reward).toBe(0);
    game.setOpponent(() => 1);
    game.reset();
    expect(game.agent).toBe('agent_1');
    expect(game.step(1).reward).toBe(-2);
    game.reset();
    expect(game.agent).toBe('agent_0');
  });

  test('an environment of one agent needs no others', () => {
    const car = singleAgentView(mountainCarContinuous());
    car.reset({ options: { state: [0.44, 0.05] } });
    expect(car.step([1])).toMatchObject({ reward: 99.9, terminated: true, truncated: false });
    expect(messageOf(() => car.step([1]))).toBe(
      'mountain-car-continuous.step: the episode must be running (call reset); got one that is over',
    );
    expect(car.observationSpace.contains(car.reset().observation)).toBe(true);
  });

  test('wrong seats and spaces are errors', () => {
    expect(messageOf(() => singleAgentView(coinGame()))).toBe(
      'singleAgentView: others must have policies of all others; got none of agent_1',
    );
    expect(messageOf(() => singleAgentView(pendulum(), { agent: 'me' }))).toBe(
      'singleAgentView: agent must be one of agent_0; got me',
    );
    const uneven = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [
        [6, 5, 4],
        [3, 2, 1],
      ],
    ];
    expect(messageOf(() => selfPlayView(iteratedMatrixGame({ game: uneven }), () => 0))).toBe(
      'selfPlayView: environment must have the same actionSpace for all agents; got Discrete(2), Discrete(3)',
    );
  });
});
