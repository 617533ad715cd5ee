/** Where the operands of scalar loops lie. */
import type { DType } from '../../../dtype.ts';
import { type Shape, sizeOf, stridesOf } from '../../../shape.ts';
import { BYTES } from '../access.ts';

/** A tensor in memory. Strides are in bytes. */
export interface Place {
  readonly address: number;
  readonly strides: readonly number[];
}

/** An operand: its tensor's shape and type, and where it lies. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly place: Place;
}

export const byteStrides = (shape: Shape, dtype: DType): number[] =>
  stridesOf(shape).map((s) => s * BYTES[dtype]);

export const byteSize = (shape: Shape, dtype: DType): number => sizeOf(shape) * BYTES[dtype];
