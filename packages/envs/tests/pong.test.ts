/** Pong's rules, its screen, and what is made of screens. */
import {
  box,
  checkEnv,
  coinGame,
  discrete,
  frameStack,
  fromKernel,
  grayResize,
  type Kernel,
  type ObservationArray,
  type ParallelEnvironment,
  pong,
  skipFrames,
} from '@descant/envs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { messageOf } from './support/errors.ts';

const NOTHING = { agent_0: 0, agent_1: 0 };
const [NOBODY, UP, DOWN] = [-1, 2, 3];

interface Start {
  paddles?: readonly [number, number];
  points?: readonly [number, number];
  ball?: readonly [x: number, y: number, speedX: number, speedY: number];
  server?: number;
  waited?: number;
  hits?: number;
}

/** A game from a given state. */
function from({ paddles, points, ball, server = NOBODY, waited = 0, hits = 0 }: Start) {
  const game = pong();
  const state = [...(paddles ?? [106, 106]), ...(points ?? [0, 0]), ...(ball ?? [79, 112, 0, 0])];
  game.reset({ options: { state: [...state, server, waited, hits] } });
  return game;
}

const stateOf = (game: ReturnType<typeof pong>) => game.render('text');
const pixel = (seen: ArrayLike<number>, x: number, y: number) =>
  [0, 1, 2].map((c) => seen[3 * (160 * y + x) + c]);
const WHITE = [236, 236, 236];
const ORANGE = [213, 130, 74];
const GREEN = [92, 186, 92];
const GROUND = [144, 72, 17];

describe('rules', () => {
  test('paddles move by 4 pixels and stay on the court', () => {
    const game = from({ paddles: [36, 176], server: 0 });
    game.step({ agent_0: UP, agent_1: DOWN });
    expect(stateOf(game)).toContain('paddles at 34 and 178');
    game.step({ agent_0: 5, agent_1: 4 });
    expect(stateOf(game)).toContain('paddles at 38 and 174');
  });

  test('only the server serves, away from itself', () => {
    const game = from({ server: 1 });
    game.step({ agent_0: 1, agent_1: 0 });
    expect(stateOf(game)).toContain('agent_1 serves');
    game.step({ agent_0: 0, agent_1: 4 });
    expect(stateOf(game)).toContain('ball at (79, 112)');
    game.step(NOTHING);
    expect(stateOf(game)).toContain('ball at (77, ');
  });

  test('a server who waits loses a reward after every 120 frames', () => {
    const game = from({ server: 0 });
    const rewards = Array.from({ length: 241 }, () => game.step(NOTHING).rewards);
    const fined = rewards.flatMap(({ agent_0 }, t) => (agent_0 === -1 ? [t + 1] : []));
    expect(fined).toEqual([120, 240]);
    expect(rewards.every(({ agent_1 }) => agent_1 === 0)).toBe(true);
  });

  test('a paddle sends the ball back the steeper the further out it is hit', () => {
    // The middle of the ball against the middle of the paddle: 0, 8 below, 9.99 below is the last that touches.
    for (const [y, speedY] of [
      [112, 0],
      [120, 2],
      [121, 3],
      [103, -3],
    ]) {
      const game = from({ paddles: [106, 106], ball: [21, y, -2, 0] });
      game.step(NOTHING);
      expect(stateOf(game)).toContain(`ball at (21, ${y})`);
      game.step(NOTHING);
      expect(stateOf(game)).toContain(`ball at (23, ${y + speedY})`);
    }
    const missed = from({ paddles: [106, 106], ball: [21, 122, -2, 0] });
    missed.step(NOTHING);
    expect(stateOf(missed)).toContain('ball at (19, 122)');
  });

  test('the ball becomes faster in a rally', () => {
    for (const [hits, speed] of [
      [2, 2],
      [3, 3],
      [10, 3],
      [11, 4],
    ]) {
      const game = from({ ball: [137, 112, 2, 0], hits });
      game.step(NOTHING);
      game.step(NOTHING);
      expect(stateOf(game)).toContain(`ball at (${137 - speed}, `);
    }
  });

  test('walls send the ball back', () => {
    const game = from({ ball: [79, 35, 2, -2] });
    game.step(NOTHING);
    expect(stateOf(game)).toContain('ball at (81, 35)');
    game.step(NOTHING);
    expect(stateOf(game)).toContain('ball at (83, 37)');
  });

  test('a ball that passes gives a point, the loser serves, and 21 points end the game', () => {
    const game = from({ points: [20, 20], ball: [1, 150, -2, 0] });
    expect(game.step(NOTHING).rewards).toEqual({ agent_0: 0, agent_1: 0 });
    const { rewards, terminations } = game.step(NOTHING);
    expect(rewards).toEqual({ agent_0: -1, agent_1: 1 });
    expect(terminations).toEqual({ agent_0: true, agent_1: true });
    expect(stateOf(game)).toContain('20 : 21');
    const next = from({ ball: [159, 150, 2, 0] });
    expect(next.step(NOTHING).rewards).toEqual({ agent_0: 1, agent_1: -1 });
    expect(stateOf(next)).toContain('agent_1 serves');
  });

  test.prop([fc.nat(), fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 200, maxLength: 400 })], {
    numRuns: 15,
  })(
    'in play rewards sum to zero, only servers are fined, and the ball stays on the court',
    (seed, actions) => {
      const game = pong();
      game.reset({ seed });
      for (const [agent_0, agent_1] of actions) {
        const waiting = /agent_(\d) serves/.exec(stateOf(game));
        const { rewards } = game.step({ agent_0, agent_1 });
        if (waiting) expect(rewards[`agent_${1 - Number(waiting[1])}`]).toBe(0);
        else expect(rewards.agent_0 + rewards.agent_1).toBe(0);
        const ball = /ball at \((-?\d+), (\d+)\)/.exec(stateOf(game));
        if (ball) expect(Number(ball[2]) >= 34 && Number(ball[2]) <= 190).toBe(true);
      }
    },
  );

  test('players who follow the ball play long rallies', () => {
    const game = from({ ball: [79, 112, 2, 1] });
    const follow = (text: string) => {
      const [, left, right] = /paddles at (\d+) and (\d+)/.exec(text)!.map(Number);
      const ball = /ball at \((-?\d+), (\d+)\)/.exec(text);
      const towards = (y: number) => (ball && Number(ball[2]) - 6 > y ? DOWN : UP);
      return { agent_0: towards(left), agent_1: towards(right) };
    };
    for (let t = 0; t < 2000; t++) game.step(follow(stateOf(game)));
    expect(stateOf(game)).toContain('0 : 0');
  });
});

