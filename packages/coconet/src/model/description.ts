/** What a network looks like, and what follows from it: its layers, their sizes and reach. */
import { ArgumentError } from '@descant/tensor-ops';

/** A network of chapter 3 of Cooijmans' thesis, or a dilated, optionally separable, relative of it. */
export interface CoconetDescription {
  /** Number of convolutions L, at least 4. */
  readonly layers: number;
  /** Channels H of all layers but the last. */
  readonly channels: number;
  /** Number of voices I. */
  readonly instruments: number;
  /** MIDI numbers of the first and the last pitch. Parameters do not depend on them. */
  readonly lowestPitch: number;
  readonly highestPitch: number;
  /** Dilations (time, pitch) of the 3 x 3 layers, repeated from the first layer on; [[1, 1]] is the paper's network. */
  readonly dilations: readonly (readonly [number, number])[];
  /** Whether the 3 x 3 layers after the first two are depthwise convolutions followed by 1 x 1 convolutions. */
  readonly separable: boolean;
  /** Layers l to which h of layer l - 2 is added: even l in 4..L-2 (the thesis), or odd l in 3..L-1 (the released code). */
  readonly skips: 'even' | 'odd';
}

/** One convolution. */
export interface Layer {
  /** Height and width of the filters. */
  readonly size: 2 | 3;
  readonly inputs: number;
  readonly outputs: number;
  readonly dilation: readonly [number, number];
  readonly separable: boolean;
  /** Whether the output of the layer before the last one is added. */
  readonly skip: boolean;
}

/** The range of the released chorales, which has 46 pitches. */
const CHORALE_RANGE = { lowestPitch: 36, highestPitch: 81 } as const;

const isCount = (x: unknown, least: number): boolean => Number.isInteger(x) && Number(x) >= least;

function check(argument: string, ok: boolean, expected: string, received: unknown): void {
  if (!ok) throw new ArgumentError('describe', argument, expected, JSON.stringify(received) ?? 'undefined');
}

/**
 * A complete description from a few options; everything else is the paper's network of four voices on 36..81.
 *
 * Source: Cooijmans (2023), thesis, section 3.3 (L = 64, H = 128). Dilations and separable layers are those of the
 * Bach Doodle's model: without them the receptive field of a small network, 2 L - 1 pitches, cannot link soprano and
 * bass.
 *
 * @throws ArgumentError for sizes out of range.
 *
 * @example
 * ```ts
 * import { describe } from '@descant/coconet';
 * const description = describe({ layers: 10, channels: 32 });
 * description.instruments; // => 4
 * description.dilations; // => [[1, 1]]
 * ```
 */
export function describe(
  options: Partial<CoconetDescription> & Pick<CoconetDescription, 'layers' | 'channels'>,
): CoconetDescription {
  const description: CoconetDescription = {
    layers: options.layers,
    channels: options.channels,
    instruments: options.instruments ?? 4,
    lowestPitch: options.lowestPitch ?? CHORALE_RANGE.lowestPitch,
    highestPitch: options.highestPitch ?? CHORALE_RANGE.highestPitch,
    dilations: options.dilations ?? [[1, 1]],
    separable: options.separable ?? false,
    skips: options.skips ?? 'even',
  };
  const { layers, channels, instruments, lowestPitch, highestPitch, dilations, separable, skips } =
    description;
  check('layers', isCount(layers, 4), 'be a whole number of at least 4', layers);
  check('channels', isCount(channels, 1), 'be a whole number of at least 1', channels);
  check('instruments', isCount(instruments, 1), 'be a whole number of at least 1', instruments);
  check('lowestPitch', isCount(lowestPitch, 0), 'be a whole number of at least 0', lowestPitch);
  const upwards = isCount(highestPitch, lowestPitch) && highestPitch <= 127;
  check('highestPitch', upwards, `be a whole number from ${lowestPitch} to 127`, highestPitch);
  const pairs = Array.isArray(dilations) && dilations.length > 0;
  const valid =
    pairs && dilations.every((d) => Array.isArray(d) && d.length === 2 && d.every((n) => isCount(n, 1)));
  check('dilations', valid, 'hold pairs of whole numbers of at least 1', dilations);
  check('separable', typeof separable === 'boolean', 'be true or false', separable);
  check('skips', skips === 'even' || skips === 'odd', 'be "even" or "odd"', skips);
  return description;
}

