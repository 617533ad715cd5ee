/** One-shot matrix games between mixed strategies. */
import {
  ArgumentError,
  at,
  cast,
  concat,
  div,
  type FloatType,
  log1p,
  matmul,
  neg,
  normal,
  reshape,
  sigmoid,
  softmax,
  split,
  sub,
  sum,
  Tensor,
  tensor,
  uniform,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';
import { playerPayoffs } from './payoffs.ts';

/** Options of `matrixGame`. */
export interface MatrixGameOptions {
  readonly name?: string;
  /**
   * The payoffs [n, A_1, ..., A_n]: for each of n players, nested arrays over the actions of player 1, 2, ...; or
   * for two players with two actions the four (row, column) pairs of AA, AB, BA, BB. A tensor must have the former
   * shape; it may be traced, so that games with other payoffs are a batch.
   */
  readonly payoffs: readonly unknown[] | Tensor;
  /**
   * What the parameters are: `logits` (default), free numbers that any rule may move; or `probabilities`, for the
   * rules that keep strategies in the simplex (IGA, WoLF, multiplicative weights, FTRL, MATRL, ...).
   */
  readonly strategies?: 'logits' | 'probabilities';
}

/** The payoffs as a tensor, and the numbers of actions. */
function payoffTensor(payoffs: readonly unknown[] | Tensor): { payoffs: Tensor; actions: readonly number[] } {
  if (!(payoffs instanceof Tensor)) {
    const read = playerPayoffs('matrixGame', payoffs);
    return { payoffs: tensor(read.payoffs, { dtype: 'float64' }), actions: read.actions };
  }
  const [players, ...actions] = payoffs.shape;
  if (players === undefined || players === 0 || actions.length !== players) {
    const expected = 'have the shape [players, actions of player 1, actions of player 2, ...]';
    throw new ArgumentError('matrixGame', 'payoffs', expected, `[${payoffs.shape.join(', ')}]`);
  }
  return { payoffs, actions };
}

/** The probabilities [A] of all actions. */
function mixedStrategy(parameters: Tensor, actions: number, given: 'logits' | 'probabilities'): Tensor {
  if (actions > 2) return given === 'logits' ? softmax(parameters) : parameters;
  const first = given === 'logits' ? sigmoid(parameters) : parameters;
  return concat([first, sub(1, first)]);
}

/** Parameters at the start: standard normal logits, or strategies drawn uniformly from the simplex. */
function drawn(
  key: Tensor,
  shape: readonly number[],
  given: 'logits' | 'probabilities',
  dtype: FloatType,
): Tensor {
  if (given === 'logits') return normal(key, shape, dtype);
  const draws = uniform(key, shape, { dtype });
  if (shape[0] === 1) return draws;
  // Exponential draws, normalised, are uniform on the simplex.
  const waits = neg(log1p(neg(draws)));
  return div(waits, sum(waits));
}

/**
 * A one-shot matrix game of any number of players and actions: the value is the expected payoff.
 *
 * `f_i = sum_a r_i(a_1, ..., a_n) prod_j pi_j(a_j)`, with r_i the payoffs of player i and pi_j the mixed strategy of
 * player j. A player's parameters are a tensor [1] when it has two actions A and B: the logit, or with
 * `strategies: 'probabilities'` the probability, of A; otherwise a tensor [A_i] of logits for a softmax, or of
 * probabilities. Logits start as standard normals, strategies uniformly on the simplex. As a function of
 * probabilities the value is the multilinear one, also outside of the simplex.
 *
 * Source: von Neumann and Morgenstern 1944; Singh, Kearns and Mansour 2000 for the form with probabilities.
 *
 * @throws ArgumentError when the payoffs have another shape or are not finite, or for an unknown kind of strategy.
 *
 * @example
 * ```ts
 * import { matrixGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const payoffs = [[3, 0], [5, 1]];
 * const transposed = [[3, 5], [0, 1]];
 * const game = matrixGame({ payoffs: [payoffs, transposed], strategies: 'probabilities' });
 * game.values([tensor([1]), tensor([0.5])]).map((v) => v.item()); // => [1.5, 4]
 * ```
 */
export function matrixGame(options: MatrixGameOptions): Game {
  const { name = 'matrix game', strategies = 'logits' } = options;
  if (strategies !== 'logits' && strategies !== 'probabilities') {
    throw new ArgumentError('matrixGame', 'strategies', 'be logits or probabilities', String(strategies));
  }
  const { actions, payoffs } = payoffTensor(options.payoffs);
  const lone = actions.indexOf(1);
  if (lone >= 0) {
    throw new ArgumentError(
      'matrixGame',
      'payoffs',
      'give every player two or more actions',
      `1 for player ${lone}`,
    );
  }
  const shapes = actions.map((a) => [a === 2 ? 1 : a]);
  return {
    name,
    players: actions.length,
    values(parameters) {
      checkShapes(name, parameters, shapes);
      const { dtype } = parameters[0];
      // The last player's actions are summed out first.
      const expected = actions.reduceRight(
        (left, count, j) =>
          matmul(reshape(left, [-1, count]), mixedStrategy(parameters[j], count, strategies)),
        cast(payoffs, dtype),
      );
      return actions.map((_, i) => at(expected, i));
    },
    init(key, dtype: FloatType = 'float32') {
      const keys = split(key, shapes.length);
      return shapes.map((shape, player) => drawn(at(keys, player), shape, strategies, dtype));
    },
  };
}
