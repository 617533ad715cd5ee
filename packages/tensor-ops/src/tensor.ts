/** The immutable n-dimensional array, concrete or traced: one node of the expression graph. */
import { allocate, type DType, type TypedArray } from './dtype.ts';
import { ArgumentError, showShape, TracedValueError } from './errors.ts';
import type { Attributes, Op } from './ir/attributes.ts';
import { sizeOf } from './shape.ts';

let nextId = 0;

/** Nested arrays of numbers or booleans, as `toArray` returns them. */
export type Nested = number | boolean | readonly Nested[];

/**
 * An immutable array of numbers with a shape and an element type.
 *
 * A concrete tensor holds its values. A traced tensor stands for a value inside a transformation; it has a
 * shape and a dtype, but reading its value throws a `TracedValueError`. Make one with `tensor`.
 */
export class Tensor<K extends Op = Op> {
  /** Grows with creation: the inputs of a node have smaller ids than the node, so ids order the graph. */
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes[K];
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The line of the user's source that made the node; only recorded while debugging. */
  readonly source: string | undefined;

  constructor(
    op: K,
    inputs: readonly Tensor[],
    attributes: Attributes[K],
    shape: readonly number[],
    dtype: DType,
    source?: string,
  ) {
    this.id = nextId++;
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.shape = shape;
    this.dtype = dtype;
    this.source = source;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** True when the node is of the given primitive; narrows the attributes. */
  is<L extends Op>(op: L): this is Tensor<L> {
    return (this.op as Op) === op;
  }

  /** True when the tensor has a value that can be read now. */
  get isConcrete(): boolean {
    return this.is('constant') || (this.is('broadcast') && this.inputs[0].is('constant'));
  }

  /** The elements in row-major order. Treat them as read-only. Throws a `TracedValueError` on a traced tensor. */
  get data(): TypedArray {
    if (this.is('constant')) return this.attributes.data;
    const [repeated] = this.inputs;
    if (this.is('broadcast') && repeated.is('constant') && repeated.size === 1) {
      return allocate(this.dtype, this.size).fill(repeated.attributes.data[0]);
    }
    throw new TracedValueError('data', `a ${this.dtype} tensor of shape ${showShape(this.shape)}`);
  }

  /** The value of a tensor with exactly one element. */
  item(): number {
    if (this.size !== 1) throw new ArgumentError('item', 'tensor', 'have one element', showShape(this.shape));
    return this.data[0];
  }

  /** The elements as nested arrays (a bare number for rank 0; booleans for dtype bool). */
  toArray(): Nested {
    const { data, shape, dtype } = this;
    const build = (axis: number, offset: number, stride: number): Nested => {
      if (axis === shape.length) return dtype === 'bool' ? data[offset] !== 0 : data[offset];
      const step = stride / shape[axis];
      return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, offset + i * step, step));
    };
    return build(0, 0, data.length);
  }

  toString(): string {
    const value = this.isConcrete && this.size <= 64 ? ` ${JSON.stringify(this.toArray())}` : '';
    return `Tensor<${this.dtype}>${showShape(this.shape)}${value}${this.isConcrete ? '' : ' (traced)'}`;
  }

  /** In `x > 0`, `x + 1` and the like a tensor is its value, or an error while traced: never silently NaN. */
  [Symbol.toPrimitive](hint: string): string | number {
    return hint === 'string' ? this.toString() : this.item();
  }
}
