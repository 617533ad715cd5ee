/** The platformer's levels and movement, number by number, and what cannot happen in it. */
import { readFileSync } from 'node:fs';
import { platformer, random } from '@descant/envs';
import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  generateLevel,
  isCrate,
  isLava,
  isWall,
  type Level,
  SIZE,
} from '../src/environments/platformer/level.ts';
import { walkerSpeed } from '../src/environments/platformer/physics.ts';
import { messageOf } from './support/errors.ts';

interface Reference {
  readonly seed: number;
  readonly high: number;
  readonly dif: number;
  readonly coin: readonly [number, number];
  readonly rows_bottom_up_x0_to_coinx_plus1: readonly string[];
  readonly monsters: readonly (readonly [x: number, y: number, flies: number, walks: number])[];
  /** Some steps: [t, action, x, y, vx, vy, spring, support, reward, terminated] */
  readonly trace: readonly (readonly number[])[];
}

const { levels }: { levels: readonly Reference[] } = JSON.parse(
  readFileSync(new URL('vectors/platformer.json', import.meta.url), 'utf8'),
);

const stateOf = (game: ReturnType<typeof platformer>) => (game.getState() as { state: Float64Array }).state;
/** The actions of the reference: a linear congruential generator that prefers to run and jump to the right. */
function* lcgActions(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    const number = (x >>> 16) % 10;
    yield number === 9 ? 1 : Math.min(number, 7) === 7 ? 4 : number;
  }
}

const rowOf = (level: Level, y: number) => level.cells.slice(SIZE * y, SIZE * y + level.coin[0] + 2).join('');

describe.each(levels)('level $seed of CoinRun', (reference) => {
  const level = generateLevel(reference.seed, reference.high === 1);

  test('has the same cells, coin and monsters', () => {
    const rows = reference.rows_bottom_up_x0_to_coinx_plus1;
    expect(rows.map((_, y) => rowOf(level, y))).toEqual(rows);
    expect([level.difficulty, level.coin]).toEqual([reference.dif, reference.coin]);
    expect(level.monsters.map(({ x, y, walks }) => [x, y, 0, Number(walks)])).toEqual(reference.monsters);
  });

  test('is played as there', () => {
    const game = platformer({ difficulty: reference.high === 1 ? 'high' : 'random' });
    game.reset({ options: { level: reference.seed } });
    const rows = new Map(reference.trace.map((row) => [row[0], row]));
    const actions = lcgActions(reference.seed + 100 * reference.high + 7);
    for (let t = 0; rows.size > 0; t++) {
      const action = actions.next().value!;
      const step = game.step({ agent_0: action });
      const row = rows.get(t);
      if (!row) continue;
      rows.delete(t);
      const [, , x, y, vx, vy, spring, support, reward, over] = row;
      expect([t, action]).toEqual([t, row[1]]);
      const found = Array.from(stateOf(game).subarray(1, 7));
      // The reference has nine digits.
      const expected = [x, y, vx, vy, spring, support];
      const worst = Math.max(...expected.map((e, i) => Math.abs(e - found[i]) / Math.max(1, Math.abs(e))));
      expect([t, worst < 1e-8 ? expected : found]).toEqual([t, expected]);
      expect([t, step.rewards.agent_0, step.terminations.agent_0]).toEqual([t, reward, over === 1]);
    }
  });
});

describe('levels', () => {
  test.prop([fc.nat(2 ** 32 - 1), fc.boolean()])(
    'have walls around them, one coin on the ground, monsters on floors',
    (seed, high) => {
      const level = generateLevel(seed, high);
      const { cells, coin, monsters, difficulty } = level;
      expect(cells).toHaveLength(SIZE * SIZE);
      for (let i = 0; i < SIZE; i++) {
        expect(isWall(cells[i]) && isWall(cells[SIZE * (SIZE - 1) + i])).toBe(true);
        expect(isWall(cells[SIZE * i]) && isWall(cells[SIZE * i + SIZE - 1])).toBe(true);
      }
      expect(cells.filter((cell) => cell === '1')).toHaveLength(1);
      expect(cells[SIZE * coin[1] + coin[0]]).toBe('1');
      expect(isWall(cells[SIZE * (coin[1] - 1) + coin[0]])).toBe(true);
      expect(cells.every((c) => c === '.' || c === '1' || isWall(c) || isCrate(c) || isLava(c))).toBe(true);
      for (const { x, y } of monsters)
        expect(cells[SIZE * y + x] === '.' || isCrate(cells[SIZE * y + x])).toBe(true);
      expect(monsters.length).toBeLessThanOrEqual(64);
      expect(high ? difficulty === 3 : difficulty >= 1 && difficulty <= 3).toBe(true);
    },
  );

  test('of high difficulty are others', () => {
    const same = Array.from({ length: 20 }, (_, seed) => seed).filter(
      (seed) => generateLevel(seed, true).cells.join('') === generateLevel(seed, false).cells.join(''),
    );
    expect(same).toEqual([]);
  });
});

