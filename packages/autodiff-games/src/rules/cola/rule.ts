/** Learning along the consistent directions that COLA has learned. */
import { at, expandDims, type FloatType, full, reshape, stack } from '@descant/tensor-ops';
import type { Game } from '../../game.ts';
import type { PairNetwork, PairNetworkParameters } from '../../networks/pair-network.ts';
import { ravel, unravel } from '../../parameters.ts';
import { checkRate } from '../opponents.ts';
import type { Rule } from '../rule.ts';

/** Options of `cola`. */
export interface ColaOptions {
  readonly network: PairNetwork;
  /** Trained by `colaTraining`. */
  readonly parameters: PairNetworkParameters;
  /** alpha, the step size of the opponent's imagined step, at least 0; trained for a range of them. */
  readonly opponentRate: number;
}

/**
 * The rule of a trained COLA network: `d_i = g_i(x; alpha)`.
 *
 * Source: Willi et al. 2022; Cooijmans 2023, thesis, appendix 6.B. See `colaTraining` for the training and an example.
 *
 * @param options.opponentRate - alpha, at least 0.
 * @returns A rule for the game of the training, and for games with as many parameters.
 * @throws ArgumentError when alpha is out of range.
 *
 * @example
 * ```ts
 * import { cola, pairNetwork, tandemGame } from '@descant/autodiff-games';
 * import { key, tensor } from '@descant/tensor-ops';
 * const network = pairNetwork({
 *   size: 1, outputs: 1, units: 4, residualBlocks: 0, encoder: 'thesis', input: 'parameters', last: 'gelu', symmetric: true,
 * });
 * const untrained = cola({ network, parameters: network.init(key(0)), opponentRate: 1 });
 * untrained.direction(tandemGame(), [tensor([1]), tensor([2])], 0).shape; // => [1]
 * ```
 */
export function cola({ network, parameters, opponentRate }: ColaOptions): Rule {
  checkRate('cola', 'opponentRate', opponentRate);
  return {
    name: 'COLA',
    direction<P>(_: Game<P>, players: readonly P[], player: number): P {
      const x = expandDims(stack(players.map(ravel)), 1);
      const rates = full([2, 1], opponentRate, x.dtype as FloatType);
      const direction = network.outputs(parameters, x, rates, { players: [player] });
      return unravel(reshape(at(direction, 0), [network.options.size]), players[player]);
    },
  };
}
