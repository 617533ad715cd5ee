/** LookAhead: gradient ascent against opponents who are about to move. */
import { ArgumentError, add, mul } from '@descant/tensor-ops';
import { innerProduct, playerValue } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import { checkRate, opponentsOf, surrogateGradient, valueAfterOpponents } from './opponents.ts';
import type { Rule } from './rule.ts';

/** `exact` evaluates the gradient after the opponents' step, `taylor` expands it to first order in the rate. */
export type LookAheadKind = 'taylor' | 'exact';

/** Options of `lookAhead`. */
export interface LookAheadOptions {
  /** The step size alpha of the opponents' imagined naive step, at least 0. */
  readonly opponentRate: number;
  readonly kind: LookAheadKind;
}

/**
 * LookAhead: the gradient of the player's value after a naive step of its opponents, which it takes as given.
 *
 * With alpha = `opponentRate`, j running over the opponents of player i:
 * - `exact`: `d_i = grad_i f_i(x_i, x_j + alpha stop(grad_j f_j(x)))`.
 * - `taylor`: `d_i = grad_i f_i + alpha (d^2 f_i / dx_i dx_j) stop(grad_j f_j)`.
 *
 * Source: Zhang and Lesser 2010, in the form of Cooijmans 2023, thesis, eq. 6.2.2 and its footnote (only the
 * opponents move); `taylor` as in Letcher et al. 2019. Unlike LOLA, nothing flows through the opponents' step.
 *
 * @param options.opponentRate - alpha, at least 0; at 0 the rule is naive learning.
 * @param options.kind - one of the two forms.
 * @throws ArgumentError when the rate is out of range or the kind is unknown.
 *
 * @example
 * ```ts
 * import { lookAhead, tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([0.05], { dtype: 'float64' }), tensor([-0.12], { dtype: 'float64' })];
 * lookAhead({ kind: 'exact', opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.712]
 * ```
 */
export function lookAhead({ opponentRate, kind }: LookAheadOptions): Rule {
  if (kind !== 'taylor' && kind !== 'exact') {
    throw new ArgumentError('lookAhead', 'kind', 'be one of taylor, exact', String(kind));
  }
  checkRate('lookAhead', 'opponentRate', opponentRate);
  return {
    name: `LookAhead(${kind})`,
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => {
      // Computed outside of the differentiated function, the steps are constants in it.
      const steps = parameters.map((_, j) => valueGradient(game, parameters, j, j));
      return surrogateGradient(parameters, player, (x) => {
        if (kind === 'exact') return valueAfterOpponents(game, x, player, opponentRate, (j) => steps[j]);
        return opponentsOf(game, player).reduce(
          (surrogate, j) =>
            add(surrogate, mul(innerProduct(valueGradient(game, x, player, j), steps[j]), opponentRate)),
          playerValue(game, x, player),
        );
      });
    },
  };
}
