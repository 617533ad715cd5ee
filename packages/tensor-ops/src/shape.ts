/** Arithmetic on shapes: sizes, strides, broadcasting, axes. */
import { ArgumentError, showShape } from './errors.ts';

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
};

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Rejects anything but an array of whole lengths. */
export function checkShape(fn: string, shape: Shape): Shape {
  if (!Array.isArray(shape) || shape.some((d) => !Number.isInteger(d) || d < 0)) {
    throw new ArgumentError(fn, 'shape', 'be an array of whole numbers', JSON.stringify(shape));
  }
  return shape;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/** Strides that read a tensor of `shape` as if it were broadcast to `target`: 0 along repeated axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, d) => (d < lead || shape[d - lead] === 1 ? 0 : own[d - lead]));
}

/** The common shape under NumPy broadcasting, or undefined when there is none. */
export function tryBroadcast(shapes: readonly Shape[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const s of shapes) {
    for (let i = 0; i < s.length; i++) {
      const j = rank - s.length + i;
      if (s[i] === 1) continue;
      if (out[j] !== 1 && out[j] !== s[i]) return undefined;
      out[j] = s[i];
    }
  }
  return out;
}

/** The common shape under NumPy broadcasting; an ArgumentError names the function when there is none. */
export function broadcastShapes(fn: string, ...shapes: Shape[]): number[] {
  const out = tryBroadcast(shapes);
  if (!out) {
    throw new ArgumentError(fn, 'shapes', 'broadcast together', shapes.map(showShape).join(' and '));
  }
  return out;
}

/** Turns an axis counted from the end (negative) into one counted from the start; rejects axes out of range. */
export function normaliseAxis(fn: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const expected = rank === 0 ? 'not be given for a scalar' : `be an integer in [${-rank}, ${rank - 1}]`;
    throw new ArgumentError(fn, 'axis', expected, String(axis));
  }
  return axis < 0 ? axis + rank : axis;
}

/** Sorted axes without repetition; all of them when `axis` is undefined. */
export function normaliseAxes(
  fn: string,
  axis: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axis === undefined) return Array.from({ length: rank }, (_, i) => i);
  const axes = (typeof axis === 'number' ? [axis] : axis).map((a) => normaliseAxis(fn, a, rank));
  if (new Set(axes).size !== axes.length) {
    throw new ArgumentError(fn, 'axis', 'name each axis once', showShape(axes));
  }
  return axes.sort((a, b) => a - b);
}

/** For every element of `target` in row-major order, the flat offset given by `strides` (plus `start`). */
export function offsets(target: Shape, strides: readonly number[], start = 0): Int32Array {
  const out = new Int32Array(sizeOf(target));
  const index = new Array<number>(target.length).fill(0);
  let at = start;
  for (let flat = 0; flat < out.length; flat++) {
    out[flat] = at;
    for (let d = target.length - 1; d >= 0; d--) {
      at += strides[d];
      if (++index[d] < target[d]) break;
      at -= strides[d] * target[d];
      index[d] = 0;
    }
  }
  return out;
}
