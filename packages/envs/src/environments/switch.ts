/** Switch: agents must pass each other on a bridge one cell wide. */
import { ArgumentError } from '@descant/tensor-ops';
import { fromKernel, type KernelEnvironment } from '../kernel/environment.ts';
import { type Color, gridScene } from '../render/scene.ts';
import { box } from '../spaces/box.ts';
import { discrete } from '../spaces/discrete.ts';
import { show } from '../spaces/space.ts';
import { coordinate, GRID_ACTIONS, moveTable } from './grid-moves.ts';
import { agentNames, checkNames, type GridOptions, gridOptions } from './options.ts';

/**
 * Options of `switchGame` and `tracedSwitchGame`. By the rules of `head` an agent that has arrived is done; by those of
 * `2020` it goes on paying for every step.
 */
export interface SwitchOptions extends GridOptions {
  /** 2, 3 or 4 (default). */
  readonly agents?: 2 | 3 | 4;
}

/** The grid, row by row. */
const SWITCH_ROWS = 3;
const SWITCH_COLUMNS = 7;
const CELLS = SWITCH_ROWS * SWITCH_COLUMNS;

/** Where the agents start and where they want to go. */
export const SWITCH_STARTS: readonly number[] = [1, 5, 15, 19];
export const SWITCH_GOALS: readonly number[] = [6, 0, 20, 14];

/** What arrival gives. */
export const ARRIVAL = 5;

const isWall = (row: number, column: number) => row !== 1 && column >= 2 && column <= 4;

/** The cell that is reached from a cell by an action, at `cell * 5 + action`. */
export const SWITCH_NEXT = moveTable(SWITCH_ROWS, SWITCH_COLUMNS, isWall);

const row = (cell: number) => Math.floor(cell / SWITCH_COLUMNS);
const column = (cell: number) => cell % SWITCH_COLUMNS;
const cells = Array.from({ length: CELLS }, (_, cell) => cell);

/** The coordinates that an agent sees, of each cell. */
export const SWITCH_ROW_SEEN = Float64Array.from(cells, (cell) => coordinate(row(cell), SWITCH_ROWS - 1));
export const SWITCH_COLUMN_SEEN = Float64Array.from(cells, (cell) =>
  coordinate(column(cell), SWITCH_COLUMNS - 1),
);

const COLORS: readonly Color[] = ['#d62728', '#1f77b4', '#2ca02c', '#ff7f0e'];
const PALE: readonly Color[] = ['#f4c7c8', '#bcd9ee', '#c3e6c3', '#ffddba'];

/** The options with their defaults, checked. */
export function switchOptions(fn: string, options: SwitchOptions): Required<SwitchOptions> {
  checkNames(fn, options, ['agents', 'rules', 'maxSteps', 'stepCost', 'clock']);
  const { agents = 4, ...shared } = options;
  if (![2, 3, 4].includes(agents)) throw new ArgumentError(fn, 'agents', 'be 2, 3 or 4', show(agents));
  return { agents, ...gridOptions(fn, shared, { maxSteps: 50, stepCost: -0.1 }) };
}

/**
 * Switch: two to four agents in two rooms of 3 x 2 cells must change sides over a bridge of 1 x 3, one at a time.
 *
 * Actions: 0 down, 1 left, 2 up, 3 right, 4 stay. Agents move in their order, not onto each other, walls or out of
 * the grid. A step costs 0.1, arriving at the goal gives 5 instead; an agent that has arrived stays there, in the way.
 * It is then done; by the rules of 2020 it goes on paying until all have arrived. Episodes are truncated after 50
 * steps. Observation: row / 2 and column / 6, rounded to two decimals, of the agent alone.
 *
 * Source: ma-gym (koulanurag/ma-gym, `switch_one_corridor.py`, HEAD and the version before July 2021), after Sunehag
 * et al. 2018 (VDN), sec. 4.2. ma-gym's default step costs nothing; its registered environments and the MATRL paper use
 * 0.1, and so do we. The best total reward of four is 16.1 (14.4 by the rules of 2020), in 15 steps.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { switchGame } from '@descant/envs';
 * const environment = switchGame({ agents: 2 });
 * environment.reset({ options: { state: [5, 1] } }); // both one step away from their goals
 * environment.step({ agent_0: 3, agent_1: 1 }).rewards; // => { agent_0: 5, agent_1: 5 }
 * environment.agents; // => []
 * ```
 */
export function switchGame(options: SwitchOptions = {}): KernelEnvironment {
  const { agents: count, rules, maxSteps, stepCost, clock } = switchOptions('switchGame', options);
  const size = clock ? 3 : 2;
  const leaves = rules === 'head';
  return fromKernel({
    name: `switch${count}`,
    agents: agentNames(count),
    observation: box({ shape: [size], dtype: 'float64', low: 0, high: 1 }),
    actions: Array.from({ length: count }, () => discrete(GRID_ACTIONS)),
    maxSteps,
    stateSize: count,
    reset(state, at) {
      for (let i = 0; i < count; i++) state[at + i] = SWITCH_STARTS[i];
    },
    step(state, at, actions, actionsAt, _random, rewards, terminated, agentsAt) {
      let home = 0;
      for (let i = 0; i < count; i++) {
        const cell = state[at + i];
        const goal = SWITCH_GOALS[i];
        if (cell === goal) {
          home++;
          if (!leaves) rewards[agentsAt + i] = stepCost;
          continue;
        }
        const next = SWITCH_NEXT[cell * GRID_ACTIONS + actions[actionsAt + i]];
        let free = true;
        for (let j = 0; j < count; j++) if (state[at + j] === next) free = false;
        if (free) state[at + i] = next;
        if (free && next === goal) {
          home++;
          rewards[agentsAt + i] = ARRIVAL;
          if (leaves) terminated[agentsAt + i] = 1;
        } else rewards[agentsAt + i] = stepCost;
      }
      if (home === count && !leaves) terminated.fill(1, agentsAt, agentsAt + count);
    },
    observe(state, at, time, out, outAt) {
      for (let i = 0; i < count; i++) {
        out[outAt + i * size] = SWITCH_ROW_SEEN[state[at + i]];
        out[outAt + i * size + 1] = SWITCH_COLUMN_SEEN[state[at + i]];
        if (clock) out[outAt + i * size + 2] = time / maxSteps;
      }
    },
    text(state, at) {
      const letter = (cell: number) => {
        if (isWall(row(cell), column(cell))) return '#';
        const agent = state.subarray(at, at + count).indexOf(cell);
        return agent < 0 ? '.' : String(agent + 1);
      };
      const line = (r: number) =>
        cells
          .filter((cell) => row(cell) === r)
          .map(letter)
          .join('');
      return [0, 1, 2].map(line).join('\n');
    },
    draw(state, at) {
      const place = (cell: number, fill: Color) => ({ row: row(cell), column: column(cell), fill });
      const walls = cells
        .filter((cell) => isWall(row(cell), column(cell)))
        .map((cell) => place(cell, '#404040'));
      const goals = SWITCH_GOALS.slice(0, count).map((cell, i) => place(cell, PALE[i]));
      const pieces = Array.from({ length: count }, (_, i) => place(state[at + i], COLORS[i]));
      return gridScene(SWITCH_ROWS, SWITCH_COLUMNS, 40, [...walls, ...goals], pieces);
    },
  });
}
