/**
 * Blocks put side by side on a filled background: padding, concatenation and the transpose of slicing in one.
 * Sums of such paddings (from differentiating several slices of one tensor) merge back into one assembly.
 */
import { allocate } from '../dtype.ts';
import { filled } from '../ir/arithmetic.ts';
import type { Background } from '../ir/attributes.ts';
import { isZero, makeNode, uniformValue } from '../ir/build.ts';
import { offsets, type Shape, sameShape, sizeOf, stridesOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { broadcast } from './broadcast.ts';
import { elementwise } from './elementwise.ts';
import { notLinear, type Primitive } from './primitive.ts';
import { slice } from './slice.ts';

/** A block and the index of its first element in the result. */
export interface Part {
  readonly part: Tensor;
  readonly begin: readonly number[];
}

/** Where nothing arrives in differentiation. */
export const NOTHING: Background = { fill: 0, absent: true };

/** Puts disjoint blocks into a tensor of `shape` whose other elements are the background. */
export function assemble(parts: readonly Part[], shape: Shape, { fill, absent }: Background): Tensor {
  const { dtype } = parts[0].part;
  const flat: Part[] = [];
  for (const { part, begin } of parts) {
    if (sizeOf(part.shape) === 0 || (!absent && uniformValue(part) === fill)) continue;
    if (part.is('assemble') && part.attributes.fill === fill && (part.attributes.absent || !absent)) {
      const inner = part.attributes.begins;
      part.inputs.forEach((p, i) => {
        flat.push({ part: p, begin: inner[i].map((b, d) => b + begin[d]) });
      });
    } else {
      flat.push({ part, begin });
    }
  }
  if (flat.length === 0) return filled(fill, shape, dtype);
  if (flat.length === 1 && sameShape(flat[0].part.shape, shape)) return flat[0].part;
  const begins = flat.map((p) => [...p.begin]);
  return makeNode(
    'assemble',
    flat.map((p) => p.part),
    { begins, fill, absent },
    shape,
    dtype,
  );
}

const partsOf = (x: Tensor<'assemble'>): Part[] =>
  x.inputs.map((part, i) => ({ part, begin: x.attributes.begins[i] }));

/** The block of an assembly, made of the blocks of its parts that it meets. */
export function sliceOfAssembly(x: Tensor<'assemble'>, begin: readonly number[], shape: Shape): Tensor {
  const met = partsOf(x).flatMap(({ part, begin: at }) => {
    const low = at.map((b, d) => Math.max(b, begin[d]));
    const extent = at.map((b, d) => Math.min(b + part.shape[d], begin[d] + shape[d]) - low[d]);
    if (extent.some((d) => d <= 0)) return [];
    return [
      {
        part: slice(
          part,
          low.map((l, d) => l - at[d]),
          extent,
        ),
        begin: low.map((l, d) => l - begin[d]),
      },
    ];
  });
  if (met.length === 0) return filled(x.attributes.fill, shape, x.dtype);
  return assemble(met, shape, x.attributes);
}

/** The sum of two assemblies on zero whose parts coincide or are disjoint; undefined when they overlap otherwise. */
export function mergeDisjoint(a: Tensor, b: Tensor): Tensor | undefined {
  if (!a.is('assemble') || !b.is('assemble') || !sameShape(a.shape, b.shape)) return undefined;
  if (a.attributes.fill !== 0 || b.attributes.fill !== 0) return undefined;
  const merged = partsOf(a);
  for (const next of partsOf(b)) {
    const same = merged.findIndex(
      (p) => sameShape(p.begin, next.begin) && sameShape(p.part.shape, next.part.shape),
    );
    if (same >= 0) {
      merged[same] = { part: elementwise('add', [merged[same].part, next.part]), begin: next.begin };
    } else if (merged.some((p) => overlap(p, next))) {
      return undefined;
    } else {
      merged.push(next);
    }
  }
  return assemble(merged, a.shape, { fill: 0, absent: a.attributes.absent && b.attributes.absent });
}

const overlap = (a: Part, b: Part): boolean =>
  a.begin.every((x, d) => x < b.begin[d] + b.part.shape[d] && b.begin[d] < x + a.part.shape[d]);

export const assemblePrimitive: Primitive<'assemble'> = {
  rebuild(inputs, node) {
    const { begins } = node.attributes;
    return assemble(
      inputs.map((part, i) => ({ part, begin: begins[i] })),
      node.shape,
      node.attributes,
    );
  },
  evaluate(inputs, { begins, fill }, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape)).fill(fill);
    const strides = stridesOf(shape);
    inputs.forEach((part, p) => {
      const { data } = part;
      const at = offsets(
        part.shape,
        strides,
        begins[p].reduce((sum, b, d) => sum + b * strides[d], 0),
      );
      for (let i = 0; i < at.length; i++) out[at[i]] = data[i];
    });
    return out;
  },
  jvp(node, tangents) {
    const { begins } = node.attributes;
    const parts = tangents.flatMap((part, i) => (part ? [{ part, begin: begins[i] }] : []));
    return parts.length > 0 ? assemble(parts, node.shape, NOTHING) : null;
  },
  transpose(node, cotangent, linear) {
    // A constant part or background makes it affine, not linear.
    if (node.attributes.fill !== 0 || node.inputs.some((x, i) => !linear[i] && !isZero(x)))
      throw notLinear('assemble');
    return node.inputs.map((part, i) =>
      linear[i] ? slice(cotangent, node.attributes.begins[i], part.shape) : null,
    );
  },
  batch(inputs, node, batched, size) {
    const { begins } = node.attributes;
    const parts = inputs.map((x, i) => ({
      part: batched[i] ? x : broadcast(x, [size, ...x.shape]),
      begin: [0, ...begins[i]],
    }));
    return assemble(parts, [size, ...node.shape], node.attributes);
  },
};
