/** Writing safetensors files. */
import type { DType } from '../dtype.ts';
import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { ITEM_SIZE, toBytes } from './bytes.ts';
import { DTYPE_NAMES, METADATA } from './safetensors-format.ts';

/** The order of UTF-8 texts, which is that of their code points. */
function compareTexts(a: string, b: string): number {
  const [p, q] = [[...a], [...b]];
  const first = p.findIndex((c, i) => c !== q[i]);
  if (first < 0) return p.length - q.length;
  return first >= q.length ? 1 : (p[first].codePointAt(0) ?? 0) - (q[first].codePointAt(0) ?? 0);
}

const ORDER = Object.keys(DTYPE_NAMES) as DType[];

/**
 * The bytes of a safetensors file with the given tensors and metadata.
 *
 * Tensors stand in the order of Python's library, by dtype and then by name, so that both write the same bytes
 * (metadata of several entries: sorted by name here, in no fixed order there).
 *
 * @param tensors - By name; for a tree see `treeToRecord`.
 * @throws ArgumentError for a tensor that is named `__metadata__`.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { writeSafetensors } from '@descant/tensor-ops/io';
 * writeSafetensors({ x: tensor([1, 2]) }).length; // => 72
 * ```
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  if (Object.hasOwn(tensors, METADATA))
    throw new ArgumentError('writeSafetensors', 'tensors', 'have names other than __metadata__', METADATA);
  const sorted = Object.entries(tensors).sort(
    ([a, x], [b, y]) => ORDER.indexOf(x.dtype) - ORDER.indexOf(y.dtype) || compareTexts(a, b),
  );
  let offset = 0;
  const entries = sorted.map(([name, { dtype, shape, size }]) => {
    const begin = offset;
    offset += size * ITEM_SIZE[dtype];
    return [name, { dtype: DTYPE_NAMES[dtype], shape, data_offsets: [begin, offset] }] as const;
  });
  const texts = Object.entries(metadata).sort(([a], [b]) => compareTexts(a, b));
  const first = texts.length > 0 ? [[METADATA, Object.fromEntries(texts)] as const] : [];
  // JSON.stringify of one object would move names that look like numbers to the front.
  const pairs = [...first, ...entries].map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
  const header = new TextEncoder().encode(`{${pairs.join()}}`);
  const padded = Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.fill(0x20, 8, 8 + padded);
  bytes.set(header, 8);
  let at = 8 + padded;
  for (const [, { data }] of sorted) {
    bytes.set(toBytes(data), at);
    at += data.byteLength;
  }
  return bytes;
}
