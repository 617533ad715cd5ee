/** Tensors inside schedule S1: arrays of scalar nodes, or views of memory that are read when needed. */

import { allocate, type DType } from '../../dtype.ts';
import { present } from '../../errors.ts';
import { offsets, type Shape, sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import type { MemoryPlan } from './memory.ts';
import type { Buffer, Region, Store, Term } from './region.ts';
import { type ScalarDag, TooLarge } from './scalar-dag.ts';
import { viewOf } from './strides.ts';

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
export const MOST_ELEMENTS = 65536;

/** The scalar nodes of a value; a view is loaded. */
export function idsOf(dag: ScalarDag, { shape, value }: Shaped): readonly number[] {
  if (value.kind === 'elements') return value.ids;
  if (sizeOf(shape) > MOST_ELEMENTS) throw new TooLarge(`a tensor of ${sizeOf(shape)} elements`);
  return Array.from(offsets(shape, value.strides, value.offset), (at) =>
    dag.load(value.buffer, at, value.terms),
  );
}

/** A node that only looks at its operand in another order: views stay views where strides describe it. */
export function lookAt(dag: ScalarDag, node: Tensor, source: Shaped, shape: Shape): Value {
  const { value } = source;
  if (value.kind === 'view') {
    const view = viewOf(node, source.shape, value.strides, shape);
    if (view) return { ...value, offset: value.offset + view.start, strides: view.strides };
  }
  const ids = idsOf(dag, source);
  const view = present(viewOf(node, source.shape, stridesOf(source.shape), shape), node.op);
  return elements(Array.from(offsets(shape, view.strides, view.start), (at) => ids[at]));
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
  ids.forEach((value, offset) => {
    stores.push({ value, destinations: [{ buffer, offset, terms: [] }] });
  });
  return buffer;
}
