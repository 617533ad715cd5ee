/** HOLA: learning with higher-order opponent-learning awareness. */
import { ArgumentError, add, mul } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { innerProduct, playerValue } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import { checkRate, opponentsOf, surrogateGradient, valueAfterOpponents } from './opponents.ts';
import type { Rule } from './rule.ts';

/** How the opponents' imagined steps enter; see `hola`. */
export type HolaKind = 'exact' | 'taylorFoerster';

/** Options of `hola`. */
export interface HolaOptions {
  /** How many levels deep the opponents are modelled: 0 is naive learning, 1 is exact LOLA. */
  readonly order: number;
  /** The step size alpha that every imagined opponent step takes, at least 0. */
  readonly opponentRate: number;
  /** Default: exact. */
  readonly kind?: HolaKind;
}

/** d^(n)_i(x) = d / d x_i f_i(x_i, x_j + alpha d^(n-1)_j(x)), differentiated through the opponents' steps. */
export function higherOrderDirection<P>(
  game: Game<P>,
  parameters: readonly P[],
  player: number,
  order: number,
  opponentRate: number,
): P {
  if (order === 0) return valueGradient(game, parameters, player, player);
  return surrogateGradient(parameters, player, (x) =>
    valueAfterOpponents(game, x, player, opponentRate, (opponent) =>
      higherOrderDirection(game, x, opponent, order - 1, opponentRate),
    ),
  );
}

/** d^(n)_i(x) = grad_i f_i + alpha sum_j grad_i [stop(grad_j f_i) . d^(n-1)_j(x)], with d^(0)_j = grad_j f_j. */
export function higherOrderTaylorDirection<P>(
  game: Game<P>,
  parameters: readonly P[],
  player: number,
  order: number,
  opponentRate: number,
): P {
  if (order === 0) return valueGradient(game, parameters, player, player);
  const opponents = opponentsOf(game, player);
  // Computed outside of the differentiated function, and so held constant in it.
  const effects = opponents.map((j) => valueGradient(game, parameters, player, j));
  return surrogateGradient(parameters, player, (x) =>
    opponents.reduce(
      (surrogate, j, k) => {
        const step = higherOrderTaylorDirection(game, x, j, order - 1, opponentRate);
        return add(surrogate, mul(innerProduct(effects[k], step), opponentRate));
      },
      playerValue(game, x, player),
    ),
  );
}

/**
 * HOLA(n): each player assumes that its opponents learn with HOLA(n - 1), and shapes their next step.
 *
 * - `exact`: `d^(n)_i(x) = d/dx_i f_i(x_i, x_j + alpha d^(n-1)_j(x))`, a total derivative, with `d^(0) = grad_i f_i`
 *   (Cooijmans 2023, thesis, appendix 6.B, HOLA without Taylor expansion).
 * - `taylorFoerster`: `d^(n)_i = grad_i f_i + alpha grad_i [stop(grad_j f_i) . d^(n-1)_j]`, which for n = 1 is LOLA as
 *   first published (Foerster et al. 2018, eq. 4.2; their second-order agents assume an opponent that uses it).
 *
 * The sources have two players; here every opponent j of n players moves. The cost grows with the power `order` of the number of opponents.
 *
 * @param options.order - n, a whole number of at least 0.
 * @param options.opponentRate - alpha, at least 0; at 0 the rule is naive learning.
 * @throws ArgumentError when the order or the rate is out of range or the kind is unknown.
 *
 * @example
 * ```ts
 * import { hola, tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([0.05], { dtype: 'float64' }), tensor([-0.12], { dtype: 'float64' })];
 * hola({ order: 2, opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.81346176]
 * ```
 */
export function hola({ order, opponentRate, kind = 'exact' }: HolaOptions): Rule {
  if (!Number.isInteger(order) || order < 0) {
    throw new ArgumentError('hola', 'order', 'be a whole number of at least 0', String(order));
  }
  checkRate('hola', 'opponentRate', opponentRate);
  if (kind !== 'exact' && kind !== 'taylorFoerster') {
    throw new ArgumentError('hola', 'kind', 'be exact or taylorFoerster', String(kind));
  }
  const direction = kind === 'exact' ? higherOrderDirection : higherOrderTaylorDirection;
  return {
    name: kind === 'exact' ? `HOLA${order}` : `HOLA${order}(${kind})`,
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => direction(game, parameters, player, order, opponentRate),
  };
}
