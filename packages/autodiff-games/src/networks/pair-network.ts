/** Networks that look at two players: a representation of each by itself, then the two of them together. */
import {
  ArgumentError,
  add,
  at,
  type FloatType,
  matmul,
  mul,
  sigmoid,
  slice,
  split,
  stack,
  stopGradient,
  type Tensor,
  tanh,
} from '@descant/tensor-ops';
import { type LinearParameters, layerNorm, linear } from '@descant/tensor-ops/nn';
import { type EncoderParameters, encode, initEncoder } from './encoders.ts';
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

/** Options of `pairNetwork`. */
export interface PairNetworkOptions {
  /** n, the number of parameters of each player. */
  readonly size: number;
  /** How many numbers come out for each player. */
  readonly outputs: number;
  /** The width of all layers. */
  readonly units: number;
  /** Residual blocks in each of the two halves, at least 0. */
  readonly residualBlocks: number;
  /** How parameters and setting become a player's representation; see `pairNetwork`. */
  readonly encoder: 'thesis' | 'notebook';
  /** What the network sees: the parameters, or their sigmoids, which are probabilities when they are logits. */
  readonly input: 'parameters' | 'probabilities';
  /** Multiplies what the network sees, so that it is of the order of 1; default 1. */
  readonly inputScale?: number;
  /** The last activation. */
  readonly last: 'gelu' | 'tanh';
  /** Whether the players are interchangeable: in their game, and in how they learn. */
  readonly symmetric: boolean;
}

/** What a pair network learns: a tree of tensors. */
export interface PairNetworkParameters {
  readonly encoder: EncoderParameters;
  /** Of a player's own representation, followed by the other's. */
  readonly join: NormalisedLayer;
  readonly blocks: readonly ResidualBlock[];
  readonly last: NormalisedLayer;
  readonly output: LinearParameters;
}

/** How a pair network is read. */
export interface ReadOptions {
  /** Factors [2, R, units] of the last hidden units; signs make the network explore. */
  readonly signs?: Tensor;
  /** Whose numbers are computed; default both. */
  readonly players?: readonly number[];
  /** Hides from derivatives how a player's numbers depend on the other; default false. */
  readonly ownDerivativesOnly?: boolean;
}

/** A network of two players. */
export interface PairNetwork {
  readonly options: PairNetworkOptions;
  init(key: Tensor, dtype?: FloatType): PairNetworkParameters;
  /** The outputs [players, R, outputs] for R positions [2, R, n] with settings [2, R], one for each player. */
  outputs(parameters: PairNetworkParameters, x: Tensor, settings: Tensor, read?: ReadOptions): Tensor;
  /** The last hidden units [players, R, units], of which the outputs are affine functions. */
  hidden(parameters: PairNetworkParameters, x: Tensor, settings: Tensor, read?: ReadOptions): Tensor;
}

function checkOptions(options: PairNetworkOptions): void {
  for (const argument of ['size', 'outputs', 'units'] as const) {
    const count = options[argument];
    if (!Number.isInteger(count) || count < 1)
      throw new ArgumentError('pairNetwork', argument, 'be a whole number of at least 1', String(count));
  }
  const { residualBlocks } = options;
  if (!Number.isInteger(residualBlocks) || residualBlocks < 0) {
    const received = String(residualBlocks);
    throw new ArgumentError('pairNetwork', 'residualBlocks', 'be a whole number of at least 0', received);
  }
}

/**
 * A network of two players that treats them alike: each player's numbers come from its own representation and the
 * other's, by the same weights.
 *
 * `z_i = encoder(x_i, s_i)`, `h_i = last(blocks(gelu(norm(join [z_i, z_j]))))`, `y_i = output(h_i)`, with s_i a setting
 * such as the player's meta-discount. The encoder of the `thesis` is a layer of (x_i, s_i), residual blocks and a
 * normalised layer (its first layer is not normalised, which would remove the scale of x_i); that of the `notebook`
 * embeds x_i and s_i apart and has no layer after the blocks. Where the players are not interchangeable, z_i is scaled and
 * shifted for each player.
 *
 * Source: Cooijmans 2023, thesis, appendix 6.D and 6.E, and the authors' notebook on matrix games, whose starting weights
 * (orthogonal in normalised layers, LeCun's elsewhere) and approximation of GELU this uses.
 *
 * @returns Functions of the network's parameters, for batches with the players on the first axis.
 * @throws ArgumentError when a number is out of range.
 *
 * @example
 * ```ts
 * import { pairNetwork } from '@descant/autodiff-games';
 * import { key, zeros } from '@descant/tensor-ops';
 * const network = pairNetwork({
 *   size: 5, outputs: 3, units: 8, residualBlocks: 1, encoder: 'thesis', input: 'probabilities', last: 'tanh', symmetric: true,
 * });
 * const parameters = network.init(key(0));
 * network.outputs(parameters, zeros([2, 10, 5]), zeros([2, 10])).shape; // => [2, 10, 3]
 * ```
 */
export function pairNetwork(options: PairNetworkOptions): PairNetwork {
  checkOptions(options);
  const { outputs, units, residualBlocks, input, inputScale = 1 } = options;
  const last = { gelu, tanh }[options.last];
  const network: PairNetwork = {
    options,
    init(key, dtype = 'float32') {
      const keys = split(key, 5);
      return {
        encoder: initEncoder(at(keys, 0), options, dtype),
        join: initNormalised(at(keys, 1), 2 * units, units, dtype),
        blocks: initBlocks(at(keys, 2), residualBlocks, units, dtype),
        last: initNormalised(at(keys, 3), units, units, dtype),
        output: initPlain(at(keys, 4), units, outputs, dtype),
      };
    },
    hidden(parameters, x, settings, { signs, players = [0, 1], ownDerivativesOnly = false } = {}) {
      const z = encode(
        parameters.encoder,
        mul(inputScale, input === 'probabilities' ? sigmoid(x) : x),
        settings,
      );
      const { weights, norm } = parameters.join;
      const [own, other] = [0, units].map((row) => slice(weights, [row, 0], [units, units]));
      const seen = ownDerivativesOnly ? stopGradient(z) : z;
      const joined = players.map((player) =>
        add(matmul(at(z, player), own), matmul(at(seen, 1 - player), other)),
      );
      const first = gelu(layerNorm(norm, stack(joined)));
      const h = normalised(parameters.last, residuals(parameters.blocks, first, gelu), last);
      return signs === undefined ? h : mul(h, stack(players.map((player) => at(signs, player))));
    },
    outputs: (parameters, x, settings, read) =>
      linear(parameters.output, network.hidden(parameters, x, settings, read)),
  };
  return network;
}
