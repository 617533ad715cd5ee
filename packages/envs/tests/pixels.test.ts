/** Kernels that make pixels and take several numbers as an action; pictures of all environments; saved batches. */
import {
  box,
  checkEnv,
  coinGame,
  encodePng,
  fromKernel,
  type Kernel,
  type KernelEnvironment,
  multiDiscrete,
  random,
  timeLimit,
  vectorise,
} from '@descant/envs';
import { fc, test } from '@fast-check/vitest';
import { decode } from 'fast-png';
import { describe, expect } from 'vitest';
import { rasterize } from '../src/render/rasterize.ts';
import { type Scene, stroke } from '../src/render/scene.ts';
import { environments } from './support/environments.ts';
import { messageOf } from './support/errors.ts';

const SIDE = 4;

/** Each agent paints the pixel (row, column) that it names white; all see the picture. */
const painting: Kernel = {
  name: 'painting',
  agents: ['agent_0', 'agent_1'],
  observation: box({ shape: [SIDE, SIDE, 3], dtype: 'uint8' }),
  actions: [multiDiscrete([SIDE, SIDE]), multiDiscrete([SIDE, SIDE])],
  maxSteps: 6,
  stateSize: SIDE * SIDE,
  reset(state, at, stream) {
    for (let k = 0; k < SIDE * SIDE; k++) state[at + k] = stream.below(128);
  },
  step(state, at, actions, actionsAt, _random, rewards, _terminated, agentsAt) {
    for (const i of [0, 1]) {
      const cell = actions[actionsAt + 2 * i] * SIDE + actions[actionsAt + 2 * i + 1];
      rewards[agentsAt + i] = state[at + cell] === 255 ? 0 : 1;
      state[at + cell] = 255;
    }
  },
  observe(state, at, _time, out, outAt) {
    for (let k = 0; k < 2 * SIDE * SIDE * 3; k++)
      out[outAt + k] = state[at + (Math.floor(k / 3) % (SIDE * SIDE))];
  },
  text: (state, at) =>
    Array.from(state.subarray(at, at + SIDE * SIDE), (v) => (v === 255 ? '#' : '.')).join(''),
  draw: (state, at) => ({
    width: SIDE,
    height: SIDE,
    data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, k) => state[at + Math.floor(k / 3)]),
  }),
};

describe('a kernel that makes pixels', () => {
  test('passes its checks', () => {
    expect(checkEnv(fromKernel(painting))).toEqual([]);
  });

  test('its SVG holds its PNG', () => {
    const environment = fromKernel(painting);
    environment.reset({ seed: 3 });
    const { rewards } = environment.step({ agent_0: [0, 1], agent_1: Int32Array.of(3, 3) });
    expect(rewards).toEqual({ agent_0: 1, agent_1: 1 });
    expect(environment.render('text')).toBe('.#.............#');
    const frame = environment.render('rgb');
    const [, base64] = /href="data:image\/png;base64,([^"]+)"/.exec(environment.render('svg'))!;
    expect([...decode(Buffer.from(base64, 'base64')).data]).toEqual([...frame.data]);
  });

  test('illegal actions of several numbers', () => {
    const environment = fromKernel(painting);
    environment.reset();
    const step = (action: number[]) =>
      messageOf(() => environment.step({ agent_0: action, agent_1: [0, 0] }));
    const expected = 'painting.step: the action of agent_0 must be in MultiDiscrete(4, 4); got ';
    expect(step([0, 4])).toBe(`${expected}[0,4]`);
    expect(step([0])).toBe(`${expected}[0]`);
    expect(step([0, 0.5])).toBe(`${expected}[0,0.5]`);
    const batch = vectorise(environment, 2);
    batch.reset();
    expect(messageOf(() => batch.step([0, 0, 0, 0, 0, 9, 0, 0]))).toBe(`${expected}[0,9]`);
    expect(messageOf(() => batch.step([0, 0]))).toBe(
      'painting.step: actions must be 8 numbers, [2, 2, 2]; got 2',
    );
  });
});

