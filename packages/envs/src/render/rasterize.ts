/** Shapes to pixels. */
import type { Frame } from './frame.ts';
import type { Color, Scene, Shape } from './scene.ts';

/** Samples along each side of a pixel, whose mean smooths edges. */
const SAMPLES = 3;

/** The red, green and blue of a colour. */
function bytes(color: Color): readonly [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The smallest box around a shape: left, top, right, bottom. */
function extent(shape: Shape): readonly [number, number, number, number] {
  switch (shape.kind) {
    case 'rectangle':
      return [shape.x, shape.y, shape.x + shape.width, shape.y + shape.height];
    case 'circle':
      return [shape.x - shape.radius, shape.y - shape.radius, shape.x + shape.radius, shape.y + shape.radius];
    case 'polygon': {
      const [xs, ys] = [shape.points.map(([x]) => x), shape.points.map(([, y]) => y)];
      return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    }
  }
}

/** Whether a point lies in a circle, or in a polygon by the parity of the edges to its right. */
function covers(shape: Exclude<Shape, { kind: 'rectangle' }>, x: number, y: number): boolean {
  if (shape.kind === 'circle') return (x - shape.x) ** 2 + (y - shape.y) ** 2 <= shape.radius ** 2;
  let inside = false;
  const { points } = shape;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[ax, ay], [bx, by]] = [points[i], points[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** The length of what two intervals share. */
const overlap = (a: number, b: number, c: number, d: number): number =>
  Math.max(0, Math.min(b, d) - Math.max(a, c));

/** The share of a pixel that a shape covers. */
function coverage(shape: Shape, column: number, row: number): number {
  if (shape.kind === 'rectangle') {
    const across = overlap(column, column + 1, shape.x, shape.x + shape.width);
    return across * overlap(row, row + 1, shape.y, shape.y + shape.height);
  }
  let hits = 0;
  for (let s = 0; s < SAMPLES * SAMPLES; s++) {
    const x = column + ((s % SAMPLES) + 0.5) / SAMPLES;
    const y = row + (Math.floor(s / SAMPLES) + 0.5) / SAMPLES;
    if (covers(shape, x, y)) hits++;
  }
  return hits / (SAMPLES * SAMPLES);
}

/** A scene as an array of pixels, with smooth edges. */
export function rasterize({ width, height, background, shapes }: Scene): Frame {
  const data = new Uint8Array(width * height * 3);
  const ground = bytes(background);
  for (let k = 0; k < data.length; k += 3) data.set(ground, k);
  for (const shape of shapes) {
    const color = bytes(shape.fill);
    const [left, top, right, bottom] = extent(shape);
    const lastRow = Math.min(height, Math.ceil(bottom));
    const lastColumn = Math.min(width, Math.ceil(right));
    for (let row = Math.max(0, Math.floor(top)); row < lastRow; row++) {
      for (let column = Math.max(0, Math.floor(left)); column < lastColumn; column++) {
        const at = (row * width + column) * 3;
        const share = coverage(shape, column, row);
        for (let c = 0; c < 3; c++) data[at + c] = Math.round(data[at + c] * (1 - share) + color[c] * share);
      }
    }
  }
  return { width, height, data };
}
