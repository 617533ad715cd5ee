/** What the structural primitives do to arrays of scalars. */
import { type DType, isFloat } from '../../dtype.ts';
import type { ScalarFunction } from '../../ir/scalar-functions.ts';
import { broadcastStrides, offsets, type Shape, sizeOf, stridesOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import type { ScalarDag } from './scalar-dag.ts';

/** A tensor's scalars in row-major order. */
export interface Scalars {
  readonly shape: Shape;
  readonly ids: readonly number[];
}

type Ids = readonly number[];

export function elementwise(
  dag: ScalarDag,
  node: Tensor<'elementwise'>,
  shape: Shape,
  operands: readonly Scalars[],
): Ids {
  const at = operands.map((operand) => offsets(shape, broadcastStrides(operand.shape, shape)));
  return Array.from({ length: sizeOf(shape) }, (_, i) =>
    dag.apply(
      node.attributes.fn,
      operands.map((operand, k) => operand.ids[at[k][i]]),
      node.dtype,
    ),
  );
}

export function assemble(
  dag: ScalarDag,
  node: Tensor<'assemble'>,
  shape: Shape,
  parts: readonly Scalars[],
): Ids {
  const { begins, fill, absent } = node.attributes;
  const empty = absent ? dag.zero(node.dtype) : dag.constant(node.dtype, fill);
  const out = new Array<number>(sizeOf(shape)).fill(empty);
  const strides = stridesOf(shape);
  parts.forEach((part, k) => {
    const start = begins[k].reduce((sum, b, d) => sum + b * strides[d], 0);
    offsets(part.shape, strides, start).forEach((to, i) => {
      out[to] = part.ids[i];
    });
  });
  return out;
}

/** Sums of more terms than this are split in halves, for accuracy and for independent work. */
const SEQUENTIAL_TERMS = 16;

function fold(dag: ScalarDag, fn: ScalarFunction, ids: Ids, dtype: DType): number {
  if (ids.length > SEQUENTIAL_TERMS) {
    const half = ids.length >> 1;
    const parts = [ids.slice(0, half), ids.slice(half)];
    return dag.apply(
      fn,
      parts.map((part) => fold(dag, fn, part, dtype)),
      dtype,
    );
  }
  return ids.reduce((a, b) => dag.apply(fn, [a, b], dtype));
}

export const sum = (dag: ScalarDag, ids: Ids, dtype: DType): number =>
  ids.length === 0 ? dag.constant(dtype, 0) : fold(dag, 'add', ids, dtype);

const REDUCTIONS = { sum: 'add', max: 'maximum', min: 'minimum' } as const;

export function reduce(dag: ScalarDag, node: Tensor<'reduce'>, shape: Shape, x: Scalars): Ids {
  const { kind, axes } = node.attributes;
  const strides = stridesOf(x.shape);
  const starts = offsets(
    shape,
    strides.filter((_, d) => !axes.includes(d)),
  );
  const reduced = axes.map((d) => x.shape[d]);
  const inner = offsets(
    reduced,
    axes.map((d) => strides[d]),
  );
  return Array.from(starts, (start) => {
    const terms = Array.from(inner, (at) => x.ids[start + at]);
    return kind === 'sum' ? sum(dag, terms, node.dtype) : fold(dag, REDUCTIONS[kind], terms, node.dtype);
  });
}

export function matmul(dag: ScalarDag, dtype: DType, shape: Shape, a: Scalars, b: Scalars): Ids {
  const [rows, columns] = shape.slice(-2);
  const inner = a.shape[a.shape.length - 1];
  const batch = shape.slice(0, -2);
  const startsOf = (x: Scalars): Int32Array => {
    const size = sizeOf(x.shape.slice(-2));
    return offsets(
      batch,
      broadcastStrides(x.shape.slice(0, -2), batch).map((s) => s * size),
    );
  };
  const [startsA, startsB] = [startsOf(a), startsOf(b)];
  const out: number[] = [];
  for (let batchIndex = 0; batchIndex < startsA.length; batchIndex++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const terms = Array.from({ length: inner }, (_, k) => {
          const left = a.ids[startsA[batchIndex] + i * inner + k];
          const right = b.ids[startsB[batchIndex] + k * columns + j];
          return dag.apply('multiply', [left, right], dtype);
        });
        out.push(sum(dag, terms, dtype));
      }
    }
  }
  return out;
}

