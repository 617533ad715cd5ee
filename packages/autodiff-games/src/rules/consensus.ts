/** Consensus optimisation. */
import { mul, sub } from '@descant/tensor-ops';
import { jointField, partOf } from './joint.ts';
import { checkRate } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Options of `consensus`. */
export interface ConsensusOptions {
  /** gamma, the weight of the pull towards a small simultaneous gradient, at least 0. */
  readonly weight: number;
}

/**
 * Consensus optimisation: the simultaneous gradient plus the descent of its own length.
 *
 * `d = xi - gamma H' xi`, as `H' xi = grad |xi|^2 / 2`. It is attracted by every place without gradient, whether or
 * not players want to be there (Balduzzi et al. 2018).
 *
 * Source: Mescheder, Nowozin and Geiger 2017; any number of players.
 *
 * @param options.weight - gamma, at least 0; at 0 the rule is naive learning.
 * @throws ArgumentError when the weight is out of range.
 *
 * @example
 * ```ts
 * import { bilinearGame, consensus } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * consensus({ weight: 0.5 }).direction(bilinearGame(), [tensor([1]), tensor([3])], 0); // => [2.5]
 * ```
 */
export function consensus({ weight }: ConsensusOptions): Rule {
  checkRate('consensus', 'weight', weight);
  return {
    name: 'consensus',
    direction: (game, parameters, player) => {
      const { gradient, transposeTimes } = jointField(game, parameters);
      return partOf(sub(gradient, mul(transposeTimes(gradient), weight)), parameters, player);
    },
  };
}