describe('play', () => {
  test.prop([fc.nat(2 ** 32 - 1), fc.nat()], { numRuns: 20 })(
    'the player never stands in a wall, and only the coin pays',
    (level, seed) => {
      const game = platformer({ maxSteps: 300 });
      game.reset({ options: { level } });
      const { cells, coin } = generateLevel(level, false);
      const stream = random(seed);
      while (game.agents.length > 0) {
        const { rewards, terminations } = game.step({ agent_0: stream.below(7) });
        const [, x, y] = stateOf(game);
        expect(isWall(cells[SIZE * Math.trunc(y) + Math.trunc(x + 0.5)])).toBe(false);
        if (rewards.agent_0 === 0) continue;
        expect([rewards.agent_0, terminations.agent_0]).toEqual([10, true]);
        expect(Math.abs(x - coin[0]) < 2 && Math.abs(y - coin[1]) < 2).toBe(true);
      }
    },
  );

  test('walkers turn at walls and edges', () => {
    const level = generateLevel(0, false);
    // The pit of level 0 reaches from x = 12 to 15 in row 1, between walls.
    let [x, speed] = [12, Math.fround(0.01)];
    const seen: number[] = [];
    for (let t = 0; t < 200; t++) {
      speed = walkerSpeed(level, x, 1, speed);
      x = Math.fround(x + speed);
      seen.push(x);
    }
    expect(Math.min(...seen)).toBeGreaterThan(10);
    expect(Math.max(...seen)).toBeLessThan(17);
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(3);
  });

  test('the screen shows the player in the middle and the coin where it is', () => {
    const game = platformer();
    const { agent_0 } = game.reset({ options: { level: 2 } }).observations;
    const pixel = (x: number, y: number) => Array.from(agent_0.slice(3 * (64 * y + x), 3 * (64 * y + x) + 3));
    expect(pixel(31, 31)).toEqual(pixel(31, 27));
    expect(pixel(31, 31)).not.toEqual(pixel(36, 31));
    // Outside of the level, on the left, there is ground; the player's cell stands on a surface.
    expect(pixel(0, 31)).not.toEqual(pixel(36, 20));
    expect(pixel(31, 35)).not.toEqual(pixel(31, 40));
    game.reset({ options: { level: 2 } });
    for (let t = 0; t < 12; t++) game.step({ agent_0: 1 });
    const [, x, y] = stateOf(game);
    const { data } = game.render('rgb');
    const column = Math.round(31 + 5 * (8 - x));
    const row = Math.round(31 - 5 * (2 - y));
    expect(Array.from(data.slice(3 * (64 * row + column), 3 * (64 * row + column) + 3))).toEqual([
      255, 215, 0,
    ]);
  });
});

test('errors', () => {
  const message = (options: object) => messageOf(() => platformer(options));
  expect(message({ level: 3 })).toBe(
    'platformer: options must be among levels, difficulty, maxSteps; got level',
  );
  expect(message({ levels: 0 })).toBe('platformer: levels must be a whole number in [1, 2^32]; got 0');
  expect(message({ difficulty: 'easy' })).toBe(
    'platformer: difficulty must be one of random, high; got "easy"',
  );
  expect(messageOf(() => platformer().reset({ options: { level: -1 } }))).toBe(
    'platformer.reset: options.level must be a whole number in [0, 2^32); got -1',
  );
});
