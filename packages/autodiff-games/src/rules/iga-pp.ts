/** IGA-PP: gradient ascent with policy prediction. */
import { lookAhead } from './look-ahead.ts';
import { checkRate } from './opponents.ts';
import type { UpdateRule } from './rule.ts';
import { projectedStep } from './strategies.ts';

/** Options of `igaPp`. */
export interface IgaPpOptions {
  /** gamma, the length of the opponents' predicted step, at least 0. */
  readonly predictionLength: number;
}

/**
 * Infinitesimal gradient ascent with policy prediction: IGA against the opponents' predicted strategies.
 *
 * `pi_i <- P[pi_i + eta grad_i f_i(pi_i, pi_j + gamma grad_j f_j(pi))]`, which is projected LookAhead (`exact`).
 * Converges to equilibria of games of two players with two actions for small enough steps.
 *
 * Source: Zhang and Lesser 2010, for two players with two actions; here any numbers. As there, the
 * predicted strategies are not projected. Parameters: strategies [1] or [A].
 *
 * @param options.predictionLength - gamma, at least 0; at 0 the rule is IGA. MATRL's table 1: 0.01.
 * @throws ArgumentError when the length is out of range; when run, for parameters of another rank.
 *
 * @example
 * ```ts
 * import { igaPp, matrixGame, namedPayoffs, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const rules = [igaPp({ predictionLength: 0.1 }), igaPp({ predictionLength: 0.1 })];
 * const { parameters } = run(game, start, { rules, learningRate: 0.1, steps: 1, stride: 1 });
 * parameters.map((p) => p.data[1].toFixed(3)); // => ['0.716', '0.088']
 * ```
 */
export function igaPp({ predictionLength }: IgaPpOptions): UpdateRule {
  checkRate('igaPp', 'predictionLength', predictionLength);
  const ahead = lookAhead({ kind: 'exact', opponentRate: predictionLength });
  return {
    name: 'IGA-PP',
    init: () => ({}),
    update: (game, parameters, player, state, learningRate) => ({
      parameters: projectedStep(
        'igaPp',
        parameters[player],
        learningRate,
        ahead.direction(game, parameters, player),
      ),
      state,
    }),
  };
}
