/** Moves on the grids of ma-gym: 0 down, 1 left, 2 up, 3 right, 4 stay. */

/** Rows and columns that each action adds. */
const STEPS = [
  [1, 0],
  [0, -1],
  [-1, 0],
  [0, 1],
  [0, 0],
] as const;

/** How many actions there are. */
export const GRID_ACTIONS = 5;

/**
 * The cell that is reached from a cell by an action, at `cell * 5 + action`; the cell itself where the grid ends or
 * `wall` holds.
 */
export function moveTable(
  rows: number,
  columns: number,
  wall: (row: number, column: number) => boolean,
): Int32Array {
  return Int32Array.from({ length: rows * columns * GRID_ACTIONS }, (_, k) => {
    const cell = Math.floor(k / GRID_ACTIONS);
    const [down, right] = STEPS[k % GRID_ACTIONS];
    const row = Math.floor(cell / columns) + down;
    const column = (cell % columns) + right;
    const outside = row < 0 || row >= rows || column < 0 || column >= columns;
    return outside || wall(row, column) ? cell : row * columns + column;
  });
}

/** A coordinate as ma-gym shows it: divided by `by`, rounded to two decimals. */
export const coordinate = (value: number, by: number): number => Math.round((value / by) * 100) / 100;
