/** Integer functions, in 64 bits where 32 would overflow; converting back wraps, as ONNX's Cast says. */
import type { DType } from '../../dtype.ts';
import type { GraphBuilder, Value } from '../builder.ts';

/** `type` (Div or Mod) of integers, and 0 where the divisor is 0, which would stop a runtime. */
const guarded =
  (type: string) =>
  (g: GraphBuilder, x: Value, y: Value, dtype: DType): Value =>
    g.through('int64', dtype, [x, y], ([a, b]) => {
      const zero = g.scalar(0, 'int64');
      const nothing = g.op('Equal', [b, zero]);
      const divisor = g.where(nothing, g.scalar(1, 'int64'), b, 'int64');
      return g.where(nothing, zero, g.op(type, [a, divisor]), 'int64');
    });

/** The quotient truncated towards zero. */
export const integerDivide = guarded('Div');

/** The remainder with the sign of the divisor. */
export const integerRemainder = guarded('Mod');

/** Shifts zeros in from the left, by the amount modulo 32; ONNX shifts unsigned integers only. */
export function shiftRight(g: GraphBuilder, x: Value, y: Value, dtype: DType): Value {
  return g.through('uint32', dtype, [x, y], ([bits, amount]) =>
    g.op('BitShift', [bits, g.op('BitwiseAnd', [amount, g.scalar(31, 'uint32')])], { direction: 'RIGHT' }),
  );
}
