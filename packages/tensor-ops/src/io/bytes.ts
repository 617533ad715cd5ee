/** Typed storage from bytes of files, which are little-endian, as is every platform that runs JavaScript today. */
import type { DType, TypedArray } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';

/** Bytes of one element. */
export const ITEM_SIZE: Record<DType, number> = { float32: 4, float64: 8, int32: 4, uint32: 4, bool: 1 };

/** Checks that an argument is bytes. */
export function checkBytes(fn: string, bytes: Uint8Array): void {
  if (!(bytes instanceof Uint8Array)) throw new ArgumentError(fn, 'bytes', 'be a Uint8Array', typeof bytes);
}

/** A copy of bytes as storage of a dtype; `what` names their origin in errors. */
export function toStorage(fn: string, what: string, dtype: DType, bytes: Uint8Array): TypedArray {
  // Not slice(): that of Node's Buffer shares its memory.
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'uint32':
      return new Uint32Array(buffer);
    case 'bool': {
      const wrong = bytes.find((b) => b > 1);
      if (wrong !== undefined) throw new ArgumentError(fn, what, 'hold booleans, 0 or 1', String(wrong));
      return new Uint8Array(buffer);
    }
  }
}

/** The bytes of typed storage. */
export const toBytes = (data: TypedArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
