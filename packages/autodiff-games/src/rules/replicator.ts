/** The replicator dynamics. */
import { mapTree, mul, sub, sum, type Tensor } from '@descant/tensor-ops';
import { valueGradient } from './naive.ts';
import type { Rule } from './rule.ts';

/** pi(a) (u(a) - sum_b pi(b) u(b)); of two actions only the first is kept, with u its advantage. */
const growth = (p: Tensor, u: Tensor): Tensor =>
  p.size === 1 ? mul(mul(p, sub(1, p)), u) : mul(p, sub(u, sum(mul(p, u))));

/**
 * The replicator dynamics: an action grows in proportion to how much more it earns than the strategy's average.
 *
 * `d_i(a) = pi_i(a) (u_i(a) - sum_b pi_i(b) u_i(b))`, with u_i(a) the payoff of action a against the opponents'
 * strategies. Steps `pi <- pi + eta d` keep the sum at 1, and the strategy in the simplex while eta is below 1 over
 * the largest difference of payoffs.
 *
 * Source: Taylor and Jonker 1978; Azarafrooz 2020 (FTNPL), eq. 3, with payoffs in place of losses. (There the
 * equation has the sign of payoffs although u is called a loss.) Parameters: one or more strategies [1] or [A].
 *
 * @example
 * ```ts
 * import { matrixGame, namedPayoffs, replicator } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.rockPaperScissors, strategies: 'probabilities' });
 * const x = [tensor([0.5, 0.25, 0.25]), tensor([0, 0, 1])];
 * // Against scissors rock earns 1, paper -1, scissors 0; on average 0.25.
 * replicator().direction(game, x, 0); // => [0.375, -0.3125, -0.0625]
 * ```
 */
export const replicator = (): Rule => ({
  name: 'replicator',
  direction: (game, parameters, player) =>
    mapTree(growth, parameters[player], valueGradient(game, parameters, player, player)),
});
