/** FTRL: follow the regularised leader. */
import { ArgumentError, add, mapTree, mul } from '@descant/tensor-ops';
import { ravel, unravel } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';
import { exponentiatedStep, projectedStep } from './strategies.ts';

/** Options of `ftrl`. */
export interface FtrlOptions {
  /** h: `entropy`, the relative entropy to the first strategy, or `euclidean`, half the squared distance to it. */
  readonly regulariser: 'entropy' | 'euclidean';
}

/**
 * Follow the regularised leader: the strategy that would have been best so far, kept near the first one.
 *
 * `pi_{t+1} = argmax_pi eta sum_{s <= t} <g_s, pi> - h(pi)` over the simplex, with `g_s = grad_i f_i(pi_s)`, which for
 * matrix games is the vector of payoffs of the actions. With `entropy` this is multiplicative weights; with
 * `euclidean` it is the projection of `pi_0 + eta sum_s g_s` (lazy projection, which IGA does at every step).
 *
 * Source: Shalev-Shwartz and Singer 2006; Azarafrooz 2020 (FTNPL), eq. 1, whose sums are not printed under the argmin
 * ("argmin_{i < t} sum"). Values that are not linear in the own parameters are replaced by their gradients, so that
 * for unconstrained parameters and h = |phi|^2 / 2 the rule would be `naive`. Parameters: strategies [1] or [A].
 *
 * @returns A rule that remembers its first strategy and the sum of its gradients.
 * @throws ArgumentError when the regulariser is unknown; when run, for parameters of another rank.
 *
 * @example
 * ```ts
 * import { ftrl, matrixGame, namedPayoffs, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const rules = [ftrl({ regulariser: 'euclidean' }), ftrl({ regulariser: 'euclidean' })];
 * const { parameters } = run(game, start, { rules, learningRate: 0.1, steps: 1 });
 * parameters.map((p) => p.data[1].toFixed(2)); // => ['0.78', '0.04']
 * ```
 */
export function ftrl({ regulariser }: FtrlOptions): UpdateRule {
  if (regulariser !== 'entropy' && regulariser !== 'euclidean') {
    throw new ArgumentError('ftrl', 'regulariser', 'be entropy or euclidean', String(regulariser));
  }
  return {
    name: `FTRL(${regulariser})`,
    init(_game, parameters, player) {
      const first = ravel(parameters[player]);
      return { first, gain: mul(first, 0) };
    },
    update(game, parameters, player, { first, gain }, learningRate) {
      const own = parameters[player];
      const total = add(gain, ravel(valueGradient(game, parameters, player, player)));
      const [from, sum] = [first, total].map((v) => unravel(v, own));
      return {
        parameters:
          regulariser === 'entropy'
            ? exponentiatedStep(
                'ftrl',
                from,
                mapTree((g) => mul(g, learningRate), sum),
              )
            : projectedStep('ftrl', from, learningRate, sum),
        state: { first, gain: total },
      };
    },
  };
}
