/** What the player of the platformer sees: the cells around it, five pixels each. */
import type { ObservationArray } from '../../kernel/kernel.ts';
import { CELL, type Level, SIZE } from './level.ts';

export const RESOLUTION = 64;
export const PIXELS = 3 * RESOLUTION * RESOLUTION;
/** Pixels of a cell. */
const ZOOM = 5;
/** The pixel in whose row and column the player is. */
const CENTER = 31;

type Color = readonly [red: number, green: number, blue: number];

const PLAYER_COLORS: readonly Color[] = [
  [230, 200, 150],
  [80, 130, 230],
  [90, 200, 90],
  [240, 140, 190],
  [240, 220, 80],
];
const GROUND_COLORS: readonly Color[] = [
  [150, 105, 70],
  [110, 150, 60],
  [120, 110, 150],
  [220, 200, 130],
  [215, 230, 240],
  [130, 130, 130],
];
const CRATE_COLOR: Color = [190, 140, 60];
const LAVA_COLOR: Color = [230, 60, 30];
const COIN_COLOR: Color = [255, 215, 0];
const SAW_COLOR: Color = [70, 70, 80];
const WALKER_COLOR: Color = [170, 40, 170];

/** A pale colour of the number's own hue. */
function backgroundColor(index: number): Color {
  const channel = (shift: number) => Math.round(150 + 70 * Math.cos(index * 2.4 + shift));
  return [channel(0), channel(2), channel(4)];
}

/** Something that moves, by the lower left corner of its lowest cell. */
interface Actor {
  readonly x: number;
  readonly y: number;
}

/** What is to be seen. */
export interface View {
  readonly level: Level;
  readonly player: Actor;
  readonly monsters: readonly (Actor & { readonly walks: boolean })[];
}

const lighter = ([red, green, blue]: Color): Color =>
  [red, green, blue].map((c) => Math.min(255, c + 45)) as unknown as Color;

/** The colours of cells by their character; what is missing is background. */
function paletteOf({ colors: [, ground, background] }: Level): ReadonlyMap<string, Color> {
  const earth = GROUND_COLORS[ground];
  return new Map<string, Color>([
    [CELL.space, backgroundColor(background)],
    [CELL.ground, earth],
    [CELL.surface, lighter(earth)],
    [CELL.lava, LAVA_COLOR],
    [CELL.lavaSurface, lighter(LAVA_COLOR)],
    [CELL.coin, COIN_COLOR],
    ...[...'#$&%'].map((crate, i): [string, Color] => [crate, CRATE_COLOR.map((c) => c - 12 * i) as never]),
  ]);
}

/** Writes the view as `PIXELS` bytes: rows of red, green and blue from the top. Beyond the level there is ground. */
export function drawView({ level, player, monsters }: View, out: ObservationArray, at: number): void {
  const palette = paletteOf(level);
  // The column of pixels where the cell of x = 0 begins, and the row where that of y = 0 ends.
  const [left, bottom] = [CENTER - ZOOM * (player.x + 0.5), CENTER + ZOOM * (player.y + 0.5)];
  const columns = Array.from({ length: RESOLUTION }, (_, px) => Math.floor((px + 0.5 - left) / ZOOM));
  const isInside = (cell: number) => cell >= 0 && cell < SIZE;
  let k = at;
  for (let py = 0; py < RESOLUTION; py++) {
    const row = Math.floor((bottom - py - 0.5) / ZOOM);
    for (let px = 0; px < RESOLUTION; px++) {
      const inside = isInside(row) && isInside(columns[px]);
      const color = palette.get(inside ? level.cells[SIZE * row + columns[px]] : CELL.ground)!;
      out[k++] = color[0];
      out[k++] = color[1];
      out[k++] = color[2];
    }
  }
  const paint = ({ x, y }: Actor, height: number, color: Color): void => {
    const [x0, y1] = [Math.round(left + ZOOM * x), Math.round(bottom - ZOOM * y)];
    for (let py = Math.max(0, y1 - ZOOM * height); py < Math.min(RESOLUTION, y1); py++) {
      for (let px = Math.max(0, x0); px < Math.min(RESOLUTION, x0 + ZOOM); px++) {
        out.set(color, at + 3 * (RESOLUTION * py + px));
      }
    }
  };
  for (const monster of monsters) paint(monster, 1, monster.walks ? WALKER_COLOR : SAW_COLOR);
  paint(player, 2, PLAYER_COLORS[level.colors[0]]);
}
