/** Reading safetensors files. */
import type { DType } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { constant } from '../ir/build.ts';
import { type Shape, sizeOf } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkBytes, ITEM_SIZE, toStorage } from './bytes.ts';
import { DTYPE_NAMES, METADATA, type Safetensors } from './safetensors-format.ts';

const FN = 'readSafetensors';
/** The longest header that Python's library accepts, too. */
const LONGEST_HEADER = 100_000_000;

const isObject = (x: unknown): x is Record<string, unknown> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);
const isCount = (x: unknown): x is number => Number.isSafeInteger(x) && Number(x) >= 0;

/** One tensor as the header describes it. */
interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8)
    throw new ArgumentError(FN, 'bytes', 'begin with the length of the header, 8 bytes', `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER)
    throw new ArgumentError(FN, 'bytes', `have a header of at most ${LONGEST_HEADER} bytes`, `${length}`);
  if (8 + length > bytes.length)
    throw new ArgumentError(FN, 'bytes', `hold a header of ${length} bytes`, `${bytes.length - 8}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArgumentError(FN, 'bytes', 'have a header of JSON text', reason);
  }
  if (!isObject(header)) throw new ArgumentError(FN, 'header', 'be an object', JSON.stringify(header));
  return { header, start: 8 + length };
}

function readEntry(name: string, described: unknown): Entry {
  const what = `tensor "${name}"`;
  const { dtype, shape, data_offsets: range } = isObject(described) ? described : {};
  const known = Object.entries(DTYPE_NAMES).find(([, text]) => text === dtype);
  if (known === undefined) {
    throw new ArgumentError(
      FN,
      what,
      `have dtype ${Object.values(DTYPE_NAMES).join(', ')}`,
      JSON.stringify(dtype) ?? 'none',
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw new ArgumentError(FN, what, 'have a shape of whole numbers', JSON.stringify(shape) ?? 'none');
  if (!Array.isArray(range) || range.length !== 2 || !range.every(isCount) || range[0] > range[1])
    throw new ArgumentError(FN, what, 'have two ascending data_offsets', JSON.stringify(range) ?? 'none');
  const [begin, end] = range;
  const own = known[0] as DType;
  const needed = sizeOf(shape) * ITEM_SIZE[own];
  if (end - begin !== needed) {
    const size = `take ${needed} bytes for ${dtype}${showShape(shape)}`;
    throw new ArgumentError(FN, what, size, `${end - begin}`);
  }
  return { name, dtype: own, shape, begin, end };
}

function readMetadata(described: unknown): Record<string, string> {
  const entries = isObject(described) ? Object.entries(described) : undefined;
  const texts = entries?.flatMap(([k, v]) => (typeof v === 'string' ? [[k, v] as const] : []));
  if (entries === undefined || texts === undefined || texts.length < entries.length)
    throw new ArgumentError(FN, METADATA, 'be an object of texts', JSON.stringify(described));
  return Object.fromEntries(texts);
}

/** The tensors must cover the data without holes or overlaps. */
function checkCover(entries: readonly Entry[], length: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      throw new ArgumentError(FN, `tensor "${name}"`, `begin at byte ${covered} of the data`, `${begin}`);
    covered = end;
  }
  if (covered !== length)
    throw new ArgumentError(FN, 'bytes', `hold ${covered} bytes of data after the header`, `${length}`);
}

/**
 * The tensors and the metadata in the bytes of a safetensors file.
 *
 * Reads the dtypes F32, F64, I32, U32 and BOOL. The data are copied.
 *
 * Source: the format of huggingface/safetensors; as its libraries do, refuses holes and overlaps in the data.
 *
 * @throws ArgumentError for a truncated file, a bad header or another dtype, naming the tensor.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { readSafetensors, writeSafetensors } from '@descant/tensor-ops/io';
 * const bytes = writeSafetensors({ weights: tensor([1, 2]) }, { origin: 'example' });
 * const file = readSafetensors(bytes);
 * file.tensors.weights.toArray(); // => [1, 2]
 * file.metadata; // => { origin: 'example' }
 * ```
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  checkBytes(FN, bytes);
  const { header, start } = readHeader(bytes);
  const { [METADATA]: metadata, ...described } = header;
  const entries = Object.entries(described).map(([name, entry]) => readEntry(name, entry));
  checkCover(entries, bytes.length - start);
  const tensors = entries.map(({ name, dtype, shape, begin, end }): [string, Tensor] => {
    const data = toStorage(FN, `tensor "${name}"`, dtype, bytes.subarray(start + begin, start + end));
    return [name, constant(data, shape, dtype)];
  });
  return {
    tensors: Object.fromEntries(tensors),
    metadata: metadata === undefined ? {} : readMetadata(metadata),
  };
}
