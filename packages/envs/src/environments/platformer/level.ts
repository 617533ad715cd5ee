/** Levels of the platformer, built from left to right out of sections. */
import { mersenne } from 'pure-rand/generator/mersenne';

/** Cells along each axis of a level. */
export const SIZE = 64;

/** What cells hold, by the characters of the original. */
export const CELL = {
  space: '.',
  /** Ground with air above it, and ground below. */
  surface: 'S',
  ground: 'A',
  lavaSurface: '^',
  lava: '|',
  coin: '1',
} as const;

/** The four kinds of crates, which can be stood on and walked through. */
const CRATES = '#$&%';
const [SAW, WALKER] = ['G', 'M'];
const [HARDEST, PLAYERS, GROUNDS, BACKGROUNDS, WALKERS] = [3, 5, 6, 34, 9];

/** How far jumps reach, in whole cells: with gravity 0.2, jumps at 1.5 and a speed of 0.5. */
const [HIGHEST_STEP, WIDEST_PIT] = [5, 7];

/** Where a monster begins. Walkers go to and fro, the others are saws, which stay. */
interface MonsterStart {
  readonly x: number;
  readonly y: number;
  readonly walks: boolean;
}

/** A level as it is generated. */
export interface Level {
  readonly difficulty: number;
  /** Cells from the bottom row up, each row from the left. */
  readonly cells: readonly string[];
  readonly coin: readonly [x: number, y: number];
  readonly monsters: readonly MonsterStart[];
  /** Numbers that choose the colours of the player, the ground and the background. */
  readonly colors: readonly [player: number, ground: number, background: number];
}

export const isWall = (cell: string): boolean => cell === CELL.surface || cell === CELL.ground;
export const isCrate = (cell: string): boolean => CRATES.includes(cell);
export const isLava = (cell: string): boolean => cell === CELL.lavaSurface || cell === CELL.lava;

/** The whole level of a seed, a number in [0, 2^32). */
export function generateLevel(seed: number, hardest: boolean): Level {
  const generator = mersenne(seed);
  const below = (n: number): number => (generator.next() >>> 0) % n;
  const cells = new Array<string>(SIZE * SIZE).fill(CELL.space);
  const set = (x: number, y: number, cell: string): void => {
    cells[SIZE * y + x] = cell;
  };
  const fill = (x: number, y: number, width: number, height: number, cell: string): void => {
    for (let i = 0; i < width; i++) for (let j = 0; j < height; j++) set(x + i, y + j, cell);
  };
  const block = (x: number, y: number, width: number, height: number, inside: string, top: string): void => {
    fill(x, y, width, height - 1, inside);
    fill(x, y + height - 1, width, 1, top);
  };
  const ground = (x: number, y: number, width: number, height: number): void =>
    block(x, y, width, height, CELL.ground, CELL.surface);

  /** A pit with something deadly in it, and an island where it is wide. */
  function pit(x: number, y: number, length: number, danger: number): void {
    const before = below(3) + 1;
    let after = below(3) + 1;
    let width = length - before - after;
    if (width > WIDEST_PIT) {
      width = WIDEST_PIT;
      after = length - before - width;
    }
    ground(x, 0, before, y);
    ground(x + length - after, 0, after, y);
    const depth = below(y - 3) + 1;
    if (danger === 0) block(x + before, 1, width, depth, CELL.lava, CELL.lavaSurface);
    else fill(x + before, 1, width, 1, danger === 1 ? SAW : WALKER);
    if (width <= 4) return;
    const gap = (width === 5 ? 1 : 2) + below(2);
    const island = width <= 6 ? 1 + below(2) : width - gap - (2 + below(2));
    ground(x + before + gap, y - 1, island, 1);
  }

  /** Firm ground, perhaps with a saw, a walker and piles of crates. */
  function plateau(x: number, y: number, length: number): void {
    ground(x, 0, length, y);
    const taken: number[] = [];
    const place = (odds: number, monster: string): void => {
      if (below(10) >= odds || length <= 3) return;
      taken.push(x + below(length - 2) + 1);
      set(taken[taken.length - 1], y, monster);
    };
    place(2 * difficulty, SAW);
    place(difficulty, WALKER);
    for (let pile = 0; pile < 2; pile++) {
      const at = x + below(length - 1) + 1;
      if (below(2) !== 1 || taken.includes(at)) continue;
      const height = below(3) + 1;
      for (let j = 0; j < height; j++) set(at, y + j, CRATES[below(4)]);
    }
  }

  fill(0, 0, SIZE, 1, CELL.surface);
  fill(0, 0, 1, SIZE, CELL.ground);
  fill(SIZE - 1, 0, 1, SIZE, CELL.ground);
  fill(0, SIZE - 1, SIZE, 1, CELL.ground);
  const difficulty = hardest ? HARDEST : below(HARDEST) + 1;
  const sections = below(difficulty) + difficulty;
  const danger = below(3);
  const extra = Math.floor(difficulty / 3);
  let [x, y] = [5, 1];
  for (let i = 0; i < sections && x + 15 < SIZE; i++) {
    let step = Math.min(below(4) + 1 + extra, HIGHEST_STEP);
    if (y >= 20 || (y >= 5 && below(2) === 1)) step = -step;
    const length = below(2 * difficulty) + 3 + extra;
    y = Math.max(1, y + step);
    if (length > 7 && y > 3 && below(20) >= difficulty) pit(x, y, length, danger);
    else plateau(x, y, length);
    x += length;
  }
  set(x, y, CELL.coin);
  ground(x, 0, 1, y);
  fill(x + 1, 0, 1, SIZE, CELL.ground);
  const monsters = takeMonsters(cells, below);
  return {
    difficulty,
    cells,
    coin: [x, y],
    monsters,
    colors: [below(PLAYERS), below(GROUNDS), below(BACKGROUNDS)],
  };
}

/** Takes the monsters out of the cells, row by row from the bottom, and makes surfaces under ground plain ground. */
function takeMonsters(cells: string[], below: (n: number) => number): MonsterStart[] {
  const monsters: MonsterStart[] = [];
  for (let y = 1; y < SIZE; y++) {
    for (let x = 1; x < SIZE - 1; x++) {
      const at = SIZE * y + x;
      const cell = cells[at];
      if (isWall(cell) && isWall(cells[at - SIZE])) cells[at - SIZE] = CELL.ground;
      if (cell !== SAW && cell !== WALKER) continue;
      const walks = cell === WALKER;
      // The original chooses how they look, which moves its random numbers on.
      below(walks ? WALKERS : 1);
      cells[at] = CELL.space;
      if (!walks || (!isWall(cells[at - 1]) && !isWall(cells[at + 1]))) monsters.push({ x, y, walks });
    }
  }
  return monsters;
}
