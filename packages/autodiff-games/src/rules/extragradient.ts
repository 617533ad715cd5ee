/** The extragradient method. */
import { simultaneousGradient } from '../analysis/derivatives.ts';
import { stepped } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import { checkRate } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Options of `extragradient`. */
export interface ExtragradientOptions {
  /** alpha, the step size of the extrapolation, at least 0; the published method also steps with it. */
  readonly extrapolationRate: number;
}

/**
 * The extragradient method: the simultaneous gradient at the place to which it leads.
 *
 * `d = xi(x + alpha xi(x))`: all players, the learner included, make the imagined step (LookAhead moves only the
 * opponents).
 *
 * Source: Korpelevich 1976; any number of players, without constraints.
 *
 * @param options.extrapolationRate - alpha, at least 0; at 0 the rule is naive learning.
 * @throws ArgumentError when the rate is out of range.
 *
 * @example
 * ```ts
 * import { bilinearGame, extragradient } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * // The step leads from (1, 3) to (2.5, 2.5).
 * extragradient({ extrapolationRate: 0.5 }).direction(bilinearGame(), [tensor([1]), tensor([3])], 0); // => [2.5]
 * ```
 */
export function extragradient({ extrapolationRate }: ExtragradientOptions): Rule {
  checkRate('extragradient', 'extrapolationRate', extrapolationRate);
  return {
    name: 'extragradient',
    direction: (game, parameters, player) => {
      const gradient = simultaneousGradient(game, parameters);
      const ahead = parameters.map((x, j) => stepped(x, extrapolationRate, gradient[j]));
      return valueGradient(game, ahead, player, player);
    },
  };
}
