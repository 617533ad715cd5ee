/** Sums, maxima and minima inside a loop nest. */

import { type DType, isFloat } from '../../../dtype.ts';
import { present } from '../../../errors.ts';
import { type Location, load, loadScalar, store, storeScalar } from '../access.ts';
import { type FunctionBuilder, I32, V128 } from '../encoder.ts';
import { advance } from '../loops/nest.ts';
import { f32, f32x4, f64, f64x2, i32, i32x4, v128 } from '../opcodes.ts';
import type { ScalarTarget } from '../target.ts';
import type { VectorTarget } from '../vector-target.ts';
import type { Axes } from './axes.ts';
import type { Access, Statement } from './group.ts';
import { byteSize } from './place.ts';

export type Reduce = Extract<Statement, { kind: 'reduce' }>;

const COMBINE = { sum: 'add', max: 'maximum', min: 'minimum' } as const;

/** The neutral element of each reduction. */
const NEUTRAL = {
  sum: (): number => 0,
  max: (dtype: DType): number => (isFloat(dtype) ? -Infinity : dtype === 'int32' ? -2147483648 : 0),
  min: (dtype: DType): number => (isFloat(dtype) ? Infinity : dtype === 'int32' ? 2147483647 : -1),
} as const;

const EXTRACT = {
  float32: f32x4.extract,
  float64: f64x2.extract,
  int32: i32x4.extract,
  uint32: i32x4.extract,
};

/** What the generated code of one nest has at hand. */
interface Surroundings {
  readonly f: FunctionBuilder;
  readonly axes: Axes;
  readonly scalar: ScalarTarget;
  /** Absent in nests without vectors. */
  readonly vector: VectorTarget | undefined;
}

/**
 * One reduction. Along the innermost reduced axes its result is kept in locals, along reduced axes around kept ones
 * in memory; sums of float32 in double precision.
 */
export class Reduction {
  /** The depth of the loops inside which the result is in locals: all axes from here on are reduced. */
  readonly level: number;
  private readonly at: Surroundings;
  private readonly statement: Reduce;
  private readonly inMemory: boolean;
  private readonly reduced: readonly boolean[];
  private readonly wide: DType;
  private readonly total: number;
  private readonly vectors = new Map<number, number[]>();

  constructor(at: Surroundings, statement: Reduce) {
    this.at = at;
    this.statement = statement;
    const reduced = at.axes.map(statement.reduced);
    this.reduced = reduced;
    let level = reduced.length;
    while (level > 0 && reduced[level - 1]) level--;
    this.level = level;
    this.inMemory = reduced.slice(0, level).includes(true);
    const { dtype } = statement.node;
    this.wide = statement.node.attributes.kind === 'sum' && dtype === 'float32' ? 'float64' : dtype;
    this.total = at.f.local(at.scalar.valueType(this.wide));
  }

  /** Whether elements along an axis are combined. */
  reduces(axis: number): boolean {
    return this.reduced[axis];
  }

  /** Gives results in memory their first value. */
  prepare(): void {
    if (!this.inMemory) return;
    const { f, axes, scalar } = this.at;
    const { node, wide, out } = this.statement;
    const { address, offset } = axes.locate(wide ?? out);
    const neutral = NEUTRAL[node.attributes.kind](node.dtype);
    if (neutral === 0) {
      address();
      f.i32(offset)
        .op(i32.add)
        .i32(0)
        .i32(byteSize(node.shape, (wide ?? out).dtype))
        .memoryFill();
      return;
    }
    const bytes = byteSize([], node.dtype);
    const counter = f.local(scalar.valueType('int32'));
    address();
    f.set(counter).loop(node.size, () => {
      f.get(counter);
      scalar.constant(f, node.dtype, neutral);
      storeScalar(f, node.dtype, offset);
      advance(f, counter, bytes);
    });
  }

  /** Before the loops over the reduced axes: `copies` vectors of partial results side by side. */
  open(copies: number): void {
    const { f, scalar, vector } = this.at;
    this.neutral((dtype, value) => scalar.constant(f, dtype, value));
    f.set(this.total);
    if (!vector) return;
    const { kind } = this.statement.node.attributes;
    for (let copy = 0; copy < copies; copy++) {
      const locals = this.vectors.get(copy) ?? this.partials().map(() => f.local(V128));
      this.vectors.set(copy, locals);
      for (const local of locals) {
        vector.constant(f, this.wide, NEUTRAL[kind](this.wide));
        f.set(local);
      }
    }
  }

