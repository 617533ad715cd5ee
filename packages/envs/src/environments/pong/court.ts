/** The measures of Pong's court in pixels, and what is where on it. */

/** The first row of the court, and the first below it. */
export const TOP = 34;
export const BOTTOM = 194;

export const PADDLE = { width: 4, height: 16 } as const;
export const BALL = { width: 2, height: 4 } as const;
/** The left edges of the paddles. */
export const PADDLES_X = [16, 140] as const;
/** Where a ball begins. */
export const CENTRE = { x: 79, y: 112 } as const;
export const POINTS_TO_WIN = 21;

/** What is on the court. Paddles are known by their upper edges. */
export interface Place {
  readonly paddles: readonly [left: number, right: number];
  readonly points: readonly [left: number, right: number];
  /** Its upper left corner, while it is in play. */
  readonly ball: { readonly x: number; readonly y: number } | undefined;
}
