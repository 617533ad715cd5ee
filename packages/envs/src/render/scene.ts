/** Pictures as lists of shapes, for environments that do not make pixels themselves. */

/** A colour as `#rrggbb`. */
export type Color = `#${string}`;

/** A filled shape; x grows to the right and y downwards. */
export type Shape =
  | {
      readonly kind: 'rectangle';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly fill: Color;
    }
  | {
      readonly kind: 'circle';
      readonly x: number;
      readonly y: number;
      readonly radius: number;
      readonly fill: Color;
    }
  | {
      readonly kind: 'polygon';
      readonly points: readonly (readonly [number, number])[];
      readonly fill: Color;
    };

/** A picture in pixels of size `width` by `height`; later shapes lie on top of earlier ones. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly background: Color;
  readonly shapes: readonly Shape[];
}

/** A straight stroke from one point to another, as a polygon. */
export function stroke(
  from: readonly [number, number],
  to: readonly [number, number],
  thickness: number,
  fill: Color,
): Shape {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [(-dy / length) * (thickness / 2), (dx / length) * (thickness / 2)];
  const points = [
    [from[0] + nx, from[1] + ny],
    [to[0] + nx, to[1] + ny],
    [to[0] - nx, to[1] - ny],
    [from[0] - nx, from[1] - ny],
  ] as const;
  return { kind: 'polygon', points, fill };
}

/** The squares of a grid and round pieces in them: the picture of a grid world. */
export function gridScene(
  rows: number,
  columns: number,
  cell: number,
  squares: Iterable<{ readonly row: number; readonly column: number; readonly fill: Color }>,
  pieces: Iterable<{ readonly row: number; readonly column: number; readonly fill: Color }>,
): Scene {
  const shapes: Shape[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      shapes.push({ kind: 'rectangle', ...inset(row, column, cell), fill: '#ffffff' });
    }
  }
  for (const { row, column, fill } of squares) {
    shapes.push({ kind: 'rectangle', ...inset(row, column, cell), fill });
  }
  for (const { row, column, fill } of pieces) {
    const [x, y] = [(column + 0.5) * cell, (row + 0.5) * cell];
    shapes.push({ kind: 'circle', x, y, radius: cell * 0.32, fill });
  }
  return { width: columns * cell, height: rows * cell, background: '#b0b0b0', shapes };
}

/** A cell without the lines around it. */
const inset = (row: number, column: number, cell: number) => ({
  x: column * cell + 1,
  y: row * cell + 1,
  width: cell - 2,
  height: cell - 2,
});
