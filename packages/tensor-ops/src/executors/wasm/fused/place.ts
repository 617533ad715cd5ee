/** Where the tensors of schedule S2 lie: strided views of areas whose addresses are settled last. */

import type { DType } from '../../../dtype.ts';
import { present } from '../../../errors.ts';
import type { Shape } from '../../../shape.ts';
import type { FunctionBuilder } from '../encoder.ts';
import { byteSize, byteStrides } from '../loops/place.ts';
import { i32 } from '../opcodes.ts';

/** A piece of memory. */
export interface Area {
  readonly bytes: number;
  /** Known once the memory plan of the program is complete. */
  address: number | undefined;
}

/** What a loop adds to an address: a parameter of the code inside the loop times a number of bytes. */
export interface Term {
  readonly param: number;
  readonly bytes: number;
}

/** A tensor in memory. Strides are in bytes. */
export interface Place {
  readonly area: Area;
  readonly start: number;
  readonly strides: readonly number[];
  readonly terms: readonly Term[];
}

export { byteSize, byteStrides };

/** An area that has its address already. */
export const fixedArea = (address: number, bytes: number): Area => ({ address, bytes });

/** The contiguous tensor at the start of an area. */
export const contiguous = (area: Area, shape: Shape, dtype: DType): Place => ({
  area,
  start: 0,
  strides: byteStrides(shape, dtype),
  terms: [],
});

/** Where an area begins. */
export const startOf = ({ address }: Area): number => present(address, 'an address');

/** The constant part of the address. */
export const addressOf = ({ area, start }: Place): number => startOf(area) + start;

/** Pushes what loops add to the address. */
export function pushTerms(f: FunctionBuilder, terms: readonly Term[]): void {
  f.i32(0);
  for (const { param, bytes } of terms) f.get(param).i32(bytes).op(i32.multiply, i32.add);
}

/** Pushes the whole address. */
export function pushAddress(f: FunctionBuilder, place: Place): void {
  f.i32(addressOf(place));
  for (const { param, bytes } of place.terms) f.get(param).i32(bytes).op(i32.multiply, i32.add);
}

/** The axes that a loop has to run over. */
export const longAxes = (shape: Shape): number[] => shape.flatMap((d, axis) => (d === 1 ? [] : [axis]));

/** The strides of an operand along the long axes of a shape that it broadcasts to. */
export function stridesAlong(place: Place, own: Shape, shape: Shape): number[] {
  const lead = shape.length - own.length;
  return longAxes(shape).map((axis) =>
    axis < lead || own[axis - lead] === 1 ? 0 : place.strides[axis - lead],
  );
}