describe('screen', () => {
  test('both see the paddles and the ball where they are, and pictures show the same', () => {
    const game = from({ paddles: [40, 150], ball: [80, 100, 2, 1] });
    const { agent_0, agent_1 } = game.step(NOTHING).observations;
    expect(agent_0).toHaveLength(210 * 160 * 3);
    expect(pixel(agent_0, 16, 40)).toEqual(ORANGE);
    expect(pixel(agent_0, 19, 55)).toEqual(ORANGE);
    expect(pixel(agent_0, 19, 56)).toEqual(GROUND);
    expect(pixel(agent_0, 140, 165)).toEqual(GREEN);
    expect(pixel(agent_0, 82, 101)).toEqual(WHITE);
    expect(pixel(agent_0, 83, 104)).toEqual(WHITE);
    expect(pixel(agent_0, 84, 104)).toEqual(GROUND);
    expect(pixel(agent_0, 0, 33)).toEqual(WHITE);
    expect(agent_1).toEqual(agent_0);
    expect(game.render('rgb').data).toEqual(agent_0);
  });

  test('every pair of points has a screen of its own', () => {
    const screens = new Set<string>();
    for (const points of [
      [0, 0],
      [1, 0],
      [0, 1],
      [10, 3],
      [20, 13],
      [20, 20],
    ] as const) {
      screens.add(
        String(
          from({ points, server: 0 })
            .render('rgb')
            .data.slice(0, 3 * 160 * 24),
        ),
      );
    }
    expect(screens.size).toBe(6);
  });
});

