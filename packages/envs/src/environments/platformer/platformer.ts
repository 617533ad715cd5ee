/** A platformer with generated levels, after CoinRun. */
import { ArgumentError } from '@descant/tensor-ops';
import { fromKernel, type KernelEnvironment } from '../../kernel/environment.ts';
import { box } from '../../spaces/box.ts';
import { discrete } from '../../spaces/discrete.ts';
import { show } from '../../spaces/space.ts';
import { agentNames, checkChoice, checkNames, checkSteps } from '../options.ts';
import { generateLevel, type Level, SIZE } from './level.ts';
import { catches, DIRECTIONS, type Outcome, type Player, stepPlayer, walkerSpeed } from './physics.ts';
import { drawView, PIXELS, RESOLUTION, type View } from './picture.ts';

/** Options of `platformer`. */
export interface PlatformerOptions {
  /** Levels 0, ..., levels - 1 are played; default: any of 2^32. */
  readonly levels?: number;
  /** `random` (default): 1 to 3, by the level; `high`: 3 in all, which makes other levels of the same seeds. */
  readonly difficulty?: 'random' | 'high';
  /** Steps until the episode is truncated; default 1000. */
  readonly maxSteps?: number;
}

/** Places in the state: x, y, speeds, spring and support of the player from X on, then x and speed of every monster. */
const [LEVEL, X, Y, SUPPORT, MONSTERS] = [0, 1, 2, 6, 7];
/** More than the widest pits of a level hold. */
const MOST_MONSTERS = 64;
const STATE_SIZE = MONSTERS + 2 * MOST_MONSTERS;
const START = 1;
const FIRST_SPEED = Math.fround(0.01);
/** Levels that are kept, so that they need not be generated at every step. */
const KEPT = 512;

/** The levels of seeds, generated once while they are among the last ones asked for. */
function levelCache(hardest: boolean): (seed: number) => Level {
  const kept = new Map<number, Level>();
  return (seed) => {
    let level = kept.get(seed);
    if (level === undefined) {
      level = generateLevel(seed, hardest);
      if (kept.size === KEPT) kept.delete(kept.keys().next().value!);
      kept.set(seed, level);
    }
    return level;
  };
}

/**
 * A platformer: run and jump to the coin at the right end of a generated level, past lava, saws and monsters.
 *
 * Actions: 0 nothing, 1 right, 2 left, 3 up, 4 right and up, 5 left and up, 6 down (from a crate). Holding up on firm
 * ground charges a spring by 0.375 a step; letting go jumps at 1.5 cells a step. Gravity 0.2, speed at most 0.5, of which
 * a step takes over 0.2 on the ground and 0.15 of that in the air; two moves of half a step each, all in float32. The
 * coin gives 10 and ends the episode, as lava and monsters do without a reward; monsters move first.
 *
 * Observation: 64 x 64 pixels of red, green and blue as bytes, five pixels a cell around the player. Levels and movement
 * are those of CoinRun, cell for cell and to float32's last digit; the pictures are plain colours of our own.
 *
 * State: level, place and speed of the player, spring, support, then place and speed of monsters. `reset` takes an option
 * `level`, the seed of the level.
 *
 * Source: Cobbe et al. 2019 (Quantifying generalization in reinforcement learning), code (`CoinRunToTheRight-v0`).
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { platformer } from '@descant/envs';
 * const game = platformer();
 * game.reset({ options: { level: 2 } });
 * for (const action of [1, 1, 0]) game.step({ agent_0: action });
 * game.render('text').split('\n').slice(0, 2); // => ['level 2, player at (1.28, 1.00)', 'A........A']
 * ```
 */
