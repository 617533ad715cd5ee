/**
 * Vectors of lanes: four lanes of 32 bits, or two of 64.
 *
 * With two lanes, values of 32 bits sit in the low two lanes of four, and what the upper two hold is of no
 * account; a bool is a mask as wide as a lane (1/lanes of the vector).
 */
import type { DType } from '../../dtype.ts';
import { type ScalarFunction, scalarFunction } from '../../ir/scalar-functions.ts';
import { type FunctionBuilder, V128, type ValueType } from './encoder.ts';
import type { Generator } from './generator.ts';
import { vectorFunction } from './math/index.ts';
import { floatWords, type Precision } from './math/vector-code.ts';
import { f32x4, f64x2, i32x4, i64x2, v128 } from './opcodes.ts';
import { type FloatFunction, ScalarTarget, type Target } from './target.ts';
import { threefryPair } from './threefry.ts';

const FLOAT = { float32: f32x4, float64: f64x2 } as const;
const LANES = { float32: f32x4, float64: f64x2, int32: i32x4, uint32: i32x4 } as const;

const INTEGER: Partial<Record<ScalarFunction, { signed: number; unsigned: number }>> = {
  negate: { signed: i32x4.negate, unsigned: i32x4.negate },
  add: { signed: i32x4.add, unsigned: i32x4.add },
  subtract: { signed: i32x4.subtract, unsigned: i32x4.subtract },
  multiply: { signed: i32x4.multiply, unsigned: i32x4.multiply },
  minimum: { signed: i32x4.minimum, unsigned: i32x4.minimumUnsigned },
  maximum: { signed: i32x4.maximum, unsigned: i32x4.maximumUnsigned },
  bitXor: { signed: v128.xor, unsigned: v128.xor },
  equal: { signed: i32x4.equal, unsigned: i32x4.equal },
  notEqual: { signed: i32x4.notEqual, unsigned: i32x4.notEqual },
  less: { signed: i32x4.less, unsigned: i32x4.lessUnsigned },
  lessEqual: { signed: i32x4.lessEqual, unsigned: i32x4.lessEqualUnsigned },
};

const BOOL: Partial<Record<ScalarFunction, readonly number[]>> = {
  and: [v128.and],
  or: [v128.or],
  not: [v128.not],
  equal: [v128.xor, v128.not],
  notEqual: [v128.xor],
};

const isComparison = (fn: ScalarFunction): boolean => scalarFunction(fn).result === 'bool';

export class VectorTarget implements Target {
  readonly lanes: 2 | 4;
  readonly slotBytes = 16;
  private readonly g: Generator;
  private readonly scalar: ScalarTarget;

  constructor(g: Generator, lanes: 2 | 4) {
    this.g = g;
    this.lanes = lanes;
    this.scalar = new ScalarTarget(g);
  }

  valueType(_dtype: DType): ValueType {
    return V128;
  }

  constant(f: FunctionBuilder, dtype: DType, value: number): void {
    if (dtype === 'float32' || dtype === 'float64') {
      this.g.vectorConstant(f, floatWords(dtype, value));
    } else {
      const word = (dtype === 'bool' ? -Number(value !== 0) : value) >>> 0;
      this.g.vectorConstant(f, [word, word, word, word]);
    }
  }

  apply(f: FunctionBuilder, fn: ScalarFunction, dtype: DType): void {
    if (fn === 'select') {
      if (this.isNarrow(dtype)) f.call(this.narrowMask());
      f.op(v128.bitSelect);
      return;
    }
    if (dtype === 'bool') {
      this.applyBool(f, fn);
      return;
    }
    if (dtype === 'float32' || dtype === 'float64') {
      const ops = FLOAT[dtype];
      if (fn in ops) f.op(ops[fn as FloatFunction]);
      else f.call(vectorFunction(this.g, fn, dtype) ?? this.byLanes(fn, dtype));
    } else {
      const direct = INTEGER[fn];
      if (direct) f.op(dtype === 'int32' ? direct.signed : direct.unsigned);
      else f.call(this.byLanes(fn, dtype));
    }
    if (isComparison(fn) && this.isNarrow(dtype)) f.op(i64x2.extendLow);
  }

