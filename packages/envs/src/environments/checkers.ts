/** Checkers: a sensitive and a less sensitive agent among apples and lemons. */
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import type { ObservationArray } from '../kernel/kernel.ts';
import { gridScene } from '../render/scene.ts';
import { type BoxSpace, box } from '../spaces/box.ts';
import { discrete } from '../spaces/discrete.ts';
import { coordinate, GRID_ACTIONS, moveTable } from './grid-moves.ts';
import { agentNames, checkNames, type GridOptions, gridOptions } from './options.ts';

/**
 * Options of `checkers` and `tracedCheckers`. By the rules of `head` apples and lemons count 10 for agent 0 and 47
 * numbers are seen; by those of `2020` 5, and 11 numbers.
 */
export type CheckersOptions = GridOptions;

/** The grid, row by row; food lies in all columns but the last two. */
const CHECKERS_ROWS = 3;
const CHECKERS_COLUMNS = 8;
const CELLS = CHECKERS_ROWS * CHECKERS_COLUMNS;
const FOOD_COLUMNS = 6;

/** Where the agents start. */
export const CHECKERS_STARTS = [6, 22] as const;

const row = (cell: number) => Math.floor(cell / CHECKERS_COLUMNS);
const column = (cell: number) => cell % CHECKERS_COLUMNS;

/** Apples lie where the row and the column are both even or both odd, lemons between them. */
const isApple = (cell: number) => (row(cell) + column(cell)) % 2 === 0;

const cells = Array.from({ length: CELLS }, (_, cell) => cell);

/** The cells with food at the start, bit `cell` for each. */
export const ALL_FOOD = cells.reduce(
  (mask, cell) => (column(cell) < FOOD_COLUMNS ? mask | (1 << cell) : mask),
  0,
);

/** The cells where apples lie. */
export const APPLES = cells.reduce((mask, cell) => (isApple(cell) ? mask | (1 << cell) : mask), 0) & ALL_FOOD;

/** The cell that is reached from a cell by an action, at `cell * 5 + action`. */
export const CHECKERS_NEXT = moveTable(CHECKERS_ROWS, CHECKERS_COLUMNS, () => false);
/** The coordinates that an agent sees, of each cell. */
export const CHECKERS_ROW_SEEN = Float64Array.from(cells, (cell) => coordinate(row(cell), CHECKERS_ROWS));
export const CHECKERS_COLUMN_SEEN = Float64Array.from(cells, (cell) =>
  coordinate(column(cell), CHECKERS_COLUMNS - 1),
);

/** The cells around each cell, nine for each, row by row; -1 outside of the grid. */
export const NEIGHBOURS = Int32Array.from({ length: CELLS * 9 }, (_, k) => {
  const cell = Math.floor(k / 9);
  const r = row(cell) + Math.floor((k % 9) / 3) - 1;
  const c = column(cell) + (k % 3) - 1;
  return r < 0 || r >= CHECKERS_ROWS || c < 0 || c >= CHECKERS_COLUMNS ? -1 : r * CHECKERS_COLUMNS + c;
});

/** The options with their defaults, checked. */
export function checkersOptions(fn: string, options: CheckersOptions): Required<CheckersOptions> {
  checkNames(fn, options, ['rules', 'maxSteps', 'stepCost', 'clock']);
  return gridOptions(fn, options, { maxSteps: 100, stepCost: -0.01 });
}

/** What an apple gives each agent; a lemon takes as much. */
export const appleValues = (rules: 'head' | '2020'): readonly [number, number] => [
  rules === '2020' ? 5 : 10,
  1,
];

/** How many numbers an agent sees. */
export const checkersSize = (rules: 'head' | '2020', clock: boolean): number =>
  2 + (rules === '2020' ? 9 : 9 * 5) + (clock ? 1 : 0);

/** Writes the cells around an agent as one-hot [lemon, apple, agent 0, agent 1, wall]. */
function seeOneHot(
  own: number,
  other: number,
  self: number,
  food: number,
  out: ObservationArray,
  at: number,
): void {
  for (let k = 0; k < 9; k++) {
    const cell = NEIGHBOURS[own * 9 + k];
    if (cell < 0) continue;
    if ((food >> cell) & 1) out[at + 5 * k + ((APPLES >> cell) & 1)] = 1;
    else if (cell === own) out[at + 5 * k + 2 + self] = 1;
    else if (cell === other) out[at + 5 * k + 3 - self] = 1;
  }
}

/** Writes the cells around an agent as numbers: 0 nothing, 1 lemon, 2 apple, 3 agent. */
function seeNumbers(own: number, other: number, food: number, out: ObservationArray, at: number): void {
  for (let k = 0; k < 9; k++) {
    const cell = NEIGHBOURS[own * 9 + k];
    if (cell < 0) continue;
    if ((food >> cell) & 1) out[at + k] = 1 + ((APPLES >> cell) & 1);
    else if (cell === own || cell === other) out[at + k] = 3;
  }
}

