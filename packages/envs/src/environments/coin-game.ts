/** The coin game. */
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Random } from '../random/random.ts';
import { type Color, gridScene } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { discrete } from '../spaces/discrete.ts';
import { agentNames, checkChoice, checkNames, checkSteps } from './options.ts';

/** Options of `coinGame` and `tracedCoinGame`. */
export interface CoinGameOptions {
  /** Steps until the episode is truncated; default 50. */
  readonly maxSteps?: number;
  /** Whether player 2 sees the planes of itself and of its own coin first; default false. */
  readonly egocentric?: boolean;
  /** Who takes a coin that both players reach: `both` (default), or `red` alone. */
  readonly ties?: 'both' | 'red';
  /** `alternating` (default): one coin at a time; `two`: a red and a blue coin at all times. */
  readonly coins?: 'alternating' | 'two';
}

/** The cells of the board, a torus of 3 x 3, row by row. */
export const CELLS = 9;
const SIDE = 3;

/** Rows and columns that the actions right, left, down and up add. */
const MOVES = [
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
] as const;

/** The cell that is reached from a cell by an action, at `cell * 4 + action`. */
const NEXT = Int32Array.from({ length: CELLS * 4 }, (_, k) => {
  const [cell, action] = [Math.floor(k / 4), k % 4];
  const row = (Math.floor(cell / SIDE) + MOVES[action][0] + SIDE) % SIDE;
  const column = ((cell % SIDE) + MOVES[action][1] + SIDE) % SIDE;
  return row * SIDE + column;
});

const NAMES = ['maxSteps', 'egocentric', 'ties', 'coins'];

/** The options with their defaults, checked. */
export function coinGameOptions(fn: string, options: CoinGameOptions): Required<CoinGameOptions> {
  checkNames(fn, options, NAMES);
  const { maxSteps = 50, egocentric = false, ties = 'both', coins = 'alternating' } = options;
  checkSteps(fn, 'maxSteps', maxSteps);
  checkChoice(fn, 'egocentric', egocentric, [false, true]);
  checkChoice(fn, 'ties', ties, ['both', 'red']);
  checkChoice(fn, 'coins', coins, ['alternating', 'two']);
  return { maxSteps, egocentric, ties, coins };
}

/** A cell without a player, each equally likely. */
function freeCell(red: number, blue: number, random: Random): number {
  const [first, last] = red < blue ? [red, blue] : [blue, red];
  let cell = random.below(red === blue ? CELLS - 1 : CELLS - 2);
  if (cell >= first) cell++;
  if (cell >= last && red !== blue) cell++;
  return cell;
}

/** State: the cells of red, blue and the coin, and 1 when the coin is red. */
function alternatingRules(redFirst: boolean): Pick<Kernel, 'reset' | 'step'> {
  return {
    reset(state, at, random) {
      const red = random.below(CELLS);
      const blue = random.below(CELLS);
      state[at] = red;
      state[at + 1] = blue;
      state[at + 2] = freeCell(red, blue, random);
      state[at + 3] = random.below(2);
    },
    step(state, at, actions, actionsAt, random, rewards, _terminated, agentsAt) {
      const red = NEXT[state[at] * 4 + actions[actionsAt]];
      const blue = NEXT[state[at + 1] * 4 + actions[actionsAt + 1]];
      const coin = state[at + 2];
      state[at] = red;
      state[at + 1] = blue;
      const redTakes = red === coin;
      const blueTakes = blue === coin && !(redFirst && redTakes);
      if (!redTakes && !blueTakes) return;
      const isRed = state[at + 3] === 1;
      rewards[agentsAt] = (redTakes ? 1 : 0) - (isRed && blueTakes ? 2 : 0);
      rewards[agentsAt + 1] = (blueTakes ? 1 : 0) - (!isRed && redTakes ? 2 : 0);
      state[at + 2] = freeCell(red, blue, random);
      state[at + 3] = isRed ? 0 : 1;
    },
  };
}

/** State: the cells of red, blue, the red coin and the blue coin. */
function twoCoinRules(redFirst: boolean): Pick<Kernel, 'reset' | 'step'> {
  return {
    reset(state, at, random) {
      for (let k = 0; k < 4; k++) state[at + k] = random.below(CELLS);
    },
    step(state, at, actions, actionsAt, random, rewards, _terminated, agentsAt) {
      const red = NEXT[state[at] * 4 + actions[actionsAt]];
      const blue = NEXT[state[at + 1] * 4 + actions[actionsAt + 1]];
      const redCoin = state[at + 2];
      const blueCoin = state[at + 3];
      state[at] = red;
      state[at + 1] = blue;
      const redRed = red === redCoin;
      const redBlue = red === blueCoin;
      const blueRed = blue === redCoin && !(redFirst && redRed);
      const blueBlue = blue === blueCoin && !(redFirst && redBlue);
      if (!(redRed || redBlue || blueRed || blueBlue)) return;
      rewards[agentsAt] = (redRed ? 1 : 0) + (redBlue ? 1 : 0) - (blueRed ? 2 : 0);
      rewards[agentsAt + 1] = (blueRed ? 1 : 0) + (blueBlue ? 1 : 0) - (redBlue ? 2 : 0);
      const [newRed, newBlue] = [random.below(CELLS), random.below(CELLS)];
      if (redRed || blueRed) state[at + 2] = newRed;
      if (redBlue || blueBlue) state[at + 3] = newBlue;
    },
  };
}

