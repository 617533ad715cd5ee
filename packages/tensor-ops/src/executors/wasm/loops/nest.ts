/** Loop nests over strided arrays: one pointer for each array, moved along with the loops. */

import type { Shape } from '../../../shape.ts';
import { type FunctionBuilder, I32 } from '../encoder.ts';
import { i32 } from '../opcodes.ts';

/** A local that holds an address, with the distances in bytes along the axes of the nest. */
export interface Pointer {
  readonly local: number;
  readonly strides: readonly number[];
}

/** Adds a constant to a pointer. */
export function advance(f: FunctionBuilder, local: number, bytes: number): void {
  if (bytes !== 0) f.get(local).i32(bytes).op(i32.add).set(local);
}

/** A pointer that starts at a constant address. */
export function pointer(f: FunctionBuilder, address: number, strides: readonly number[]): Pointer {
  const local = f.local(I32);
  f.i32(address).set(local);
  return { local, strides };
}

/** Runs `body` with the pointers at every index of the shape in row-major order; they end where they started. */
export function nest(f: FunctionBuilder, shape: Shape, pointers: readonly Pointer[], body: () => void): void {
  if (shape.includes(0)) return;
  const axes = mergeAxes(shape, pointers);
  const level = (depth: number): void => {
    if (depth === axes.length) {
      body();
      return;
    }
    const { extent, strides } = axes[depth];
    f.loop(extent, () => {
      level(depth + 1);
      pointers.forEach(({ local }, i) => {
        advance(f, local, strides[i]);
      });
    });
    pointers.forEach(({ local }, i) => {
      advance(f, local, -extent * strides[i]);
    });
  };
  level(0);
}

interface Axis {
  extent: number;
  strides: readonly number[];
}

/** Drops axes of extent 1 and joins neighbours that every pointer walks as one. */
function mergeAxes(shape: Shape, pointers: readonly Pointer[]): Axis[] {
  const axes: Axis[] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] === 1) continue;
    const strides = pointers.map((p) => p.strides[d]);
    const [inner] = axes;
    if (inner && strides.every((s, i) => s === inner.strides[i] * inner.extent)) inner.extent *= shape[d];
    else axes.unshift({ extent: shape[d], strides });
  }
  return axes;
}