const truth = (dag: ScalarDag, fn: ScalarFunction, ...operands: number[]): number =>
  dag.apply(fn, operands, 'bool');

/** Constant indices pick; computed ones select among all. */
export function gather(dag: ScalarDag, node: Tensor<'gather'>, x: Scalars, indices: Scalars): Ids {
  const { axis } = node.attributes;
  const count = x.shape[axis];
  const inner = sizeOf(x.shape.slice(axis + 1));
  const outer = sizeOf(x.shape.slice(0, axis));
  const missing = dag.constant(node.dtype, isFloat(node.dtype) ? NaN : 0);
  const out: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (const index of indices.ids) {
      for (let i = 0; i < inner; i++) {
        const element = (j: number): number => x.ids[(o * count + j) * inner + i];
        let found = missing;
        const known = dag.constantOf(index);
        if (known !== undefined) {
          if (known >= 0 && known < count) found = element(known);
        } else {
          for (let j = 0; j < count; j++) {
            const here = truth(dag, 'equal', index, dag.constant('int32', j));
            found = dag.apply('select', [here, element(j), found], node.dtype);
          }
        }
        out.push(found);
      }
    }
  }
  return out;
}

export function scatterAdd(
  dag: ScalarDag,
  node: Tensor<'scatterAdd'>,
  shape: Shape,
  updates: Scalars,
  indices: Scalars,
): Ids {
  const { axis, size } = node.attributes;
  const { dtype } = node;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const zero = dag.constant(dtype, 0);
  const out = new Array<number>(sizeOf(shape)).fill(zero);
  for (let o = 0; o < outer; o++) {
    indices.ids.forEach((index, n) => {
      const known = dag.constantOf(index);
      for (let i = 0; i < inner; i++) {
        const update = updates.ids[(o * indices.ids.length + n) * inner + i];
        for (let j = 0; j < size; j++) {
          if (known !== undefined && known !== j) continue;
          const here = truth(dag, 'equal', index, dag.constant('int32', j));
          const term = dag.apply('select', [here, update, zero], dtype);
          const at = (o * size + j) * inner + i;
          out[at] = dag.apply('add', [out[at], term], dtype);
        }
      }
    });
  }
  return out;
}

/** The first maximum along an axis; a NaN is larger than every number. */
export function argmax(dag: ScalarDag, axis: number, x: Scalars): Ids {
  const strides = stridesOf(x.shape);
  const kept = x.shape.map((_, d) => d).filter((d) => d !== axis);
  const starts = offsets(
    kept.map((d) => x.shape[d]),
    kept.map((d) => strides[d]),
  );
  const number = (id: number): number => truth(dag, 'equal', id, id);
  return Array.from(starts, (start) => {
    let best = x.ids[start];
    let index = dag.constant('int32', 0);
    for (let i = 1; i < x.shape[axis]; i++) {
      const candidate = x.ids[start + i * strides[axis]];
      const larger = truth(
        dag,
        'or',
        truth(dag, 'less', best, candidate),
        truth(dag, 'not', number(candidate)),
      );
      const better = truth(dag, 'and', larger, number(best));
      best = dag.apply('select', [better, candidate, best], dag.dtype[candidate]);
      index = dag.apply('select', [better, dag.constant('int32', i), index], 'int32');
    }
    return index;
  });
}

export function cumsum(dag: ScalarDag, node: Tensor<'cumsum'>, x: Scalars): Ids {
  const { axis, reverse } = node.attributes;
  const step = stridesOf(x.shape)[axis];
  const count = x.shape[axis];
  const out = [...x.ids];
  for (let i = 0; i < out.length; i++) {
    const flat = reverse ? out.length - 1 - i : i;
    const position = Math.floor(flat / step) % count;
    if (position === (reverse ? count - 1 : 0)) continue;
    out[flat] = dag.apply('add', [out[flat + (reverse ? step : -step)], x.ids[flat]], node.dtype);
  }
  return out;
}