describe('pictures', () => {
  test.each(Object.entries(environments))('%s: all modes, in mid-episode', (_name, make) => {
    const environment = make() as unknown as KernelEnvironment;
    const stream = random(1);
    environment.reset();
    const chosen = environment.agents.map((agent) => [agent, environment.actionSpace(agent).sample(stream)]);
    environment.step(Object.fromEntries(chosen));
    const { width, height, data } = environment.render('rgb');
    expect(data.length).toBe(width * height * 3);
    expect(new Set(data).size).toBeGreaterThan(1);
    expect(environment.render('svg')).toMatch(
      new RegExp(`^<svg xmlns="[^"]+" width="${width}" height="${height}"`),
    );
    expect(environment.render('text').length).toBeGreaterThan(0);
    const png = decode(encodePng({ width, height, data }));
    expect([png.width, png.height]).toEqual([width, height]);
  });

  const shade = fc.constantFrom('#ffffff' as const, '#000000' as const, '#336699' as const);
  test.prop([
    fc.integer({ min: 0, max: 8 }),
    fc.integer({ min: 0, max: 8 }),
    fc.integer({ min: 0, max: 8 }),
    fc.integer({ min: 0, max: 8 }),
    shade,
    shade,
  ])('a rectangle of whole pixels covers exactly these', (x, y, width, height, background, fill) => {
    const scene: Scene = {
      width: 10,
      height: 10,
      background,
      shapes: [{ kind: 'rectangle', x, y, width, height, fill }],
    };
    const { data } = rasterize(scene);
    const red = (color: string) => Number.parseInt(color.slice(1, 3), 16);
    for (let k = 0; k < 100; k++) {
      const [column, row] = [k % 10, Math.floor(k / 10)];
      const inside = column >= x && column < x + width && row >= y && row < y + height;
      expect(data[3 * k]).toBe(red(inside ? fill : background));
    }
  });

  test('circles and strokes have the area that they should', () => {
    const ink = (shapes: Scene['shapes']) => {
      const { data } = rasterize({ width: 100, height: 100, background: '#000000', shapes });
      return data.reduce((sum, value) => sum + value, 0) / (3 * 255);
    };
    expect(
      ink([{ kind: 'circle', x: 50, y: 50, radius: 30, fill: '#ffffff' }]) / (Math.PI * 900),
    ).toBeCloseTo(1, 2);
    expect(ink([stroke([20, 20], [80, 60], 8, '#ffffff')]) / (8 * Math.hypot(60, 40))).toBeCloseTo(1, 1);
    // Outside of the picture nothing is drawn, and nothing fails.
    expect(ink([{ kind: 'circle', x: -50, y: 50, radius: 30, fill: '#ffffff' }])).toBe(0);
  });
});

describe('a batch of clones', () => {
  test.prop([fc.nat(), fc.integer({ min: 0, max: 12 })])('goes on from a saved state', (seed, before) => {
    const batch = vectorise(timeLimit(coinGame(), 5), 3);
    batch.reset({ seed });
    const stream = random(seed);
    const act = () => Array.from({ length: 6 }, () => stream.below(4));
    for (let t = 0; t < before; t++) batch.step(act());
    const saved = structuredClone(batch.getState());
    const actions = Array.from({ length: 12 }, act);
    const after = () =>
      actions.map((chosen) => {
        batch.step(chosen);
        return [batch.rewards, batch.truncations, batch.finished, batch.observations].map((a) => [...a]);
      });
    const once = after();
    batch.setState(saved);
    expect(after()).toEqual(once);
  });

  test('mistakes', () => {
    const batch = vectorise(timeLimit(coinGame(), 5), 3);
    expect(messageOf(() => batch.step([0]))).toBe(
      'coin-game.step: the episodes must have begun (call reset); got none',
    );
    batch.reset();
    expect(messageOf(() => batch.step([0]))).toBe('coin-game.step: actions must be 6 numbers, [3, 2]; got 1');
    expect(messageOf(() => batch.setState({ instances: [] }))).toBe(
      'coin-game.setState: state must be one that getState of 3 instances returned; got {"instances":[]}',
    );
    batch.close();
  });
});
