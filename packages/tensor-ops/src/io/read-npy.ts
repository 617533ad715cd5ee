/** Reading NumPy's array files. */

import type { DType, TypedArray } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import { constant } from '../ir/build.ts';
import { transpose } from '../ops/shape.ts';
import { sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkBytes, ITEM_SIZE, toStorage } from './bytes.ts';

const FN = 'readNpy';
const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY')];

/** dtypes that are read as they are. */
const DIRECT: Readonly<Record<string, DType>> = {
  '<f4': 'float32',
  '<f8': 'float64',
  '<i4': 'int32',
  '<u4': 'uint32',
  '|b1': 'bool',
};

/** Integers of other sizes, read as int32: how many bytes they take, and how one is read. */
const WIDENED: Readonly<
  Record<string, { size: number; read: (view: DataView, at: number) => number | bigint }>
> = {
  '|i1': { size: 1, read: (view, at) => view.getInt8(at) },
  '|u1': { size: 1, read: (view, at) => view.getUint8(at) },
  '<i2': { size: 2, read: (view, at) => view.getInt16(at, true) },
  '<u2': { size: 2, read: (view, at) => view.getUint16(at, true) },
  '<i8': { size: 8, read: (view, at) => view.getBigInt64(at, true) },
  '<u8': { size: 8, read: (view, at) => view.getBigUint64(at, true) },
};

/** The header: a Python dictionary with three known keys. */
function readHeader(fn: string, bytes: Uint8Array) {
  if (bytes.length < 12 || MAGIC.some((b, i) => bytes[i] !== b))
    throw new ArgumentError(
      fn,
      'bytes',
      'begin as a .npy file does, with \\x93NUMPY',
      `${bytes.length} bytes`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = bytes[6] === 1;
  const start = short ? 10 : 12;
  const length = short ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw new ArgumentError(fn, 'bytes', `hold a header of ${length} bytes`, `${bytes.length - start}`);
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const shape = /'shape': *\(([\d, ]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined)
    throw new ArgumentError(fn, 'header', "have a plain 'descr', 'fortran_order' and 'shape'", text.trim());
  const lengths = shape.split(',').flatMap((d) => (d.trim() === '' ? [] : [Number(d)]));
  return { descr, fortran: order === 'True', shape: lengths, data: bytes.subarray(start + length) };
}

function checkLength(fn: string, data: Uint8Array, needed: number): void {
  if (data.length !== needed)
    throw new ArgumentError(fn, 'bytes', `hold ${needed} bytes of data after the header`, `${data.length}`);
}

/** The elements as a dtype of ours, exactly. */
function readData(
  fn: string,
  descr: string,
  data: Uint8Array,
  count: number,
): { dtype: DType; data: TypedArray } {
  if (Object.hasOwn(DIRECT, descr)) {
    const dtype = DIRECT[descr];
    checkLength(fn, data, count * ITEM_SIZE[dtype]);
    return { dtype, data: toStorage(fn, 'data', dtype, data) };
  }
  if (!Object.hasOwn(WIDENED, descr)) {
    const known = [...Object.keys(DIRECT), ...Object.keys(WIDENED)].join(', ');
    throw new ArgumentError(fn, 'dtype', `be one of ${known}`, descr);
  }
  const { size, read } = WIDENED[descr];
  checkLength(fn, data, count * size);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const numbers = Int32Array.from({ length: count }, (_, i) => {
    const value = Number(read(view, i * size));
    if (value !== (value | 0))
      throw new ArgumentError(fn, `${descr} element ${i}`, 'fit in int32', String(value));
    return value;
  });
  return { dtype: 'int32', data: numbers };
}

/** `readNpy` for a function whose name errors should tell. */
export function readArray(fn: string, bytes: Uint8Array): Tensor {
  checkBytes(fn, bytes);
  const { descr, fortran, shape, data } = readHeader(fn, bytes);
  const read = readData(fn, descr, data, sizeOf(shape));
  return fortran
    ? transpose(constant(read.data, shape.toReversed(), read.dtype))
    : constant(read.data, shape, read.dtype);
}

/**
 * The array in the bytes of a .npy file.
 *
 * float32, float64, int32, uint32 and bool keep their dtypes; int64 and the other integers become int32, and must
 * fit. Little-endian, in C or in Fortran order.
 *
 * Source: numpy.lib.format, versions 1 to 3.
 *
 * @throws ArgumentError for a truncated file, a bad header, another dtype, or an integer beyond int32.
 *
 * @example
 * ```ts
 * import { readNpy } from '@descant/tensor-ops/io';
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n";
 * const bytes = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0];
 * readNpy(Uint8Array.from([...bytes, ...new TextEncoder().encode(header), 0, 0, 128, 63])).toArray(); // => [1]
 * ```
 */
export const readNpy = (bytes: Uint8Array): Tensor => readArray(FN, bytes);
