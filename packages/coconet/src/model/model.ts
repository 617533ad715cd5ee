/** Trained networks and their files, in full precision or with weights of 8 bits. */
import { ArgumentError, key, type Shape, type Tensor, tensor } from '@descant/tensor-ops';
import { readSafetensors, recordToTree, treeToRecord, writeSafetensors } from '@descant/tensor-ops/io';
import { type CoconetDescription, describe } from './description.ts';
import { initParameters, initPopulation, type Parameters, type Statistics } from './parameters.ts';

/** A network ready to be used. */
export interface Coconet {
  readonly description: CoconetDescription;
  readonly parameters: Parameters;
  readonly statistics: Statistics;
}

/** Options of `encodeModel`. */
export interface EncodeOptions {
  /** Whether filters are kept as whole numbers of 8 bits with a scale for each output channel; default false. */
  readonly quantised?: boolean;
}

const FORMAT = 'descant coconet model 1';
const SCALE = '.scale8';
/** Largest magnitude of a quantised weight. */
const LEVELS = 127;

/** Weights of 8 bits: w = scale[output] q with q in -127..127, four of them in each word. */
function quantise(weights: Tensor): { words: Tensor; scale: Tensor } {
  const outputs = weights.shape[weights.rank - 1];
  const { data, size } = weights;
  const scale = new Float32Array(outputs);
  for (let i = 0; i < size; i++)
    scale[i % outputs] = Math.max(scale[i % outputs], Math.abs(data[i]) / LEVELS);
  const packed = new Int8Array(4 * Math.ceil(size / 4));
  for (let i = 0; i < size; i++) {
    const step = scale[i % outputs];
    // Rounding of the scale can carry the largest weight just beyond the last level.
    packed[i] = step === 0 ? 0 : Math.max(-LEVELS, Math.min(LEVELS, Math.round(data[i] / step)));
  }
  return { words: tensor(new Int32Array(packed.buffer)), scale: tensor(scale) };
}

function restore(words: Tensor, scale: Tensor, shape: Shape): Tensor {
  const packed = new Int8Array(Int32Array.from(words.data).buffer);
  const outputs = shape[shape.length - 1];
  const size = shape.reduce((n, d) => n * d, 1);
  return tensor(
    Float32Array.from(packed.subarray(0, size), (q, i) => q * scale.data[i % outputs]),
    { shape },
  );
}

/**
 * The bytes of a model: a safetensors file with the description in its metadata.
 *
 * Quantised, filters are rounded to 255 levels in each output channel and packed, four to a word of int32, lowest
 * byte first; scales, offsets and statistics stay in float32.
 *
 * @example
 * ```ts
 * import { decodeModel, describe, encodeModel, initParameters, initPopulation } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 8 });
 * const model = { description, parameters: initParameters(key(0), description), statistics: initPopulation(description) };
 * decodeModel(encodeModel(model, { quantised: true })).description.channels; // => 8
 * ```
 */
export function encodeModel(
  model: Coconet,
  { quantised = false }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const { description, parameters, statistics } = model;
  const record = treeToRecord({ parameters, statistics });
  const metadata = { format: FORMAT, description: JSON.stringify(description) };
  if (!quantised) return writeSafetensors(record, metadata);
  const entries = Object.entries(record).flatMap(([name, x]): [string, Tensor][] => {
    if (!name.includes('.filters.')) return [[name, x]];
    const { words, scale } = quantise(x);
    return [
      [name, words],
      [name + SCALE, scale],
    ];
  });
  return writeSafetensors(Object.fromEntries(entries), metadata);
}

function readDescription(text: string): CoconetDescription {
  try {
    return describe(JSON.parse(text));
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ArgumentError('decodeModel', 'bytes', 'have a description of JSON text', reason);
  }
}

/**
 * The model in the bytes of a file that `encodeModel` made.
 *
 * @throws ArgumentError when the bytes are damaged, of another kind, or do not fit the description in them.
 *
 * @example
 * ```ts
 * import { decodeModel, describe, encodeModel, initParameters, initPopulation } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 8 });
 * const model = { description, parameters: initParameters(key(0), description), statistics: initPopulation(description) };
 * decodeModel(encodeModel(model)).parameters.length; // => 4
 * ```
 */
export function decodeModel(bytes: Uint8Array): Coconet {
  const { tensors, metadata } = readSafetensors(bytes);
  if (metadata.format !== FORMAT) {
    const received = metadata.format === undefined ? 'no format in its metadata' : `"${metadata.format}"`;
    throw new ArgumentError('decodeModel', 'bytes', `be a file of format "${FORMAT}"`, received);
  }
  const description = readDescription(metadata.description);
  const like = { parameters: initParameters(key(0), description), statistics: initPopulation(description) };
  const shapes = treeToRecord(like);
  const entries = Object.entries(tensors).flatMap(([name, x]): [string, Tensor][] => {
    const scale = tensors[name + SCALE];
    if (name.endsWith(SCALE)) return [];
    if (scale === undefined) return [[name, x]];
    const shape = shapes[name]?.shape ?? [];
    const words = Math.ceil(shape.reduce((n, d) => n * d, 1) / 4);
    if (x.size !== words || scale.size !== shape.at(-1)) {
      const expected = `hold "${name}" as ${words} words`;
      throw new ArgumentError('decodeModel', 'bytes', expected, `${x.size} with ${scale.size} scales`);
    }
    return [[name, restore(x, scale, shape)]];
  });
  return { description, ...recordToTree(Object.fromEntries(entries), like) };
}
