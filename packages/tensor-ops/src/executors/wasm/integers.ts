/** Integer operations without an instruction of their own, as functions of two or one i32. */
import type { DType } from '../../dtype.ts';
import type { ScalarFunction } from '../../ir/scalar-functions.ts';
import { type FunctionBuilder, I32 } from './encoder.ts';
import type { Generator } from './generator.ts';
import { control, f64, i32, i64FromF64 } from './opcodes.ts';
import { threefryPair } from './threefry.ts';

/** The function (index) that computes `fn` of scalars of an integer type or bool. */
export function integerHelper(g: Generator, fn: ScalarFunction, dtype: DType): number {
  const signed = dtype === 'int32';
  const toFloat = signed ? f64.fromI32 : f64.fromI32Unsigned;
  const less = signed ? i32.less : i32.lessUnsigned;
  const words = fn === 'threefry0' || fn === 'threefry1' ? 4 : fn in UNARY ? 1 : 2;
  return g.helper(`${fn}:${dtype}:scalar`, new Array(words).fill(I32), [I32], (f) => {
    switch (fn) {
      case 'negate':
        f.i32(0).get(0).op(i32.subtract);
        break;
      case 'abs':
        if (signed) f.i32(0).get(0).op(i32.subtract).get(0).get(0).i32(0).op(i32.less, control.select);
        else f.get(0);
        break;
      case 'sign':
        f.get(0).i32(0).op(i32.notEqual);
        if (signed) f.get(0).i32(31).op(i32.shiftRightSigned, i32.or);
        break;
      case 'maximum':
        f.get(1).get(0).get(0).get(1).op(less, control.select);
        break;
      case 'minimum':
        f.get(0).get(1).get(0).get(1).op(less, control.select);
        break;
      case 'divide':
        quotient(f, toFloat);
        break;
      case 'remainder':
        f.get(0).get(1);
        quotient(f, toFloat, f64.floor);
        f.op(i32.multiply, i32.subtract).i32(0).get(1).op(control.select);
        break;
      case 'threefry0':
      case 'threefry1': {
        const first = f.local(I32);
        const second = f.local(I32);
        f.get(0).get(1).get(2).get(3).call(threefryPair(g, 1)).set(second).set(first);
        f.get(fn === 'threefry0' ? first : second);
        break;
      }
      default:
        throw new Error(`wasm executor: no integer code for '${fn}'`);
    }
  });
}

const UNARY = { negate: true, abs: true, sign: true };

/** Truncated (or floored) quotient through float64, which holds it exactly; 0 when the divisor is 0. */
function quotient(f: FunctionBuilder, toFloat: number, ...rounding: number[]): void {
  f.get(0)
    .op(toFloat)
    .get(1)
    .op(toFloat, f64.divide, ...rounding, i64FromF64, i32.wrapI64);
  f.i32(0).get(1).op(control.select);
}
