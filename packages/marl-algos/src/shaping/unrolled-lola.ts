/** LOLA through several steps of opponents who may be modelled as LOLA learners themselves. */
import type { Game, Rule } from '@descant/autodiff-games';
import { ArgumentError, add, grad, mapTree, mul } from '@descant/tensor-ops';

/** Options of `unrolledLola`. */
export interface UnrolledLolaOptions {
  /** The step size alpha of each imagined step, at least 0. */
  readonly opponentRate: number;
  /** k, how many steps the opponents are imagined to learn; at least 1, default 1. */
  readonly lookAheads?: number;
  /** n: 1 takes the opponents for naive learners, the default, n for learners of order n - 1; 0 is naive. */
  readonly order?: number;
}

/** d^(n)_i(x), see `unrolledLola`. */
function directionOf<P>(
  game: Game<P>,
  parameters: readonly P[],
  player: number,
  order: number,
  rate: number,
  lookAheads: number,
): P {
  const value = (own: P) => {
    let moved = parameters.with(player, own);
    for (let step = 0; order > 0 && step < lookAheads; step++) {
      const now = moved;
      moved = now.map((x, j) => {
        if (j === player) return x;
        const direction = directionOf(game, now, j, order - 1, rate, lookAheads);
        return mapTree((leaf, d) => add(leaf, mul(d, rate)), x, direction);
      });
    }
    return game.values(moved)[player];
  };
  return grad(value)(parameters[player]);
}

/**
 * LOLA of order n through k imagined steps of its opponents: a rule for games with known values, and for played ones.
 *
 * `d^(n)_i(x) = d/dx_i f_i(x_i, x_j^k)` with `x_j^0 = x_j` and `x_j^(m+1) = x_j^m + alpha d^(n-1)_j(x_i, x^m)`, a total
 * derivative through all steps, and `d^(0)_j = grad_j f_j`. For k = 1 this is exact LOLA (n = 1) and HOLA(n) of
 * `@descant/autodiff-games`; on a `playedGame` with DiCE it is LOLA-DiCE with k look-aheads. Learners of higher order
 * are imagined with k steps, too, so that the cost grows as k^n, and with the number of opponents.
 *
 * Source: Foerster et al. 2018 (DiCE), sec. 5 and appendix; for higher orders Foerster et al. 2018 (LOLA), sec. 5.3.
 *
 * @throws ArgumentError when the rate is not a finite number of at least 0, `lookAheads` no whole number of at least 1,
 *   or `order` no whole number of at least 0.
 *
 * @example
 * ```ts
 * import { tandemGame } from '@descant/autodiff-games';
 * import { unrolledLola } from '@descant/marl-algos';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([0.05], { dtype: 'float64' }), tensor([-0.12], { dtype: 'float64' })];
 * unrolledLola({ opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.7696]
 * ```
 */
export function unrolledLola({ opponentRate, lookAheads = 1, order = 1 }: UnrolledLolaOptions): Rule {
  const fn = 'unrolledLola';
  if (typeof opponentRate !== 'number' || !Number.isFinite(opponentRate) || opponentRate < 0) {
    throw new ArgumentError(fn, 'opponentRate', 'be a finite number of at least 0', String(opponentRate));
  }
  if (!Number.isSafeInteger(lookAheads) || lookAheads < 1) {
    throw new ArgumentError(fn, 'lookAheads', 'be a whole number of at least 1', String(lookAheads));
  }
  if (!Number.isSafeInteger(order) || order < 0) {
    throw new ArgumentError(fn, 'order', 'be a whole number of at least 0', String(order));
  }
  return {
    name: `LOLA of order ${order}, ${lookAheads} look-aheads`,
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) =>
      directionOf(game, parameters, player, order, opponentRate, lookAheads),
  };
}