const RED: Color = '#d62728';
const BLUE: Color = '#1f77b4';

/**
 * The coin game: a red and a blue player on a torus of 3 x 3 cells collect coins, which are red or blue too.
 *
 * Both move at once: 0 right, 1 left, 2 down, 3 up. Who steps on the coin gets 1; when the other player's coin is
 * taken, that player gets -2 (if both step on it, its owner gets 1 - 2 and the other 1). The coin then reappears on a
 * random cell without a player, in the other colour. Players start on random cells, perhaps the same one.
 *
 * Observation: four planes of 3 x 3, [red, blue, red coin, blue coin], 36 numbers; `egocentric` exchanges red and
 * blue for player 2. Episodes are truncated after 50 steps; the papers discount with 0.96.
 *
 * Source: Zhao et al. 2022 (POLA), code `jax_files/coin_game_jax.py`, which Aghajohari et al. 2024 (BRS) follow;
 * after Lerer and Peysakhovich 2017. `ties: 'red'` is the rule of the code of Foerster et al. 2018 (LOLA), where blue
 * gets nothing when both arrive; `coins: 'two'` that of Lu et al. 2022 (M-FOS) and pax: coins of both colours at all
 * times, a coin taken reappears on any cell, also under a player. pax has a fifth action, to stay; here there are four.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { coinGame } from '@descant/envs';
 * const game = coinGame();
 * game.reset({ options: { state: [0, 4, 1, 0] } }); // red and blue at 0 and 4, the coin at 1, and blue
 * game.step({ agent_0: 0, agent_1: 3 }).rewards; // => { agent_0: 1, agent_1: -1 }
 * ```
 */
export function coinGame(options: CoinGameOptions = {}): KernelEnvironment {
  const { maxSteps, egocentric, ties, coins } = coinGameOptions('coinGame', options);
  const two = coins === 'two';
  const size = 4 * CELLS;
  const coinCells = (state: Float64Array, at: number): { red: number; blue: number } => ({
    red: two || state[at + 3] === 1 ? state[at + 2] : -1,
    blue: two ? state[at + 3] : state[at + 3] === 0 ? state[at + 2] : -1,
  });
  return fromKernel({
    name: 'coin-game',
    agents: agentNames(2),
    observation: box({ shape: [4, SIDE, SIDE], low: 0, high: 1 }),
    actions: [discrete(4), discrete(4)],
    maxSteps,
    stateSize: 4,
    ...(two ? twoCoinRules(ties === 'red') : alternatingRules(ties === 'red')),
    observe(state, at, _time, out, outAt) {
      out.fill(0, outAt, outAt + 2 * size);
      const red = state[at];
      const blue = state[at + 1];
      const coin = state[at + 2];
      // The plane of the first coin, counted from the coins' planes; with two coins the second is always blue.
      const plane = two || state[at + 3] === 1 ? 0 : 1;
      out[outAt + red] = 1;
      out[outAt + CELLS + blue] = 1;
      out[outAt + (2 + plane) * CELLS + coin] = 1;
      const other = outAt + size;
      out[other + (egocentric ? CELLS : 0) + red] = 1;
      out[other + (egocentric ? 0 : CELLS) + blue] = 1;
      out[other + (egocentric ? 3 - plane : 2 + plane) * CELLS + coin] = 1;
      if (two) {
        out[outAt + 3 * CELLS + state[at + 3]] = 1;
        out[other + (egocentric ? 2 : 3) * CELLS + state[at + 3]] = 1;
      }
    },
    text(state, at) {
      const coin = coinCells(state, at);
      const letters = (cell: number) =>
        [
          state[at] === cell ? 'R' : '',
          state[at + 1] === cell ? 'B' : '',
          coin.red === cell ? 'r' : '',
          coin.blue === cell ? 'b' : '',
        ].join('') || '.';
      const row = (r: number) =>
        Array.from({ length: SIDE }, (_, c) => letters(r * SIDE + c).padEnd(4))
          .join('')
          .trimEnd();
      return [0, 1, 2].map(row).join('\n');
    },
    draw(state, at) {
      const place = (cell: number, fill: Color) => ({
        row: Math.floor(cell / SIDE),
        column: cell % SIDE,
        fill,
      });
      const coin = coinCells(state, at);
      const scene = gridScene(SIDE, SIDE, 40, [], [place(state[at], RED), place(state[at + 1], BLUE)]);
      const squares = (
        [
          [coin.red, RED],
          [coin.blue, BLUE],
        ] as const
      ).filter(([cell]) => cell >= 0);
      const small = squares.map(([cell, fill]) => {
        const { row, column } = place(cell, fill);
        return {
          kind: 'rectangle' as const,
          x: column * 40 + 4,
          y: row * 40 + 4,
          width: 12,
          height: 12,
          fill,
        };
      });
      return { ...scene, shapes: [...scene.shapes, ...small] };
    },
  });
}
