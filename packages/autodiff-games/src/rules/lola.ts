/** LOLA: learning with opponent-learning awareness, in the three forms that public code calls by that name. */
import { ArgumentError, add, mul } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { innerProduct, playerValue } from '../parameters.ts';
import { higherOrderDirection, higherOrderTaylorDirection } from './hola.ts';
import { valueGradient } from './naive.ts';
import { checkRate, opponentsOf, surrogateGradient } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Which of the published forms of LOLA; see `lola`. */
export type LolaKind = 'taylorFoerster' | 'taylorFull' | 'exact';

/** Options of `lola`. */
export interface LolaOptions {
  /** The step size alpha of the opponents' imagined naive step, at least 0. */
  readonly opponentRate: number;
  readonly kind: LolaKind;
}

/** grad_i [f_i + alpha sum_j grad_j f_i . grad_j f_j], nothing held constant. */
function fullTaylorDirection<P>(
  game: Game<P>,
  parameters: readonly P[],
  player: number,
  opponentRate: number,
): P {
  return surrogateGradient(parameters, player, (x) =>
    opponentsOf(game, player).reduce(
      (surrogate, j) => {
        const effect = innerProduct(valueGradient(game, x, player, j), valueGradient(game, x, j, j));
        return add(surrogate, mul(effect, opponentRate));
      },
      playerValue(game, x, player),
    ),
  );
}

/**
 * LOLA: the player maximises its value after the naive learning step of its opponents, which it thereby shapes.
 *
 * With alpha = `opponentRate`, j running over the opponents of player i, and every term taken at x:
 * - `exact`: `d_i = d/dx_i f_i(x_i, x_j + alpha grad_j f_j(x))`, a total derivative through the inner step
 *   (Cooijmans 2023, thesis, appendix 6.B). This form reproduces the thesis' tables.
 * - `taylorFoerster`: `d_i = grad_i f_i + alpha grad_i [stop(grad_j f_i) . grad_j f_j]` (Foerster et al. 2018, eq.
 *   4.2 and 4.4, the first-order expansion without its look-ahead term).
 * - `taylorFull`: `d_i = grad_i [f_i + alpha grad_j f_i . grad_j f_j]`, nothing held constant (the first-order
 *   expansion of `exact` in alpha; public code of SOS and M-FOS).
 *
 * The sources have two players; with more, every opponent moves and the terms add up.
 *
 * @param options.opponentRate - alpha, at least 0; at 0 the rule is naive learning.
 * @param options.kind - one of the three forms.
 * @throws ArgumentError when the rate is out of range or the kind is unknown.
 *
 * @example
 * ```ts
 * import { lola, tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([0.05], { dtype: 'float64' }), tensor([-0.12], { dtype: 'float64' })];
 * lola({ kind: 'exact', opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.7696]
 * lola({ kind: 'taylorFoerster', opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [2.112]
 * lola({ kind: 'taylorFull', opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.684]
 * ```
 */
export function lola({ opponentRate, kind }: LolaOptions): Rule {
  const kinds: readonly LolaKind[] = ['taylorFoerster', 'taylorFull', 'exact'];
  if (!kinds.includes(kind)) {
    throw new ArgumentError('lola', 'kind', `be one of ${kinds.join(', ')}`, String(kind));
  }
  checkRate('lola', 'opponentRate', opponentRate);
  return {
    name: `LOLA(${kind})`,
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => {
      if (kind === 'taylorFull') return fullTaylorDirection(game, parameters, player, opponentRate);
      const direction = kind === 'exact' ? higherOrderDirection : higherOrderTaylorDirection;
      return direction(game, parameters, player, 1, opponentRate);
    },
  };
}
