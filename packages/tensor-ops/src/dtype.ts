/** Element types of tensors, their storage and their promotion. */

/** The element types. `bool` is stored one byte an element, 0 or 1. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint32' | 'bool';

/** The storage of a concrete tensor's elements, row-major. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The storage of each type, in the order of promotion. */
const STORAGE = {
  bool: Uint8Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** All element types, in promotion order. */
export const DTYPES = Object.keys(STORAGE) as readonly DType[];

/** Allocates zeroed storage for `length` elements. */
export const allocate = (dtype: DType, length: number): TypedArray => new STORAGE[dtype](length);

/** The `length` elements that begin at a byte of a buffer. */
export const viewOn = (buffer: ArrayBuffer, dtype: DType, start: number, length: number): TypedArray =>
  new STORAGE[dtype](buffer, start, length);

/** The element type that typed storage holds; `Uint8Array` means bool. */
export const dtypeOf = (data: TypedArray): DType =>
  DTYPES.find((dtype) => data instanceof STORAGE[dtype]) ?? 'bool';

export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64';

/** The smallest type that holds both: bool < uint32 < int32 < float32 < float64. */
export const promote = (a: DType, b: DType): DType => DTYPES[Math.max(DTYPES.indexOf(a), DTYPES.indexOf(b))];
