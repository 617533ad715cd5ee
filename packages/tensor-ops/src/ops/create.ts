/** Making tensors. */
import { allocate, DTYPES, type DType, dtypeOf, type TypedArray } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { filled } from '../ir/arithmetic.ts';
import { constant } from '../ir/build.ts';
import { cast as castNode } from '../primitives/cast.ts';
import { checkShape, type Shape, sizeOf } from '../shape.ts';
import type { Nested, Tensor } from '../tensor.ts';
import { asTensor, type Operand } from './operands.ts';

function checkDtype(fn: string, dtype: DType): DType {
  if (!DTYPES.includes(dtype))
    throw new ArgumentError(fn, 'dtype', `be one of ${DTYPES.join(', ')}`, String(dtype));
  return dtype;
}

/** The dtype of typed storage; other kinds than the five would be misread. */
function storedType(values: TypedArray): DType {
  const dtype = dtypeOf(values);
  if (dtype === 'bool' && !(values instanceof Uint8Array)) {
    const expected = 'be a Float32Array, Float64Array, Int32Array, Uint32Array or Uint8Array';
    throw new ArgumentError('tensor', 'values', expected, (values as object).constructor.name);
  }
  return dtype;
}

function nestedShape(values: unknown): number[] {
  return Array.isArray(values) ? [values.length, ...(values.length > 0 ? nestedShape(values[0]) : [])] : [];
}

/** Copies nested arrays into storage; every array of one level must have the same length. */
function fill(values: unknown, shape: Shape, depth: number, out: number[]): void {
  if (depth === shape.length) {
    if (typeof values !== 'number' && typeof values !== 'boolean') {
      throw new ArgumentError(
        'tensor',
        'values',
        'hold numbers or booleans',
        Array.isArray(values) ? 'a ragged array' : String(values),
      );
    }
    out.push(Number(values));
    return;
  }
  if (!Array.isArray(values) || values.length !== shape[depth]) {
    const received = Array.isArray(values) ? `one of length ${values.length}` : String(values);
    throw new ArgumentError(
      'tensor',
      'values',
      `have arrays of length ${shape[depth]} at depth ${depth + 1}`,
      received,
    );
  }
  for (const v of values) fill(v, shape, depth + 1, out);
}

/**
 * Makes a tensor of nested arrays, a number, a boolean, or typed storage (with its shape; copied).
 *
 * The dtype is float32 for numbers, bool for booleans and that of typed storage (`Uint8Array`: bool) unless given.
 * Ragged arrays, values that are not numbers and unknown dtypes are `ArgumentError`s.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * tensor([[1, 2], [3, 4]]).shape; // => [2, 2]
 * tensor(new Float64Array([1, 2, 3, 4]), { shape: [2, 2] }).dtype; // => 'float64'
 * ```
 */
export function tensor(
  values: Nested | TypedArray,
  options: { readonly dtype?: DType; readonly shape?: Shape } = {},
): Tensor {
  if (ArrayBuffer.isView(values)) {
    const own = storedType(values);
    const copy = own === 'bool' ? values.map((x) => Number(x !== 0)) : values.slice();
    const whole = withShape(copy, options.shape ?? [values.length], own);
    return castNode(whole, checkDtype('tensor', options.dtype ?? own));
  }
  const shape = nestedShape(values);
  const flat: number[] = [];
  fill(values, shape, 0, flat);
  let first: unknown = values;
  while (Array.isArray(first)) first = first[0];
  const dtype = checkDtype('tensor', options.dtype ?? (typeof first === 'boolean' ? 'bool' : 'float32'));
  const float = constant(Float64Array.from(flat), shape, 'float64');
  const result = castNode(float, dtype);
  return options.shape === undefined ? result : withShape(result.data, options.shape, dtype);
}

/** Storage under a shape given by the caller. */
function withShape(data: TypedArray, shape: Shape, dtype: DType): Tensor {
  if (sizeOf(checkShape('tensor', shape)) !== data.length) {
    throw new ArgumentError('tensor', 'shape', `have ${data.length} elements`, showShape(shape));
  }
  return constant(data, shape, dtype);
}

/**
 * A tensor with every element equal to `value`; it takes no memory.
 *
 * @example
 * ```ts
 * import { full } from '@descant/tensor-ops';
 * full([2], 7).toArray(); // => [7, 7]
 * ```
 */
export function full(shape: Shape, value: number, dtype: DType = 'float32'): Tensor {
  return filled(value, checkShape('full', shape), checkDtype('full', dtype));
}

/**
 * Zeros.
 *
 * @example
 * ```ts
 * import { zeros } from '@descant/tensor-ops';
 * zeros([2]).toArray(); // => [0, 0]
 * ```
 */
export const zeros = (shape: Shape, dtype: DType = 'float32'): Tensor => full(shape, 0, dtype);

/**
 * Ones.
 *
 * @example
 * ```ts
 * import { ones } from '@descant/tensor-ops';
 * ones([2]).toArray(); // => [1, 1]
 * ```
 */
export const ones = (shape: Shape, dtype: DType = 'float32'): Tensor => full(shape, 1, dtype);

/**
 * The whole numbers start, ..., stop - 1 (int32 unless said otherwise).
 *
 * @example
 * ```ts
 * import { arange } from '@descant/tensor-ops';
 * arange(1, 4).toArray(); // => [1, 2, 3]
 * ```
 */
export function arange(start: number, stop: number, dtype: DType = 'int32'): Tensor {
  if (!Number.isInteger(start) || !Number.isInteger(stop) || stop < start) {
    throw new ArgumentError('arange', 'bounds', 'be whole numbers with start <= stop', `${start}, ${stop}`);
  }
  const data = allocate(checkDtype('arange', dtype), stop - start);
  for (let i = 0; i < data.length; i++) data[i] = start + i;
  return constant(data, [data.length], dtype);
}

/**
 * `count` evenly spaced numbers from `start` to `stop`, both included.
 *
 * @example
 * ```ts
 * import { linspace } from '@descant/tensor-ops';
 * linspace(0, 1, 3).toArray(); // => [0, 0.5, 1]
 * ```
 */
export function linspace(start: number, stop: number, count: number, dtype: DType = 'float32'): Tensor {
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError('linspace', 'count', 'be a whole number of at least 1', String(count));
  const data = allocate(checkDtype('linspace', dtype), count);
  for (let i = 0; i < count; i++) data[i] = count === 1 ? start : start + ((stop - start) * i) / (count - 1);
  return constant(data, [count], dtype);
}

/**
 * The identity matrix of size n.
 *
 * @example
 * ```ts
 * import { eye } from '@descant/tensor-ops';
 * eye(2).toArray(); // => [[1, 0], [0, 1]]
 * ```
 */
export function eye(n: number, dtype: DType = 'float32'): Tensor {
  const data = allocate(checkDtype('eye', dtype), sizeOf(checkShape('eye', [n, n])));
  for (let i = 0; i < n; i++) data[i * n + i] = 1;
  return constant(data, [n, n], dtype);
}

/**
 * The same values in another dtype; floats truncate towards zero and saturate when they become integers.
 *
 * @example
 * ```ts
 * import { cast, tensor } from '@descant/tensor-ops';
 * cast(tensor([1.7, -1.7]), 'int32').toArray(); // => [1, -1]
 * ```
 */
export function cast(x: Operand, dtype: DType): Tensor {
  return castNode(asTensor('cast', 'x', x), checkDtype('cast', dtype));
}
