/** SOS: stable opponent shaping. */
import {
  ArgumentError,
  add,
  div,
  greaterEqual,
  less,
  minimum,
  mul,
  neg,
  sqrt,
  sub,
  type Tensor,
  where,
} from '@descant/tensor-ops';
import { ravel } from '../parameters.ts';
import { dot, partOf } from './joint.ts';
import { lola } from './lola.ts';
import { lookAhead } from './look-ahead.ts';
import { naive } from './naive.ts';
import { checkRate } from './opponents.ts';
import type { Rule } from './rule.ts';

/** Options of `sos`. */
export interface SosOptions {
  /** alpha, the step size of the opponents' imagined naive step, at least 0. */
  readonly opponentRate: number;
  /** a in (0, 1): how far shaping may turn the direction away from LookAhead; default 0.5. */
  readonly a?: number;
  /** b in (0, 1): below this length of the simultaneous gradient shaping fades; default 0.1. */
  readonly b?: number;
}

/** The share p of the shaping term. */
function shapingShare(ahead: Tensor, shaped: Tensor, gradient: Tensor, a: number, b: number): Tensor {
  const alignment = dot(shaped, ahead);
  const helps = greaterEqual(alignment, 0);
  const limit = div(mul(dot(ahead, ahead), a), where(helps, 1, neg(alignment)));
  const first = where(helps, 1, minimum(1, limit));
  const squared = dot(gradient, gradient);
  const second = where(less(sqrt(squared), b), squared, 1);
  return minimum(first, second);
}

/**
 * Stable opponent shaping: LookAhead with as much of LOLA's shaping as keeps its guarantees.
 *
 * `d = xi_0 + p alpha chi`, with xi_0 the directions of LookAhead (`taylor`) of all players and
 * `chi_i = grad_i sum_j [stop(grad_j f_i) . grad_j f_j]`. With p = 0 it is LookAhead, with p = 1 LOLA (`taylorFull`).
 * `p = min(p_1, p_2)`: `p_1 = 1` where `<alpha chi, xi_0> >= 0`, else `min(1, -a |xi_0|^2 / <alpha chi, xi_0>)`;
 * `p_2 = |xi|^2` where `|xi| < b`, else 1.
 *
 * Source: Letcher et al. 2019, algorithm 1, whose losses are values here (which leaves p as it is). p is one number
 * for all players, so that a player needs to know everybody's gradients.
 *
 * @param options.opponentRate - alpha, at least 0; at 0 the rule is naive learning.
 * @param options.a - in (0, 1), default 0.5.
 * @param options.b - in (0, 1), default 0.1.
 * @throws ArgumentError when a number is out of range.
 *
 * @example
 * ```ts
 * import { sos, tandemGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const x = [tensor([0.05], { dtype: 'float64' }), tensor([-0.12], { dtype: 'float64' })];
 * sos({ opponentRate: 0.1 }).direction(tandemGame(), x, 0); // => [1.684]
 * ```
 */
export function sos({ opponentRate, a = 0.5, b = 0.1 }: SosOptions): Rule {
  checkRate('sos', 'opponentRate', opponentRate);
  for (const [argument, value] of Object.entries({ a, b })) {
    if (typeof value !== 'number' || !(value > 0 && value < 1)) {
      throw new ArgumentError('sos', argument, 'lie in (0, 1)', String(value));
    }
  }
  return {
    name: 'SOS',
    naiveWithoutInteraction: true,
    direction: (game, parameters, player) => {
      const joint = (rule: Rule) => ravel(parameters.map((_, j) => rule.direction(game, parameters, j)));
      const gradient = joint(naive());
      const ahead = joint(lookAhead({ kind: 'taylor', opponentRate }));
      // Foerster's form of LOLA is xi + alpha chi.
      const shaped = sub(joint(lola({ kind: 'taylorFoerster', opponentRate })), gradient);
      const share = shapingShare(ahead, shaped, gradient, a, b);
      return partOf(add(ahead, mul(share, shaped)), parameters, player);
    },
  };
}