/**
 * Checkers: two agents on a grid of 3 x 8 where apples and lemons alternate; an apple gives agent 0 ten points and
 * agent 1 one, a lemon takes as much. It is best for the team that agent 1 clears lemons away and leaves the apples.
 *
 * Actions: 0 down, 1 left, 2 up, 3 right, 4 stay. Agent 0 moves first; an agent does not move onto another or out of
 * the grid. Every step costs 0.01. The episode terminates when all apples are gone and is truncated after 100 steps.
 *
 * Observation: row / 3 and column / 7, rounded to two decimals, then the 3 x 3 cells around the agent, each a one-hot
 * of [lemon, apple, agent 0, agent 1, wall]: 47 numbers. With the rules of 2020 each of these cells is one number
 * (1 lemon, 2 apple, 3 agent), 11 in all, and agent 0 gets 5 where it now gets 10.
 *
 * Source: Sunehag et al. 2018 (VDN), sec. 4.2, as ma-gym has it (koulanurag/ma-gym, `checkers.py`, HEAD and the
 * version before July 2021). The best total reward of the team is 86.26 (41.26 by the rules of 2020), in 37 steps.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { checkers } from '@descant/envs';
 * const environment = checkers();
 * environment.reset();
 * environment.step({ agent_0: 1, agent_1: 1 }).rewards; // => { agent_0: -10.01, agent_1: -1.01 }
 * environment.render('text').split('\n'); // => ['RYRYR1..', 'YRYRYR..', 'RYRYR2..']
 * ```
 */
export function checkers(options: CheckersOptions = {}): KernelEnvironment {
  const { rules, maxSteps, stepCost, clock } = checkersOptions('checkers', options);
  const values = appleValues(rules);
  const size = checkersSize(rules, clock);
  const old = rules === '2020';
  return fromKernel({
    name: 'checkers',
    agents: agentNames(2),
    observation: checkersSpace(rules, size),
    actions: [discrete(GRID_ACTIONS), discrete(GRID_ACTIONS)],
    maxSteps,
    stateSize: 3,
    reset(state, at) {
      state[at] = CHECKERS_STARTS[0];
      state[at + 1] = CHECKERS_STARTS[1];
      state[at + 2] = ALL_FOOD;
    },
    step(state, at, actions, actionsAt, _random, rewards, terminated, agentsAt) {
      let food = state[at + 2];
      for (let i = 0; i < 2; i++) {
        let reward = stepCost;
        const cell = CHECKERS_NEXT[state[at + i] * GRID_ACTIONS + actions[actionsAt + i]];
        if (cell !== state[at + 1 - i]) {
          state[at + i] = cell;
          if ((food >> cell) & 1) {
            reward += (APPLES >> cell) & 1 ? values[i] : -values[i];
            food &= ~(1 << cell);
          }
        }
        rewards[agentsAt + i] = reward;
      }
      state[at + 2] = food;
      if ((food & APPLES) === 0) {
        terminated[agentsAt] = 1;
        terminated[agentsAt + 1] = 1;
      }
    },
    observe(state, at, time, out, outAt) {
      out.fill(0, outAt, outAt + 2 * size);
      for (let i = 0; i < 2; i++) {
        const start = outAt + i * size;
        const own = state[at + i];
        out[start] = CHECKERS_ROW_SEEN[own];
        out[start + 1] = CHECKERS_COLUMN_SEEN[own];
        if (old) seeNumbers(own, state[at + 1 - i], state[at + 2], out, start + 2);
        else seeOneHot(own, state[at + 1 - i], i, state[at + 2], out, start + 2);
        if (clock) out[start + size - 1] = time / maxSteps;
      }
    },
    text(state, at) {
      const letter = (cell: number) => {
        if (cell === state[at]) return '1';
        if (cell === state[at + 1]) return '2';
        return ((state[at + 2] >> cell) & 1) === 0 ? '.' : isApple(cell) ? 'R' : 'Y';
      };
      const line = (r: number) =>
        cells
          .filter((cell) => row(cell) === r)
          .map(letter)
          .join('');
      return [0, 1, 2].map(line).join('\n');
    },
    draw(state, at) {
      const place = (cell: number) => ({ row: row(cell), column: column(cell) });
      const food = cells.filter((cell) => (state[at + 2] >> cell) & 1);
      const squares = food.map(
        (cell) => ({ ...place(cell), fill: isApple(cell) ? '#2ca02c' : '#f2d12b' }) as const,
      );
      const pieces = [
        { ...place(state[at]), fill: '#d62728' },
        { ...place(state[at + 1]), fill: '#1f77b4' },
      ] as const;
      return gridScene(CHECKERS_ROWS, CHECKERS_COLUMNS, 40, squares, pieces);
    },
  });
}

/** Shares of the grid, then what lies in cells: flags, or numbers from -1 to 3 by the rules of 2020. */
function checkersSpace(rules: 'head' | '2020', size: number): BoxSpace<'float64'> {
  const isCell = (k: number) => rules === '2020' && k >= 2 && k < 11;
  const low = Array.from({ length: size }, (_, k) => (isCell(k) ? -1 : 0));
  const high = Array.from({ length: size }, (_, k) => (isCell(k) ? 3 : 1));
  return box({ shape: [size], dtype: 'float64', low, high });
}