/**
 * A cycle of dilations 2^i, i = 0, 1, ..., capped along each axis: as long as the larger of the two caps asks for.
 *
 * @param caps - The largest dilation in time and in pitch.
 * @throws ArgumentError when a cap is below 1.
 *
 * @example
 * ```ts
 * import { dilationCycle } from '@descant/coconet';
 * dilationCycle({ time: 2, pitch: 8 }); // => [[1, 1], [2, 2], [2, 4], [2, 8]]
 * ```
 */
export function dilationCycle(caps: { time: number; pitch: number }): (readonly [number, number])[] {
  for (const [axis, cap] of Object.entries(caps)) {
    if (!isCount(cap, 1))
      throw new ArgumentError('dilationCycle', axis, 'be a whole number of at least 1', String(cap));
  }
  const length = Math.ceil(Math.log2(Math.max(caps.time, caps.pitch))) + 1;
  return Array.from({ length }, (_, i) => [Math.min(2 ** i, caps.time), Math.min(2 ** i, caps.pitch)]);
}

/**
 * The layers of a network, first to last: 3 x 3 filters, then two layers of 2 x 2.
 *
 * @example
 * ```ts
 * import { describe, layersOf } from '@descant/coconet';
 * layersOf(describe({ layers: 6, channels: 16 })).map(({ size, skip }) => [size, skip]);
 * // => [[3, false], [3, false], [3, false], [3, true], [2, false], [2, false]]
 * ```
 */
export function layersOf(description: CoconetDescription): Layer[] {
  const { layers, channels, instruments, dilations, separable, skips } = description;
  return Array.from({ length: layers }, (_, index) => {
    const l = index + 1;
    const size = l <= layers - 2 ? 3 : 2;
    return {
      size,
      inputs: l === 1 ? 2 * instruments : channels,
      outputs: l === layers ? instruments : channels,
      dilation: size === 3 ? dilations[index % dilations.length] : [1, 1],
      separable: separable && size === 3 && l > 2,
      skip: skips === 'even' ? l > 3 && l < layers - 1 && l % 2 === 0 : l >= 3 && l < layers && l % 2 === 1,
    };
  });
}

/** Weights of a layer's filters. */
const filterWeights = ({ size, inputs, outputs, separable }: Layer): number =>
  separable ? inputs * size ** 2 + inputs * outputs : size ** 2 * inputs * outputs;

/** What a network costs and sees. */
export interface Sizes {
  /** Weights of the filters, and scales and offsets of the normalisations. */
  readonly filterParameters: number;
  readonly normParameters: number;
  /** Products of a forward pass for each cell of time and pitch. */
  readonly multiplyAdds: number;
  /** Steps before and after, and semitones below and above, a cell that it depends on. */
  readonly reach: {
    readonly before: number;
    readonly after: number;
    readonly below: number;
    readonly above: number;
  };
}

/**
 * Sizes of a network: parameters, products for each cell of time and pitch, and the reach of an output.
 *
 * @example
 * ```ts
 * import { describe, sizesOf } from '@descant/coconet';
 * sizesOf(describe({ layers: 10, channels: 32 })).multiplyAdds; // => 71424
 * ```
 */
export function sizesOf(description: CoconetDescription): Sizes {
  const layers = layersOf(description);
  const total = (value: (layer: Layer) => number) => layers.reduce((sum, layer) => sum + value(layer), 0);
  const weights = total(filterWeights);
  // Filters of 2 x 2 see the cell itself and the next one.
  const low = (axis: 0 | 1) => total(({ size, dilation }) => (size === 3 ? dilation[axis] : 0));
  const high = (axis: 0 | 1) => total(({ size, dilation }) => (size === 3 ? dilation[axis] : 1));
  return {
    filterParameters: weights,
    normParameters: total(({ outputs }) => 2 * outputs),
    multiplyAdds: weights,
    reach: { before: low(0), after: high(0), below: low(1), above: high(1) },
  };
}
