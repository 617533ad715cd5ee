/** Movement in the platformer, in float32 as in the original. */
import { CELL, isCrate, isLava, isWall, type Level, SIZE } from './level.ts';

const f = Math.fround;

const GRAVITY = f(0.2);
const MAX_JUMP = f(1.5);
const MAX_SPEED = f(0.5);
const MIX = f(0.2);
/** The share of the ground's control of the speed that there is in the air. */
const AIR = f(f(0.15) * MIX);
const MONSTER_SPEED = f(0.15);
const MONSTER_MIX = f(0.1);

/** A player on the move. The spring is charged by holding up, and released by letting go. */
export interface Player {
  x: number;
  y: number;
  speedX: number;
  speedY: number;
  spring: number;
  support: boolean;
}

/** What a step led to. */
export interface Outcome {
  reward: number;
  over: boolean;
}

/** Sideways and upwards, -1 to 1, by action. */
export const DIRECTIONS: readonly (readonly [sideways: number, upwards: number])[] = [
  [0, 0],
  [1, 0],
  [-1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
  [0, -1],
];

const clip = (x: number, bound: number): number => Math.max(-bound, Math.min(bound, x));
const cellAt = (level: Level, x: number, y: number): string =>
  level.cells[SIZE * Math.trunc(y) + Math.trunc(x)];

/** Whether a player at x has room in the row of y. */
function hasRoom(level: Level, x: number, y: number, cratesCount: boolean): boolean {
  const [left, right] = [cellAt(level, x + 0.1, y), cellAt(level, x + 0.9, y)];
  if (isWall(left) || isWall(right)) return false;
  return !(cratesCount && (isCrate(left) || isCrate(right)));
}

function touch(level: Level, x: number, y: number, outcome: Outcome): void {
  const cell = level.cells[SIZE * y + x];
  if (isLava(cell)) outcome.over = true;
  if (cell === CELL.coin && !(outcome.reward > 0)) {
    outcome.reward = 10;
    outcome.over = true;
  }
}

/** Moves the player by a speed, up to walls, floors and crates that it falls on. */
function move(level: Level, player: Player, dx: number, dy: number, upwards: number, outcome: Outcome): void {
  const [nextX, nextY] = [f(player.x + dx), f(player.y + dy)];
  const land = () => {
    player.y = Math.trunc(nextY) + 1;
    player.speedY = 0;
    player.support = true;
  };
  if (dy < 0 && !hasRoom(level, player.x, nextY, false)) land();
  else if (dy < 0 && !hasRoom(level, player.x, nextY, true)) {
    if (upwards >= 0 && Math.trunc(nextY) !== Math.trunc(player.y)) land();
    else {
      player.support = false;
      player.y = nextY;
    }
  } else if (dy > 0 && !hasRoom(level, player.x, f(nextY + 1), false)) {
    player.y = Math.trunc(nextY);
    while (!hasRoom(level, player.x, player.y, false)) player.y--;
    player.speedY = 0;
  } else player.y = nextY;

  const [x, y, next] = [Math.trunc(player.x), Math.trunc(player.y), Math.trunc(nextX)];
  if (dx < 0 && isWall(cellAt(level, next, y))) {
    player.speedX = 0;
    player.x = next + 1;
  } else if (dx > 0 && isWall(cellAt(level, next + 1, y))) {
    player.speedX = 0;
    player.x = next;
  } else player.x = nextX;
  for (const i of [0, 1]) for (const j of [0, 1]) touch(level, x + i, y + j, outcome);
}

/** One step of the player: two moves of half a step, then the speed and spring of the next. */
export function stepPlayer(level: Level, player: Player, action: number, outcome: Outcome): void {
  const [sideways, upwards] = DIRECTIONS[action];
  player.support = false;
  if (player.spring > 0 && player.speedY === 0 && upwards === 0) {
    player.speedY = MAX_JUMP;
    player.spring = 0;
    player.support = true;
  } else player.speedY = f(player.speedY - GRAVITY);
  player.speedY = clip(player.speedY, MAX_JUMP);
  player.speedX = clip(player.speedX, MAX_SPEED);
  for (let half = 0; half < 2; half++) {
    move(level, player, f(player.speedX * 0.5), f(player.speedY * 0.5), upwards, outcome);
    if (player.speedX === 0 && player.speedY === 0) break;
  }
  if (!player.support) {
    player.spring = 0;
    player.speedX = f(f(f(1 - AIR) * player.speedX) + f(AIR * sideways));
    return;
  }
  if (upwards > 0) player.spring = f(player.spring + MAX_JUMP / 4);
  if (upwards < 0) player.spring = f(-0.01);
  if (upwards === 0 && player.spring < 0) player.spring = 0;
  player.spring = clip(player.spring, MAX_JUMP);
  player.speedX = f(f(1 - MIX) * player.speedX);
  const push = f(MIX * MAX_SPEED);
  if (player.spring === 0) player.speedX = f(player.speedX + f(push * sideways));
  if (Math.abs(player.speedX) < push) player.speedX = 0;
}

/** A walker's speed after a step: it turns at walls and at edges. */
export function walkerSpeed(level: Level, x: number, y: number, speed: number): number {
  const at = Math.trunc(x);
  let control = Math.sign(speed);
  if (isWall(cellAt(level, at, y))) control = 1;
  if (isWall(cellAt(level, at + 1, y))) control = -1;
  if (!isWall(cellAt(level, at, y - 1))) control = 1;
  if (!isWall(cellAt(level, at + 1, y - 1))) control = -1;
  return clip(f(f(MONSTER_MIX * control) + f(f(1 - MONSTER_MIX) * speed)), MONSTER_SPEED);
}

/** Whether a monster at (x, y) has caught the player. */
export const catches = (player: Player, x: number, y: number): boolean =>
  Math.abs(f(x - player.x)) + Math.abs(f(y - player.y)) < 1;
