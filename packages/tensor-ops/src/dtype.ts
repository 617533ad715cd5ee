/** Element types of tensors, their storage and their promotion. */

/** The element types. `bool` is stored one byte an element, 0 or 1. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint32' | 'bool';

/** The storage of a concrete tensor's elements, row-major. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

const RANK: Record<DType, number> = { bool: 0, uint32: 1, int32: 2, float32: 3, float64: 4 };

/** All element types, in promotion order. */
export const DTYPES = Object.keys(RANK) as readonly DType[];

/** Allocates zeroed storage for `length` elements. */
export function allocate(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint32':
      return new Uint32Array(length);
    case 'bool':
      return new Uint8Array(length);
  }
}

/** The element type that typed storage holds; `Uint8Array` means bool. */
export function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint32Array) return 'uint32';
  return 'bool';
}

export const isFloat = (dtype: DType): boolean => dtype === 'float32' || dtype === 'float64';

/** The smallest type that holds both: bool < uint32 < int32 < float32 < float64. */
export const promote = (a: DType, b: DType): DType => (RANK[a] >= RANK[b] ? a : b);
