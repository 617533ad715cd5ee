/** Where the tensors of the loop schedule lie. */
import type { DType } from '../../../dtype.ts';
import { type Shape, sizeOf, stridesOf } from '../../../shape.ts';
import { BYTES } from '../access.ts';
import type { MemoryPlan } from '../memory.ts';

/** An area of memory, given back when no tensor in it is needed any more. */
interface Area {
  readonly address: number;
  readonly bytes: number;
  holders: number;
}

/** A tensor in memory: possibly a strided view of an area. Strides are in bytes. */
export interface Place {
  readonly address: number;
  readonly strides: readonly number[];
  /** Undefined for memory that is never given back. */
  readonly area?: Area | undefined;
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

/** A contiguous tensor at a fixed address. */
export const fixedPlace = (address: number, shape: Shape, dtype: DType): Place => ({
  address,
  strides: byteStrides(shape, dtype),
});

export function allocatePlace(memory: MemoryPlan, shape: Shape, dtype: DType): Place {
  const bytes = byteSize(shape, dtype);
  const area = { address: memory.allocate(bytes), bytes, holders: 0 };
  return { address: area.address, strides: byteStrides(shape, dtype), area };
}

export const hold = (place: Place): void => {
  if (place.area) place.area.holders++;
};

/** Takes a hold back without giving the memory back: somebody else will hold it next. */
export const unhold = (place: Place): void => {
  if (place.area) place.area.holders--;
};

export function letGo(memory: MemoryPlan, { area }: Place): void {
  if (area && --area.holders === 0) memory.release(area.address, area.bytes);
}

/** Whether the elements follow each other without gaps in row-major order. */
export function isContiguous({ strides }: Place, shape: Shape, dtype: DType): boolean {
  const packed = byteStrides(shape, dtype);
  return shape.every((extent, d) => extent === 1 || strides[d] === packed[d]);
}