  /** Fused multiply and add: a, b, c on the stack give a * b + c, or c - a * b when `negative`. */
  multiplyAdd(f: FunctionBuilder, dtype: Precision, negative: boolean): void {
    f.op(negative ? FLOAT[dtype].negativeMultiplyAdd : FLOAT[dtype].multiplyAdd);
  }

  /** Logical shift right of all lanes by a constant. */
  shiftRight(f: FunctionBuilder, bits: number): void {
    f.i32(bits).op(i32x4.shiftRight);
  }

  cast(f: FunctionBuilder, from: DType, to: DType): void {
    if (from === to) return;
    if (to === 'bool') {
      this.constant(f, from, 0);
      this.apply(f, 'notEqual', from);
    } else if (from === 'bool') {
      if (this.isNarrow(to)) f.call(this.narrowMask());
      this.constant(f, to, 1);
      f.op(v128.and);
    } else {
      const op = CONVERSIONS[`${from}>${to}`];
      if (op !== undefined) f.op(op);
    }
  }

  threefry(): number {
    return threefryPair(this.g, this.lanes);
  }

  /** Whether values of the type fill only half of the vector. */
  isNarrow(dtype: DType): boolean {
    return this.lanes === 2 && dtype !== 'float64' && dtype !== 'bool';
  }

  private applyBool(f: FunctionBuilder, fn: ScalarFunction): void {
    const direct = BOOL[fn];
    if (direct) {
      f.op(...direct);
      return;
    }
    // a < b is b and not a; a <= b is b or not a.
    const index = this.g.helper(`${fn}:bool:vector`, [V128, V128], [V128], (helper) => {
      if (fn === 'less') helper.get(1).get(0).op(v128.andNot);
      else helper.get(1).get(0).op(v128.not, v128.or);
    });
    f.call(index);
  }

  /** Narrows 64-bit lane masks to 32 bits in the low lanes. */
  private narrowMask(): number {
    return this.g.helper('narrowMask', [V128], [V128], (f) => {
      f.get(0).get(0).shuffle32([0, 2, 0, 2]);
    });
  }

  /** A function of vectors that computes each lane with the scalar code. */
  private byLanes(fn: ScalarFunction, dtype: Exclude<DType, 'bool'>): number {
    const { arity } = scalarFunction(fn);
    const ops = LANES[dtype];
    const params = new Array<ValueType>(arity).fill(V128);
    return this.g.helper(`${fn}:${dtype}:by ${this.lanes} lanes`, params, [V128], (f) => {
      const pair = fn === 'threefry0' || fn === 'threefry1';
      if (pair) {
        const first = f.local(V128);
        const second = f.local(V128);
        f.get(0).get(1).get(2).get(3).call(this.threefry()).set(second).set(first);
        f.get(fn === 'threefry0' ? first : second);
        return;
      }
      f.get(0);
      for (let lane = 0; lane < this.lanes; lane++) {
        for (let i = 0; i < arity; i++) f.get(i).lane(ops.extract, lane);
        this.scalar.apply(f, fn, dtype);
        f.lane(ops.replace, lane);
      }
    });
  }
}

const CONVERSIONS: Partial<Record<`${DType}>${DType}`, number>> = {
  'float32>float64': f64x2.promote,
  'float64>float32': f32x4.demote,
  'float32>int32': i32x4.fromF32,
  'float32>uint32': i32x4.fromF32Unsigned,
  'float64>int32': i32x4.fromF64,
  'float64>uint32': i32x4.fromF64Unsigned,
  'int32>float32': f32x4.fromI32,
  'uint32>float32': f32x4.fromI32Unsigned,
  'int32>float64': f64x2.fromI32,
  'uint32>float64': f64x2.fromI32Unsigned,
};
