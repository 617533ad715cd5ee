/** Multiplicative weights. */
import { mapTree, mul } from '@descant/tensor-ops';
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';
import { exponentiatedStep } from './strategies.ts';

/**
 * Multiplicative weights, also called Hedge or exponentiated gradient: actions grow exponentially with what they earn.
 *
 * `pi_i(a) <- pi_i(a) exp(eta u_i(a)) / Z`, with u_i(a) the payoff of action a against the opponents' strategies.
 * After T steps with payoffs in [0, 1] no fixed action would have earned more than `ln A / eta + eta T / 8` more.
 * The limit of small steps is the replicator dynamics. Actions of probability 0 stay there.
 *
 * Source: Freund and Schapire 1999; Arora, Hazan and Kale 2012, in the exponential form. Any number of players.
 * Parameters: strategies [1] or [A].
 *
 * @throws ArgumentError, when run, for parameters of another rank.
 *
 * @example
 * ```ts
 * import { matrixGame, multiplicativeWeights, namedPayoffs, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.hawkDove, strategies: 'probabilities' });
 * const rules = [multiplicativeWeights(), multiplicativeWeights()];
 * const start = [tensor([[0.5]]), tensor([[0.75]])];
 * const { parameters } = run(game, start, { rules, learningRate: Math.log(4), steps: 1 });
 * // Against three quarters of hawks a dove earns 1/2 more: the odds 1 : 1 become 1 : 2.
 * parameters[0].data[1].toFixed(4); // => '0.3333'
 * ```
 */
export const multiplicativeWeights = (): UpdateRule => ({
  name: 'multiplicative weights',
  init: () => ({}),
  update(game, parameters, player, state, learningRate) {
    const gradient = valueGradient(game, parameters, player, player);
    const gain = mapTree((g) => mul(g, learningRate), gradient);
    return { parameters: exponentiatedStep('multiplicativeWeights', parameters[player], gain), state };
  },
});
