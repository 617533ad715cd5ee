/** Comparison of numbers with a relative tolerance, absolute below one; equal non-finite values agree. */
import type { Tensor } from '@descant/tensor-ops';
import type { Grid } from './grid.ts';
import { toGrid } from './grid.ts';

/** What the two sides are called in a failure. */
export interface Sides {
  readonly what: string;
  readonly tolerance: number;
}

/** True when the numbers agree. */
function agrees(a: number, b: number, tolerance: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Throws, with the first element that differs, unless shapes are equal and values agree. */
export function expectClose(
  actual: Tensor | Grid,
  expected: Tensor | Grid,
  { what, tolerance }: Sides,
): void {
  const [a, b] = [actual, expected].map((x) => ('op' in x ? toGrid(x) : x));
  if (a.shape.join() !== b.shape.join() || a.values.length !== b.values.length) {
    throw new Error(`${what}: shape [${a.shape}] instead of [${b.shape}]`);
  }
  const wrong = a.values.findIndex((v, i) => !agrees(v, b.values[i], tolerance));
  if (wrong >= 0) {
    throw new Error(
      `${what}: element ${wrong} of [${a.shape}] is ${a.values[wrong]} instead of ${b.values[wrong]} ` +
        `(tolerance ${tolerance})`,
    );
  }
}

/** The inner product of two lists of grids. */
export const inner = (a: readonly Grid[], b: readonly Grid[]): number =>
  a.reduce((sum, g, i) => sum + g.values.reduce((s, v, j) => s + v * b[i].values[j], 0), 0);