export function platformer(options: PlatformerOptions = {}): KernelEnvironment {
  checkNames('platformer', options, ['levels', 'difficulty', 'maxSteps']);
  const { levels = 2 ** 32, difficulty = 'random', maxSteps = 1000 } = options;
  checkSeedCount(levels);
  checkChoice('platformer', 'difficulty', difficulty, ['random', 'high']);
  checkSteps('platformer', 'maxSteps', maxSteps);
  const levelOf = levelCache(difficulty === 'high');
  const player: Player = { x: 0, y: 0, speedX: 0, speedY: 0, spring: 0, support: false };
  const outcome: Outcome = { reward: 0, over: false };

  const viewOf = (state: Float64Array, at: number): View => {
    const level = levelOf(state[at + LEVEL]);
    const monsters = level.monsters.map(({ y, walks }, k) => ({ x: state[at + MONSTERS + 2 * k], y, walks }));
    return { level, player: { x: state[at + X], y: state[at + Y] }, monsters };
  };

  return fromKernel({
    name: 'platformer',
    agents: agentNames(1),
    observation: box({ shape: [RESOLUTION, RESOLUTION, 3], dtype: 'uint8', low: 0, high: 255 }),
    actions: [discrete(DIRECTIONS.length)],
    maxSteps,
    stateSize: STATE_SIZE,
    resetOptions: ['level'],
    reset(state, at, random, { level: asked = random.word() % levels }) {
      if (!Number.isSafeInteger(asked) || !((asked as number) >= 0) || !((asked as number) < 2 ** 32)) {
        const expected = 'be a whole number in [0, 2^32)';
        throw new ArgumentError('platformer.reset', 'options.level', expected, show(asked));
      }
      state.fill(0, at, at + STATE_SIZE);
      state[at + LEVEL] = asked as number;
      state[at + X] = START;
      state[at + Y] = START;
      levelOf(asked as number).monsters.forEach(({ x }, k) => {
        state[at + MONSTERS + 2 * k] = x;
        state[at + MONSTERS + 2 * k + 1] = FIRST_SPEED;
      });
    },
    step(state, at, actions, actionsAt, _random, rewards, terminated, agentsAt) {
      const level = levelOf(state[at + LEVEL]);
      [player.x, player.y, player.speedX, player.speedY, player.spring] = state.subarray(
        at + X,
        at + SUPPORT,
      );
      outcome.reward = 0;
      outcome.over = false;
      for (let k = 0; k < level.monsters.length; k++) {
        const place = at + MONSTERS + 2 * k;
        const { y, walks } = level.monsters[k];
        if (walks) {
          state[place + 1] = walkerSpeed(level, state[place], y, state[place + 1]);
          state[place] = Math.fround(state[place] + state[place + 1]);
        }
        if (catches(player, state[place], y)) outcome.over = true;
      }
      stepPlayer(level, player, actions[actionsAt], outcome);
      const { x, y, speedX, speedY, spring, support } = player;
      state.set([x, y, speedX, speedY, spring, Number(support)], at + X);
      rewards[agentsAt] = outcome.reward;
      terminated[agentsAt] = outcome.over ? 1 : 0;
    },
    observe: (state, at, _time, out, outAt) => drawView(viewOf(state, at), out, outAt),
    text(state, at) {
      const { level, player: where, monsters } = viewOf(state, at);
      const cells = [...level.cells];
      for (const { x, y, walks } of monsters) cells[SIZE * y + Math.round(x)] = walks ? 'M' : 'G';
      cells[SIZE * Math.round(where.y) + Math.round(where.x)] = '@';
      const width = level.coin[0] + 2;
      const rows = Array.from({ length: SIZE - 1 }, (_, y) =>
        cells.slice(SIZE * y, SIZE * y + width).join(''),
      );
      const empty = `A${'.'.repeat(width - 2)}A`;
      const highest = rows.findLastIndex((row) => row !== empty) + 1;
      const title = `level ${state[at + LEVEL]}, player at (${where.x.toFixed(2)}, ${where.y.toFixed(2)})`;
      return [title, ...rows.slice(0, highest + 1).reverse()].join('\n');
    },
    draw(state, at) {
      const data = new Uint8Array(PIXELS);
      drawView(viewOf(state, at), data, 0);
      return { width: RESOLUTION, height: RESOLUTION, data };
    },
  });
}

function checkSeedCount(levels: unknown): void {
  const valid = Number.isSafeInteger(levels) && (levels as number) >= 1 && (levels as number) <= 2 ** 32;
  if (!valid) throw new ArgumentError('platformer', 'levels', 'be a whole number in [1, 2^32]', show(levels));
}
