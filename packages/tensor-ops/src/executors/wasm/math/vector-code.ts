/** Expressions over vectors of floats, for writing mathematical functions legibly. */
import { type FunctionBuilder, V128 } from '../encoder.ts';
import type { Generator } from '../generator.ts';
import { f32x4, f64x2, i32x4, i64x2, type VectorFloatInstructions, v128 } from '../opcodes.ts';

export type Precision = 'float32' | 'float64';

/** Pushes the value of a vector; may be used several times. */
export type Expression = () => void;

const words = new DataView(new ArrayBuffer(8));

/** The four words of a vector that repeats a float. */
export function floatWords(precision: Precision, value: number): [number, number, number, number] {
  if (precision === 'float32') {
    words.setFloat32(0, value, true);
    const word = words.getUint32(0, true);
    return [word, word, word, word];
  }
  words.setFloat64(0, value, true);
  const low = words.getUint32(0, true);
  const high = words.getUint32(4, true);
  return [low, high, low, high];
}

export class VectorCode {
  readonly precision: Precision;
  private readonly generator: Generator;
  private readonly f: FunctionBuilder;
  private readonly ops: VectorFloatInstructions;

  constructor(generator: Generator, f: FunctionBuilder, precision: Precision) {
    this.generator = generator;
    this.f = f;
    this.precision = precision;
    this.ops = precision === 'float32' ? f32x4 : f64x2;
  }

  /** Parameter `index` of the function. */
  argument(index: number): Expression {
    return () => this.f.get(index);
  }

  /** Evaluates once, into a local. */
  let(value: Expression): Expression {
    const local = this.f.local(V128);
    value();
    this.f.set(local);
    return () => this.f.get(local);
  }

  constant(value: number): Expression {
    return () => this.generator.vectorConstant(this.f, floatWords(this.precision, value));
  }

  /** A bit pattern repeated in every lane, by its high and low word (float32 has one word). */
  bits(high: number, low = 0): Expression {
    const pattern = this.precision === 'float32' ? [high, high, high, high] : [low, high, low, high];
    const [a, b, c, d] = pattern.map((word) => word >>> 0);
    return () => this.generator.vectorConstant(this.f, [a, b, c, d]);
  }

  private apply(instruction: number, ...operands: Expression[]): Expression {
    return () => {
      for (const operand of operands) operand();
      this.f.op(instruction);
    };
  }

  add = (a: Expression, b: Expression): Expression => this.apply(this.ops.add, a, b);
  subtract = (a: Expression, b: Expression): Expression => this.apply(this.ops.subtract, a, b);
  multiply = (a: Expression, b: Expression): Expression => this.apply(this.ops.multiply, a, b);
  divide = (a: Expression, b: Expression): Expression => this.apply(this.ops.divide, a, b);
  negate = (a: Expression): Expression => this.apply(this.ops.negate, a);
  abs = (a: Expression): Expression => this.apply(this.ops.abs, a);
  round = (a: Expression): Expression => this.apply(this.ops.round, a);
  floor = (a: Expression): Expression => this.apply(this.ops.floor, a);
  less = (a: Expression, b: Expression): Expression => this.apply(this.ops.less, a, b);
  equal = (a: Expression, b: Expression): Expression => this.apply(this.ops.equal, a, b);
  and = (a: Expression, b: Expression): Expression => this.apply(v128.and, a, b);

  select = (mask: Expression, whenTrue: Expression, whenFalse: Expression): Expression =>
    this.apply(v128.bitSelect, whenTrue, whenFalse, mask);

  /** Limits to [low, high]; a NaN stays. */
  clamp = (a: Expression, low: number, high: number): Expression =>
    this.apply(
      this.ops.pseudoMaximum,
      this.apply(this.ops.pseudoMinimum, a, this.constant(high)),
      this.constant(low),
    );

  copySign = (magnitude: Expression, sign: Expression): Expression =>
    this.select(this.bits(0x80000000), sign, magnitude);

  /** a * b + c, fused where allowed. */
  multiplyAdd = (a: Expression, b: Expression, c: Expression): Expression =>
    this.generator.fma ? this.apply(this.ops.multiplyAdd, a, b, c) : this.add(this.multiply(a, b), c);

  /** c - a * b, fused where allowed. */
  negativeMultiplyAdd = (a: Expression, b: Expression, c: Expression): Expression =>
    this.generator.fma
      ? this.apply(this.ops.negativeMultiplyAdd, a, b, c)
      : this.subtract(c, this.multiply(a, b));

  /** The polynomial with the given coefficients, constant term first, by Horner's rule. */
  polynomial(x: Expression, coefficients: readonly number[]): Expression {
    return coefficients
      .map((c) => this.constant(c))
      .reduceRight((sum, coefficient) => this.multiplyAdd(sum, x, coefficient));
  }

  /**
   * 2^n for integral n within the exponents of normal numbers. Adding 1.5 * 2^52 (2^23 in float32) and the bias
   * leaves n + bias in the low bits, which a shift makes the exponent field.
   */
  powerOfTwo(n: Expression): Expression {
    const single = this.precision === 'float32';
    const shifter = single ? 1.5 * 2 ** 23 + 127 : 1.5 * 2 ** 52 + 1023;
    return () => {
      this.add(n, this.constant(shifter))();
      if (single) this.f.i32(23).op(i32x4.shiftLeft);
      else this.f.i32(52).op(i64x2.shiftLeft);
    };
  }

  /** y * 2^n in two exact steps and one rounding, so that results below the normal numbers are right. */
  scale(y: Expression, n: Expression): Expression {
    const half = this.let(this.floor(this.multiply(n, this.constant(0.5))));
    const rest = this.subtract(n, half);
    return this.multiply(this.multiply(y, this.powerOfTwo(half)), this.powerOfTwo(rest));
  }

  /**
   * Splits positive normal x into 2^k * m with m in [sqrt(1/2), sqrt(2)): the exponent k as a float, and m.
   */
  splitExponent(x: Expression): { exponent: Expression; mantissa: Expression } {
    const single = this.precision === 'float32';
    const add = single ? i32x4.add : i64x2.add;
    // The bit pattern of sqrt(1/2), and of 1 minus it: adding it makes the exponent field change at sqrt(2).
    const root = single ? this.bits(0x3f3504f3) : this.bits(0x3fe6a09e);
    const carry = single ? this.bits(0x3f800000 - 0x3f3504f3) : this.bits(0x3ff00000 - 0x3fe6a09e);
    const shifted = this.let(this.apply(add, x, carry));
    const field = (): void => {
      shifted();
      this.f.i32(single ? 23 : 52).op(single ? i32x4.shiftRight : i64x2.shiftRight);
    };
    const exponent = single
      ? this.subtract(this.apply(f32x4.fromI32, field), this.constant(127))
      : // The integer field in the low bits of 2^52 is the float 2^52 + field.
        this.subtract(this.apply(v128.or, field, this.bits(0x43300000)), this.constant(2 ** 52 + 1023));
    const fraction = single ? this.bits(0x007fffff) : this.bits(0x000fffff, 0xffffffff);
    const mantissa = this.apply(add, this.apply(v128.and, shifted, fraction), root);
    return { exponent: this.let(exponent), mantissa: this.let(mantissa) };
  }
}
