/** The screen of Pong. */
import type { ObservationArray } from '../../kernel/kernel.ts';
import { BALL, BOTTOM, PADDLE, PADDLES_X, type Place, POINTS_TO_WIN, TOP } from './court.ts';

export const WIDTH = 160;
export const HEIGHT = 210;
export const PIXELS = 3 * WIDTH * HEIGHT;

type Color = readonly [red: number, green: number, blue: number];

const GROUND: Color = [144, 72, 17];
const WHITE: Color = [236, 236, 236];
/** Of the left and of the right player. */
const PLAYERS: readonly [Color, Color] = [
  [213, 130, 74],
  [92, 186, 92],
];

/** The digits, rows of three pixels from the top. */
const DIGITS = [
  '111101101101111',
  '010010010010010',
  '111001111100111',
  '111001111001111',
  '101101111001001',
  '111100111001111',
  '111100111101111',
  '111001001001001',
  '111101111101111',
  '111101111001111',
];
const DIGIT_ROWS = 5;
/** Pixels of the screen for one of a digit. */
const DIGIT_SCALE = 4;

/** Fills a rectangle, cut at the edges of the screen. */
function fill(
  out: ObservationArray,
  at: number,
  x: number,
  y: number,
  width: number,
  height: number,
  [red, green, blue]: Color,
): void {
  const [left, right] = [Math.max(0, x), Math.min(WIDTH, x + width)];
  for (let row = Math.max(0, y); row < Math.min(HEIGHT, y + height); row++) {
    for (let k = at + 3 * (row * WIDTH + left); k < at + 3 * (row * WIDTH + right); k += 3) {
      out[k] = red;
      out[k + 1] = green;
      out[k + 2] = blue;
    }
  }
}

function drawDigit(out: ObservationArray, digit: number, x: number, color: Color): void {
  [...DIGITS[digit]].forEach((pixel, i) => {
    if (pixel === '0') return;
    const [row, column] = [Math.floor(i / 3), i % 3];
    fill(out, 0, x + column * DIGIT_SCALE, 4 + row * DIGIT_SCALE, DIGIT_SCALE, DIGIT_SCALE, color);
  });
}

/** The court without what moves. */
const COURT = new Uint8Array(PIXELS);
fill(COURT, 0, 0, 0, WIDTH, HEIGHT, GROUND);
fill(COURT, 0, 0, TOP - 10, WIDTH, 10, WHITE);
fill(COURT, 0, 0, BOTTOM, WIDTH, HEIGHT - BOTTOM, WHITE);

/** The part of the screen with the points, made when it is first needed. */
const SCORES = new Map<number, Uint8Array>();

function scoreOf(points: Place['points']): Uint8Array {
  const index = points[0] * (POINTS_TO_WIN + 1) + points[1];
  let strip = SCORES.get(index);
  if (strip === undefined) {
    strip = COURT.slice(0, 3 * WIDTH * (4 + DIGIT_ROWS * DIGIT_SCALE));
    for (const player of [0, 1]) {
      const x = player === 0 ? 24 : 112;
      if (points[player] >= 10) drawDigit(strip, Math.floor(points[player] / 10), x, PLAYERS[player]);
      drawDigit(strip, points[player] % 10, x + 4 * DIGIT_SCALE, PLAYERS[player]);
    }
    SCORES.set(index, strip);
  }
  return strip;
}

/** Writes the screen, `PIXELS` bytes of rows of red, green and blue. */
export function drawScreen(place: Place, out: ObservationArray, at: number): void {
  out.set(COURT, at);
  out.set(scoreOf(place.points), at);
  place.paddles.forEach((y, player) => {
    fill(out, at, PADDLES_X[player], y, PADDLE.width, PADDLE.height, PLAYERS[player]);
  });
  if (place.ball) fill(out, at, place.ball.x, place.ball.y, BALL.width, BALL.height, WHITE);
}
