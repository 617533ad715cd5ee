/** Learning along a trained network of meta-values. */
import { ArgumentError, expandDims, type FloatType, full, reshape, stack, type Tensor } from '@descant/tensor-ops';
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
        parameters,
        game: flatGame('metaValue', game, dtype),
        formulation,
        discounts: full([2, 1], discount, dtype),
        players: [player],
      };
      return unravel(reshape(surrogateGradients(x, climb), [network.options.size]), players[player]);
    },
  };
}
