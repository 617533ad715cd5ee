/** WoLF-IGA: win or learn fast. */
import { ArgumentError, cast, greater, mapTree, reshape, Tensor, tensor, where } from '@descant/tensor-ops';
import { playerValue, ravel, replaced, unravel } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import type { UpdateRule } from './rule.ts';
import { projectedStep } from './strategies.ts';

/** Options of `wolfIga`. */
export interface WolfIgaOptions {
  /**
   * The player's own strategy in some equilibrium: its parameters there, [p(first)] or all A probabilities. A tensor
   * may be traced, so that games with other equilibria are a batch.
   */
  readonly equilibrium: readonly number[] | Tensor;
  /** How many times longer than `learningRate` the steps are when losing, at least 1. */
  readonly losingFactor: number;
}

function numbers(equilibrium: readonly number[]): Tensor {
  if (!Array.isArray(equilibrium) || equilibrium.length === 0 || !equilibrium.every(Number.isFinite)) {
    throw new ArgumentError('wolfIga', 'equilibrium', 'hold finite numbers', JSON.stringify(equilibrium));
  }
  return tensor(equilibrium, { dtype: 'float64' });
}

/**
 * WoLF-IGA: infinitesimal gradient ascent with short steps when winning and long ones when losing.
 *
 * `pi_i <- P[pi_i + eta l grad_i f_i(pi)]` with l = 1 when `f_i(pi_i, pi_j) > f_i(pi_i^e, pi_j)`, pi_i^e being the
 * player's `equilibrium` strategy, and l = `losingFactor` otherwise. It makes the strategies of two players with two
 * actions converge to an equilibrium where those of IGA cycle.
 *
 * Source: Bowling and Veloso 2002, for two players with two actions; here any numbers. `learningRate` is
 * the smaller rate, that of winning. Parameters: strategies [1] or [A].
 *
 * @param options.equilibrium - Finite numbers, as many as the player's parameters.
 * @param options.losingFactor - At least 1; at 1 the rule is IGA. MATRL's table 1: 6, at learning rate 0.01.
 * @throws ArgumentError when a number is out of range; when run, for parameters of another rank or size.
 *
 * @example
 * ```ts
 * import { matrixGame, namedPayoffs, run, wolfIga } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
 * const rule = wolfIga({ equilibrium: [0.5], losingFactor: 6 });
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const { parameters } = run(game, start, { rules: [rule, rule], learningRate: 0.01, steps: 4000 });
 * parameters.map((p) => Math.abs(p.data[1] - 0.5) < 0.01); // => [true, true]
 * ```
 */
export function wolfIga({ equilibrium, losingFactor }: WolfIgaOptions): UpdateRule {
  const known = equilibrium instanceof Tensor ? equilibrium : numbers(equilibrium);
  if (!Number.isFinite(losingFactor) || losingFactor < 1) {
    throw new ArgumentError(
      'wolfIga',
      'losingFactor',
      'be a finite number of at least 1',
      String(losingFactor),
    );
  }
  return {
    name: 'WoLF-IGA',
    init: () => ({}),
    update(game, parameters, player, state, learningRate) {
      const own = parameters[player];
      const { dtype, size } = ravel(own);
      if (known.rank !== 1 || known.size !== size) {
        const expected = `have the ${size} parameters of player ${player}`;
        throw new ArgumentError('wolfIga', 'equilibrium', expected, `[${known.shape.join(', ')}]`);
      }
      const gradient = valueGradient(game, parameters, player, player);
      const atEquilibrium = replaced(parameters, player, unravel(cast(known, dtype), own));
      const wins = greater(playerValue(game, parameters, player), playerValue(game, atEquilibrium, player));
      const [winning, losing] = [1, losingFactor].map((factor) =>
        projectedStep('wolfIga', own, learningRate * factor, gradient),
      );
      return { parameters: mapTree((a, b) => where(reshape(wins, [1]), a, b), winning, losing), state };
    },
  };
}
