/** Learning along a trained network of meta-values. */
import {
  ArgumentError,
  cast,
  expandDims,
  type FloatType,
  full,
  mapTree,
  reshape,
  stack,
  type Tensor,
} from '@descant/tensor-ops';
import type { Game } from '../../game.ts';
import { flatGame } from '../../networks/flat-game.ts';
import type { PairNetwork, PairNetworkParameters } from '../../networks/pair-network.ts';
import { ravel, unravel } from '../../parameters.ts';
import type { Rule } from '../rule.ts';
import { type Formulation, surrogateGradients } from './surrogate.ts';

/** Options of `metaValue`. */
export interface MetaValueRuleOptions {
  readonly network: PairNetwork;
  /** Trained: what `metaValueTraining` has for its target. */
  readonly parameters: PairNetworkParameters;
  /** As in training. */
  readonly formulation: Formulation;
  /** gamma of both players, in [0, 1]; the thesis evaluates at 0.95. */
  readonly discount: number;
}

/**
 * The rule of a trained network of meta-values: `d_i = grad_i V_i(x)`, or `grad_i [(1 - gamma) f_i(x) + gamma U_i(x)]`.
 *
 * Source: Cooijmans 2023, thesis, eq. 6.3.3 and algorithm 4. See `metaValueTraining`.
 *
 * The network is read in the precision of the players' parameters, whatever it was trained in.
 *
 * @param options.discount - gamma of both players, in [0, 1]; at 0 the formulation U is naive learning.
 * @returns A rule for the game of the training, and for games with as many parameters.
 * @throws ArgumentError when gamma is out of range.
 *
 * @example
 * ```ts
 * import { metaValue, pairNetwork, tandemGame } from '@descant/autodiff-games';
 * import { key, tensor } from '@descant/tensor-ops';
 * const network = pairNetwork({
 *   size: 1, outputs: 4, units: 4, residualBlocks: 0, encoder: 'thesis', input: 'parameters', last: 'tanh', symmetric: true,
 * });
 * const parameters = network.init(key(0));
 * const myopic = metaValue({ network, parameters, formulation: 'U', discount: 0 });
 * myopic.direction(tandemGame(), [tensor([3]), tensor([1])], 0); // => [-6]
 * ```
 */
export function metaValue({ network, parameters, formulation, discount }: MetaValueRuleOptions): Rule {
  if (!(discount >= 0 && discount <= 1))
    throw new ArgumentError('metaValue', 'discount', 'lie in [0, 1]', String(discount));
  return {
    name: 'MeVa',
    direction<P>(game: Game<P>, players: readonly P[], player: number): P {
      const x: Tensor = expandDims(stack(players.map(ravel)), 1);
      const dtype = x.dtype as FloatType;
      const climb = {
        network,
        parameters: mapTree((p) => cast(p, dtype), parameters),
        game: flatGame('metaValue', game, dtype),
        formulation,
        discounts: full([2, 1], discount, dtype),
        players: [player],
      };
      return unravel(reshape(surrogateGradients(x, climb), [network.options.size]), players[player]);
    },
  };
}