  /** Combines a scalar in a local. */
  addScalar(value: number): void {
    const { f, scalar } = this.at;
    const { node } = this.statement;
    f.get(this.total).get(value);
    scalar.cast(f, node.dtype, this.wide);
    this.combine(scalar, this.wide);
    f.set(this.total);
  }

  /** Combines a vector in a local. */
  addVector(value: number, copy: number): void {
    const { f } = this.at;
    const vector = present(this.at.vector, 'a vector');
    (this.vectors.get(copy) ?? []).forEach((local, half) => {
      f.get(local).get(value);
      if (this.wide !== this.statement.node.dtype) {
        if (half === 1) f.get(value).shuffle32([2, 3, 2, 3]);
        f.op(f64x2.promote);
      }
      this.combine(vector, this.wide);
      f.set(local);
    });
  }

  /** Combines a value in a local with the result in memory, in the innermost loop. */
  addInMemory(target: ScalarTarget | VectorTarget, value: number, shift: number): void {
    const { f, axes } = this.at;
    const { node, wide, out } = this.statement;
    if (wide) {
      this.addWide(target, value, shift, wide);
      return;
    }
    const inner = axes.innerStride(out);
    const { address, offset } = axes.locate(out);
    const location: Location = { address, offset: offset + shift * inner, laneBytes: inner };
    load(f, target, node.dtype, location);
    f.get(value);
    this.combine(target, node.dtype);
    const result = f.local(target.valueType(node.dtype));
    f.set(result);
    store(f, target, node.dtype, location, result);
  }

  private addWide(target: ScalarTarget | VectorTarget, value: number, shift: number, wide: Access): void {
    const { f, axes } = this.at;
    const { address, offset } = axes.locate(wide);
    const at = offset + shift * axes.innerStride(wide);
    if (target.lanes === 1) {
      address();
      address();
      loadScalar(f, 'float64', at);
      f.get(value).op(f64.promote, f64.add);
      storeScalar(f, 'float64', at);
      return;
    }
    for (let half = 0; half < target.lanes / 2; half++) {
      address();
      address();
      f.memory(v128.load, at + 16 * half).get(value);
      if (half === 1) f.get(value).shuffle32([2, 3, 2, 3]);
      f.op(f64x2.promote, f64x2.add).memory(v128.store, at + 16 * half);
    }
  }

  /** After all loops: rounds what was kept in double precision. */
  finish(): void {
    const { f, axes } = this.at;
    const { node, wide, out } = this.statement;
    if (!wide) return;
    const [from, to] = [axes.locate(wide), axes.locate(out)];
    const [source, target] = [f.local(I32), f.local(I32)];
    from.address();
    f.set(source);
    to.address();
    f.set(target).loop(node.size, () => {
      f.get(target).get(source);
      loadScalar(f, 'float64', from.offset);
      f.op(f32.demote);
      storeScalar(f, 'float32', to.offset);
      advance(f, source, 8);
      advance(f, target, 4);
    });
  }

  /** After the loops over the reduced axes. */
  close(): void {
    const { f, axes, scalar, vector } = this.at;
    const { wide, out } = this.statement;
    if (vector && this.wide !== 'bool') {
      const extract = EXTRACT[this.wide];
      const lanes = this.wide === 'float64' ? 2 : vector.lanes;
      const all = [...this.vectors.values()].flat();
      const [first, ...others] = all;
      for (const other of others) {
        f.get(first).get(other);
        this.combine(vector, this.wide);
        f.set(first);
      }
      for (let lane = 0; lane < lanes; lane++) {
        f.get(this.total).get(first).lane(extract, lane);
        this.combine(scalar, this.wide);
        f.set(this.total);
      }
    }
    const kept = wide ?? out;
    const { address, offset } = axes.locate(kept);
    address();
    f.get(this.total);
    scalar.cast(f, this.wide, kept.dtype);
    if (this.inMemory) {
      address();
      loadScalar(f, kept.dtype, offset);
      this.combine(scalar, kept.dtype);
    }
    storeScalar(f, kept.dtype, offset);
  }

  private neutral(push: (dtype: DType, value: number) => void): void {
    push(this.wide, NEUTRAL[this.statement.node.attributes.kind](this.wide));
  }

  private combine(target: ScalarTarget | VectorTarget, dtype: DType): void {
    target.apply(this.at.f, COMBINE[this.statement.node.attributes.kind], dtype);
  }

  /** The vectors that one vector of values is added to: two of double precision for four of single precision. */
  private partials(): readonly number[] {
    const split = this.wide !== this.statement.node.dtype && this.at.vector?.lanes === 4;
    return split ? [0, 1] : [0];
  }
}