/** Shows the number of steps in one byte and a half of it in another; ends after some. */
const clock = (changes: Partial<Kernel> = {}) =>
  fromKernel({
    name: 'clock',
    agents: ['agent_0'],
    observation: box({ shape: [2], dtype: 'uint8', low: 0, high: 255 }),
    actions: [discrete(2)],
    maxSteps: 10,
    stateSize: 1,
    reset: (state, at) => {
      state[at] = 0;
    },
    step: (state, at, _actions, _actionsAt, _random, rewards, _terminated, agentsAt) => {
      rewards[agentsAt] = ++state[at];
    },
    observe: (state, at, _time, out, outAt) => {
      out[outAt] = state[at];
      out[outAt + 1] = 255 - state[at];
    },
    text: (state, at) => String(state[at]),
    draw: () => ({ width: 1, height: 1, background: '#000000', shapes: [] }),
    ...changes,
  });

describe('skipFrames', () => {
  test('adds rewards, takes the brighter of the last two, and ends early', () => {
    const skipped = skipFrames(clock(), 4);
    expect(skipped.maxSteps).toBe(3);
    skipped.reset();
    expect(skipped.step({ agent_0: 0 })).toMatchObject({
      rewards: { agent_0: 10 },
      observations: { agent_0: Uint8Array.of(4, 252) },
    });
    expect(skipped.step({ agent_0: 0 }).rewards).toEqual({ agent_0: 26 });
    expect(skipped.step({ agent_0: 0 })).toMatchObject({
      rewards: { agent_0: 19 },
      observations: { agent_0: Uint8Array.of(10, 246) },
      truncations: { agent_0: true },
    });
    expect(skipped.agents).toEqual([]);
  });

  test('of 1 changes nothing', () => {
    const [plain, skipped] = [clock(), skipFrames(clock(), 1)];
    plain.reset();
    skipped.reset();
    for (let t = 0; t < 10; t++) expect(skipped.step({ agent_0: 1 })).toEqual(plain.step({ agent_0: 1 }));
  });
});

describe('grayResize', () => {
  /** One still picture. */
  const still = (height: number, width: number, data: ArrayLike<number>) =>
    clock({
      observation: box({ shape: [height, width, 3], dtype: 'uint8', low: 0, high: 255 }),
      observe: (_state, _at, _time, out, outAt) => out.set(Array.from(data), outAt),
    }) as ParallelEnvironment<ObservationArray, number>;
  const gray = (value: number) => [value, value, value];

  test('weighs colours, and areas by what they cover', () => {
    const colours = still(1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255]);
    expect(Array.from(grayResize(colours, 3).reset().observations.agent_0.subarray(0, 3))).toEqual([
      76, 150, 29,
    ]);
    // Three pixels on two: each takes one whole and half of the middle one.
    const three = still(1, 3, [...gray(0), ...gray(90), ...gray(240)]);
    const [left, right] = grayResize(three, 2).reset().observations.agent_0;
    expect([left, right]).toEqual([30, 190]);
  });

  test.prop([
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 12 }),
    fc.nat(255),
  ])('an even picture stays as it is', (height, width, size, value) => {
    const even = still(height, width, new Array(3 * height * width).fill(value));
    const { agent_0 } = grayResize(even, size).reset().observations;
    expect(agent_0.every((x) => x === value)).toBe(true);
  });
});

test('together they make the usual four small pictures', () => {
  const game = frameStack(grayResize(skipFrames(pong({ maxSteps: 50 }), 4), 84), 4);
  expect(game.observationSpace('agent_0').describe()).toBe('Box([4, 84, 84], uint8, low 0, high 255)');
  expect(checkEnv(game, { steps: 20 })).toEqual([]);
});

test('errors', () => {
  expect(messageOf(() => pong({ frames: 3 } as never))).toBe(
    'pong: options must be among maxSteps; got frames',
  );
  expect(messageOf(() => skipFrames(pong(), 0))).toBe(
    'skipFrames: count must be a whole number of at least 1; got 0',
  );
  expect(messageOf(() => grayResize(coinGame(), 84))).toBe(
    'grayResize: environment must show agent_0 pictures of bytes [height, width, 3]; got Box([4, 3, 3], float32, low 0, high 1)',
  );
});
