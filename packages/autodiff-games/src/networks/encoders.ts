/** The first half of pair networks: what represents one player. */
import {
  add,
  at,
  concat,
  expandDims,
  type FloatType,
  mul,
  ones,
  split,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import { type LinearParameters, linear } from '@descant/tensor-ops/nn';
import {
  gelu,
  initBlocks,
  initNormalised,
  initPlain,
  type NormalisedLayer,
  normalised,
  type ResidualBlock,
  residuals,
} from './layers.ts';

/** What an encoder learns besides its blocks. */
interface Shared {
  readonly blocks: readonly ResidualBlock[];
  /** [scale, offset], each [2, 1, width], which tell the players apart; none where they are interchangeable. */
  readonly players: readonly Tensor[];
}

export type EncoderParameters =
  | (Shared & { readonly first: LinearParameters; readonly last: NormalisedLayer })
  | (Shared & {
      readonly embedding: LinearParameters;
      readonly policy: NormalisedLayer;
      readonly setting: LinearParameters;
      readonly mix: NormalisedLayer;
    });

/** What the form of an encoder depends on; see `PairNetworkOptions`. */
export interface EncoderOptions {
  readonly size: number;
  readonly units: number;
  readonly residualBlocks: number;
  readonly encoder: 'thesis' | 'notebook';
  readonly symmetric: boolean;
}

export function initEncoder(key: Tensor, options: EncoderOptions, dtype: FloatType): EncoderParameters {
  const { size, units, residualBlocks, encoder, symmetric } = options;
  const keys = split(key, 5);
  const blocks = initBlocks(at(keys, 0), residualBlocks, units, dtype);
  const marks = (width: number) =>
    symmetric ? [] : [ones([2, 1, width], dtype), zeros([2, 1, width], dtype)];
  if (encoder === 'thesis') {
    return {
      blocks,
      players: marks(units),
      first: initPlain(at(keys, 1), size + 1, units, dtype),
      last: initNormalised(at(keys, 2), units, units, dtype),
    };
  }
  return {
    blocks,
    players: marks(2 * units),
    embedding: initPlain(at(keys, 1), size, units, dtype),
    policy: initNormalised(at(keys, 2), units, units, dtype),
    setting: initPlain(at(keys, 3), 1, units, dtype),
    mix: initNormalised(at(keys, 4), 2 * units, units, dtype),
  };
}

const marked = (players: readonly Tensor[], z: Tensor): Tensor =>
  players.length === 0 ? z : add(mul(z, players[0]), players[1]);

/**
 * Representations [2, R, units] of both players, from inputs [2, R, n] and settings [2, R].
 *
 * `thesis`: a layer of both together, residual blocks, a normalised layer, then the marks (appendix 6.D and 6.E; the
 * first layer is not normalised, because that would remove the scale of the inputs). `notebook`: layers for each apart, the marks, a normalised layer of both, residual blocks.
 */
export function encode(parameters: EncoderParameters, inputs: Tensor, settings: Tensor): Tensor {
  const { blocks, players } = parameters;
  const setting = expandDims(settings, 2);
  if ('first' in parameters) {
    const z = residuals(blocks, gelu(linear(parameters.first, concat([inputs, setting], 2))), gelu);
    return marked(players, normalised(parameters.last, z, gelu));
  }
  const policy = normalised(parameters.policy, gelu(linear(parameters.embedding, inputs)), gelu);
  const both = concat([policy, gelu(linear(parameters.setting, setting))], 2);
  return residuals(blocks, normalised(parameters.mix, marked(players, both), gelu), gelu);
}
