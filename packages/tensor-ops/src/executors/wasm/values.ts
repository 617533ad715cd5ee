/** Tensors inside schedule S1: arrays of scalar nodes, or views of memory that are read when needed. */
import { allocate, type DType } from '../../dtype.ts';
import { broadcastStrides, offsets, type Shape, sizeOf, stridesOf } from '../../shape.ts';
import type { MemoryPlan } from './memory.ts';
import type { Buffer, Region, Store, Term } from './region.ts';
import { type ScalarDag, TooLarge } from './scalar-dag.ts';

/** Scalar nodes in row-major order. */
export interface Elements {
  readonly kind: 'elements';
  readonly ids: readonly number[];
}

/** A strided part of a buffer; `strides` belong to the axes of the tensor's shape in one lane. */
export interface View {
  readonly kind: 'view';
  readonly buffer: Buffer;
  readonly offset: number;
  readonly strides: readonly number[];
  readonly terms: readonly Term[];
}

export type Value = Elements | View;

/** A tensor's value with its shape in one lane. */
export interface Shaped {
  readonly shape: Shape;
  readonly value: Value;
}

export const elements = (ids: readonly number[]): Elements => ({ kind: 'elements', ids });

/** Tensors with more elements than this are not taken apart. */
const MOST_ELEMENTS = 65536;

/** The scalar nodes of a value; a view is loaded. */
export function idsOf(dag: ScalarDag, { shape, value }: Shaped): readonly number[] {
  if (value.kind === 'elements') return value.ids;
  if (sizeOf(shape) > MOST_ELEMENTS) throw new TooLarge(`a tensor of ${sizeOf(shape)} elements`);
  return Array.from(offsets(shape, value.strides, value.offset), (at) =>
    dag.load(value.buffer, at, value.terms),
  );
}

/** Maps each axis of the target to an axis of the source (or to none) and moves the origin. */
export function reindex(
  source: Shaped,
  shape: Shape,
  axisOf: readonly (number | undefined)[],
  begin: readonly number[] = [],
): Value {
  const { value } = source;
  const own = value.kind === 'view' ? value.strides : stridesOf(source.shape);
  const start = begin.reduce((sum, b, i) => sum + b * own[i], 0);
  const strides = axisOf.map((axis) => (axis === undefined ? 0 : own[axis]));
  if (value.kind === 'view') return { ...value, offset: value.offset + start, strides };
  return elements(Array.from(offsets(shape, strides, start), (at) => value.ids[at]));
}

/** Reads a value as if broadcast to a shape. */
export function broadcastTo(source: Shaped, shape: Shape): Value {
  const own = broadcastStrides(source.shape, shape);
  const lead = shape.length - source.shape.length;
  return reindex(
    source,
    shape,
    own.map((_, d) => (d < lead || source.shape[d - lead] !== shape[d] ? undefined : d - lead)),
  );
}

/** A reshape; views keep being views while they are contiguous (axes of extent 1 aside). */
export function reshapeTo(dag: ScalarDag, source: Shaped, shape: Shape): Value {
  const { value } = source;
  if (value.kind === 'elements') return value;
  const strides = viewStrides(source.shape, value.strides, shape);
  return strides ? { ...value, strides } : elements(idsOf(dag, source));
}

/** The strides of a strided tensor after a reshape, or undefined where no strides describe it. */
function viewStrides(from: Shape, strides: readonly number[], to: Shape): number[] | undefined {
  const out = new Array<number>(to.length).fill(0);
  if (sizeOf(from) === 0) return out;
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    // The smallest groups of axes on both sides with the same number of elements.
    const [fromStart, toStart] = [i, j];
    let inside = i < from.length ? from[i++] : 1;
    let outside = j < to.length ? to[j++] : 1;
    while (inside !== outside) {
      if (inside < outside) inside *= from[i++];
      else outside *= to[j++];
    }
    let step: number | undefined;
    for (let d = i - 1; d >= fromStart; d--) {
      if (from[d] === 1) continue;
      if (step !== undefined && strides[d] !== step) return undefined;
      step = strides[d] * from[d];
    }
    let innermost = 0;
    for (let d = i - 1; d >= fromStart; d--) {
      if (from[d] !== 1) {
        innermost = strides[d];
        break;
      }
    }
    for (let d = j - 1; d >= toStart; d--) {
      out[d] = innermost;
      innermost *= to[d];
    }
  }
  return out;
}

/** Puts scalars into memory, so that a loop can read them at a computed index. */
export function toMemory(
  dag: ScalarDag,
  memory: MemoryPlan,
  home: Region,
  ids: readonly number[],
  dtype: DType,
): Buffer {
  if (ids.every((id) => dag.isConstant(id))) {
    const data = allocate(dtype, ids.length);
    ids.forEach((id, i) => {
      data[i] = dag.value[id];
    });
    return { dtype, external: true, laneStride: 0, length: ids.length, address: memory.place(data) };
  }
  const stores: Store[] = [];
  const producer = { kind: 'stores', home, stores } as const;
  const buffer: Buffer = { dtype, external: false, laneStride: 0, length: ids.length, address: 0, producer };
  ids.forEach((value, offset) => stores.push({ value, destinations: [{ buffer, offset, terms: [] }] }));
  return buffer;
}
