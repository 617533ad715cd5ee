/** IGA: infinitesimal gradient ascent, with finite steps. */
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';
import { projectedStep } from './strategies.ts';

/**
 * Infinitesimal gradient ascent: gradient ascent on mixed strategies, which stay in the simplex.
 *
 * `pi_i <- P[pi_i + eta grad_i f_i(pi)]`, with P the projection to the nearest strategy. With infinitesimal steps
 * the average payoffs of two players with two actions converge to those of an equilibrium; strategies may cycle.
 *
 * Source: Singh, Kearns and Mansour 2000, for two players with two actions, where pi is the probability
 * of the first; here any numbers (GIGA, Zinkevich 2003, with constant steps). Parameters: strategies [1] or [A].
 *
 * @throws ArgumentError, when run, for parameters of another rank.
 *
 * @example
 * ```ts
 * import { iga, matrixGame, namedPayoffs, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const { parameters } = run(game, start, { rules: [iga(), iga()], learningRate: 0.1, steps: 1, stride: 1 });
 * parameters.map((p) => p.data[1].toFixed(2)); // => ['0.78', '0.04']
 * ```
 */
export const iga = (): UpdateRule => ({
  name: 'IGA',
  init: () => ({}),
  update: (game, parameters, player, state, learningRate) => ({
    parameters: projectedStep(
      'iga',
      parameters[player],
      learningRate,
      valueGradient(game, parameters, player, player),
    ),
    state,
  }),
});
