/** Constant folding: what an operation on constants gives in its type. */
import { allocate, type DType, isFloat } from '../../dtype.ts';
import { type ScalarFunction, scalarFunction } from '../../ir/scalar-functions.ts';

/** A double-precision result as stored in a type; integers wrap. */
function store(value: number, dtype: DType): number {
  const cell = allocate(dtype, 1);
  cell[0] = dtype === 'bool' ? Number(value !== 0) : value;
  return cell[0];
}

const clamp = (value: number, low: number, high: number): number =>
  Number.isNaN(value) ? 0 : Math.min(high, Math.max(low, Math.trunc(value)));

/** Conversion between types: floats to integers truncate and saturate, NaN becomes 0. */
export function castScalar(value: number, from: DType, to: DType): number {
  if (isFloat(from) && to === 'int32') return clamp(value, -2147483648, 2147483647);
  if (isFloat(from) && to === 'uint32') return clamp(value, 0, 4294967295);
  return store(value, to);
}

/** A scalar function of constants; `dtype` is the type of the result. */
export function evaluateScalar(fn: ScalarFunction, values: readonly number[], dtype: DType): number {
  const [a, b, c, d] = values;
  if (!isFloat(dtype) && fn === 'multiply') return store(Math.imul(a, b), dtype);
  if (!isFloat(dtype) && fn === 'divide') return b === 0 ? 0 : store(Math.trunc(a / b), dtype);
  return store(scalarFunction(fn).evaluate(a, b, c, d), dtype);
}
