/** What code generation needs from a kind of machine value: scalars here, vectors of lanes in vector-target.ts. */
import type { DType } from '../../dtype.ts';
import type { ScalarFunction } from '../../ir/scalar-functions.ts';
import { F32, F64, type FunctionBuilder, I32, type ValueType } from './encoder.ts';
import type { Generator, ImportedName } from './generator.ts';
import { integerHelper } from './integers.ts';
import { scalarFromVector } from './math/index.ts';
import { control, f32, f64, i32 } from './opcodes.ts';
import { threefryPair } from './threefry.ts';

/**
 * Emits operations on values that are on the stack. A bool is an i32 of 0 or 1 in a scalar and a mask of all
 * bits in a vector.
 */
export interface Target {
  /** Values computed by one instruction. */
  readonly lanes: number;
  /** Bytes of a value in the working frame. */
  readonly slotBytes: number;
  valueType(dtype: DType): ValueType;
  constant(f: FunctionBuilder, dtype: DType, value: number): void;
  /** Operands of type `dtype` are on the stack; for `select` the two values, then the condition. */
  apply(f: FunctionBuilder, fn: ScalarFunction, dtype: DType): void;
  cast(f: FunctionBuilder, from: DType, to: DType): void;
  /** The function of four words that returns both words of Threefry. */
  threefry(): number;
}

const FLOAT = { float32: f32, float64: f64 } as const;

const floatType = (dtype: 'float32' | 'float64'): ValueType => (dtype === 'float32' ? F32 : F64);

/** Scalar functions that are one instruction of the same name on floats. */
export type FloatFunction =
  | 'abs'
  | 'negate'
  | 'ceil'
  | 'floor'
  | 'round'
  | 'sqrt'
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'minimum'
  | 'maximum'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual';

const INTEGER: Partial<Record<ScalarFunction, { signed: number; unsigned: number }>> = {
  add: { signed: i32.add, unsigned: i32.add },
  subtract: { signed: i32.subtract, unsigned: i32.subtract },
  multiply: { signed: i32.multiply, unsigned: i32.multiply },
  bitXor: { signed: i32.xor, unsigned: i32.xor },
  shiftRight: { signed: i32.shiftRight, unsigned: i32.shiftRight },
  equal: { signed: i32.equal, unsigned: i32.equal },
  notEqual: { signed: i32.notEqual, unsigned: i32.notEqual },
  less: { signed: i32.less, unsigned: i32.lessUnsigned },
  lessEqual: { signed: i32.lessEqual, unsigned: i32.lessEqualUnsigned },
  and: { signed: i32.and, unsigned: i32.and },
  or: { signed: i32.or, unsigned: i32.or },
  not: { signed: i32.isZero, unsigned: i32.isZero },
};

export class ScalarTarget implements Target {
  readonly lanes = 1;
  readonly slotBytes = 8;
  private readonly g: Generator;

  constructor(g: Generator) {
    this.g = g;
  }

  valueType(dtype: DType): ValueType {
    return dtype === 'float32' ? F32 : dtype === 'float64' ? F64 : I32;
  }

  constant(f: FunctionBuilder, dtype: DType, value: number): void {
    if (dtype === 'float32') f.f32(value);
    else if (dtype === 'float64') f.f64(value);
    else f.i32(value);
  }

  apply(f: FunctionBuilder, fn: ScalarFunction, dtype: DType): void {
    if (fn === 'select') {
      f.op(control.select);
    } else if (dtype === 'float32' || dtype === 'float64') {
      const ops = FLOAT[dtype];
      if (fn in ops) f.op(ops[fn as FloatFunction]);
      else f.call(scalarFromVector(this.g, fn, dtype) ?? this.floatHelper(fn, dtype));
    } else {
      const direct = INTEGER[fn];
      if (direct) f.op(dtype === 'int32' ? direct.signed : direct.unsigned);
      else f.call(integerHelper(this.g, fn, dtype));
    }
  }

  cast(f: FunctionBuilder, from: DType, to: DType): void {
    const unsigned = (dtype: DType): boolean => dtype === 'uint32';
    if (from === to) return;
    if (to === 'bool') {
      this.constant(f, from, 0);
      this.apply(f, 'notEqual', from);
    } else if (from === 'float32') {
      f.op(to === 'float64' ? f64.promote : unsigned(to) ? i32.fromF32Unsigned : i32.fromF32);
    } else if (from === 'float64') {
      f.op(to === 'float32' ? f32.demote : unsigned(to) ? i32.fromF64Unsigned : i32.fromF64);
    } else if (to === 'float32') {
      f.op(unsigned(from) ? f32.fromI32Unsigned : f32.fromI32);
    } else if (to === 'float64') {
      f.op(unsigned(from) ? f64.fromI32Unsigned : f64.fromI32);
    }
  }

  threefry(): number {
    return threefryPair(this.g, 1);
  }

  /** `sign`, `remainder` and the functions imported from JavaScript, as functions of scalars. */
  private floatHelper(fn: ScalarFunction, dtype: 'float32' | 'float64'): number {
    const ops = FLOAT[dtype];
    const type = floatType(dtype);
    const binary = fn === 'remainder' || fn === 'power';
    return this.g.helper(`${fn}:${dtype}:scalar`, binary ? [type, type] : [type], [type], (f) => {
      const single = dtype === 'float32';
      const push = (argument: number): void => {
        f.get(argument);
        if (single) f.op(f64.promote);
      };
      if (fn === 'remainder') {
        // In double precision, where the quotient is exact enough to be rounded down.
        push(0);
        push(1);
        push(0);
        push(1);
        f.op(f64.divide, f64.floor, f64.multiply, f64.subtract);
        if (single) f.op(f32.demote);
      } else if (fn === 'sign') {
        // Zeros and NaN are their own sign.
        f.get(0);
        this.constant(f, dtype, 1);
        f.get(0).op(ops.copySign).get(0).get(0).op(ops.notEqual);
        f.get(0);
        this.constant(f, dtype, 0);
        f.op(ops.equal, i32.or, control.select);
      } else {
        push(0);
        if (binary) push(1);
        f.call(this.g.imported(fn as ImportedName));
        if (single) f.op(f32.demote);
      }
    });
  }
}
