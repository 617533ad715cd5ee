/** HOLA: learning with higher-order opponent-learning awareness. */
import { ArgumentError } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { valueGradient } from './naive.ts';
import { checkRate, surrogateGradient, valueAfterOpponents } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Options of `hola`. */
export interface HolaOptions {
  /** How many levels deep the opponents are modelled: 0 is naive learning, 1 is exact LOLA. */
  readonly order: number;
  /** The step size alpha that every imagined opponent step takes, at least 0. */
  readonly opponentRate: number;
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

/**
 * HOLA(n): each player assumes that its opponents learn with HOLA(n - 1), and shapes their next step.
 *
 * `d^(n)_i(x) = d/dx_i f_i(x_i, x_j + alpha d^(n-1)_j(x))`, a total derivative, with `d^(0) = grad_i f_i`.
 *
 * Source: Cooijmans 2023, thesis, appendix 6.B (HOLA without Taylor expansion), for two players; here every
 * opponent j of n players moves. The cost grows with the power `order` of the number of opponents.
 *
 * @param options.order - n, a whole number of at least 0.
 * @param options.opponentRate - alpha, at least 0; at 0 the rule is naive learning.
 * @throws ArgumentError when the order or the rate is out of range.
 *
 * @example
 * ```ts
 * import { hola, tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([0.05], { dtype: 'float64' }), tensor([-0.12], { dtype: 'float64' })];
 * hola({ order: 2, opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.81346176]
 * ```
 */
export function hola({ order, opponentRate }: HolaOptions): Rule {
  if (!Number.isInteger(order) || order < 0) {
    throw new ArgumentError('hola', 'order', 'be a whole number of at least 0', String(order));
  }
  checkRate('hola', 'opponentRate', opponentRate);
  return {
    name: `HOLA${order}`,
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) =>
      higherOrderDirection(game, parameters, player, order, opponentRate),
  };
}
