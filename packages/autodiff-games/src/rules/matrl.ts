/** MATRL: multi-agent trust region learning, exact on matrix games. */
import {
  ArgumentError,
  add,
  at,
  cast,
  categorical,
  concat,
  div,
  equal,
  gather,
  greaterEqual,
  less,
  log,
  logicalAnd,
  mapTree,
  mul,
  reshape,
  sign,
  split,
  stack,
  sub,
  type Tensor,
  tensor,
  where,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { replaced } from '../parameters.ts';
import { valueGradient } from './naive.ts';
import { checkRate } from './opponents.ts';
import type { UpdateRule } from './rule.ts';
import { projectedStep } from './strategies.ts';

/** Options of `matrl`. */
export interface MatrlOptions {
  /** The step size of the predicted strategies, at least 0. */
  readonly predictionRate: number;
}

/** A meta-game between the current and the predicted strategies of two players. */
export interface MetaGame<P> {
  /** The predicted strategies. */
  readonly predicted: P[];
  /** g_i [2, 2, 2]: the players' payoffs; index 0 of an action is the current, 1 the predicted strategy. */
  readonly payoffs: Tensor;
}

/** The predicted strategies P[pi_i + rate grad_i f_i(pi)], and what the four combinations gain over the current ones. */
export function metaGame<P>(game: Game<P>, parameters: readonly P[], predictionRate: number): MetaGame<P> {
  const predicted = parameters.map((own, i) =>
    projectedStep('matrl', own, predictionRate, valueGradient(game, parameters, i, i)),
  );
  const combinations = [
    parameters,
    replaced(parameters, 1, predicted[1]),
    replaced(parameters, 0, predicted[0]),
    predicted,
  ];
  const values = stack(
    combinations.map((x) => stack(game.values(x))),
    1,
  );
  return { predicted, payoffs: reshape(sub(values, reshape(at(values, 0, 1), [2, 1])), [2, 2, 2]) };
}

/** Corners of the square of (rho_1, rho_2), the weights of the current strategies. */
const CORNERS = [
  [1, 1],
  [1, 0],
  [0, 1],
  [0, 0],
] as const;

/**
 * Where the equilibria of a 2x2 game may lie, as weights [5, 2] of the first actions, and which are some.
 *
 * A pure profile is one when nobody gains by leaving; the mixed one, the last, makes each player indifferent, and
 * counts when it lies inside of the square.
 */
export function candidateEquilibria(payoffs: Tensor): { profiles: Tensor; valid: Tensor } {
  const { dtype } = payoffs;
  const entry = (i: number, a: number, b: number) => at(at(at(payoffs, i), a), b);
  const pure = CORNERS.map(([p, q]) => {
    const [a, b] = [1 - p, 1 - q];
    return logicalAnd(
      greaterEqual(entry(0, a, b), entry(0, 1 - a, b)),
      greaterEqual(entry(1, a, b), entry(1, a, 1 - b)),
    );
  });
  // What player 2 gains by its first action where player 1 plays its first and its second, and the reverse.
  const gains = [
    [sub(entry(1, 0, 0), entry(1, 0, 1)), sub(entry(1, 1, 0), entry(1, 1, 1))],
    [sub(entry(0, 0, 0), entry(0, 1, 0)), sub(entry(0, 0, 1), entry(0, 1, 1))],
  ];
  const indifferent = gains.map(([first, second]) => {
    const slope = sub(second, first);
    return div(second, where(equal(slope, 0), 1, slope));
  });
  // Their signs differ, which puts the mixed profile inside.
  const mixed = gains
    .map(([first, second]) => less(mul(sign(first), sign(second)), 0))
    .reduce((a, b) => logicalAnd(a, b));
  const valid = stack([...pure, mixed]);
  const profiles = concat([tensor(CORNERS, { dtype }), reshape(stack(indifferent), [1, 2])]);
  return { profiles, valid };
}

/** The weights [2] of an equilibrium; of several isolated ones each is as likely. */
export function metaEquilibrium(payoffs: Tensor, key: Tensor): Tensor {
  const { profiles, valid } = candidateEquilibria(payoffs);
  // A profile that is none has the logit -Infinity.
  return gather(profiles, categorical(key, log(cast(valid, payoffs.dtype))));
}

/**
 * MATRL on matrix games, with exact payoffs: each player answers the strategies between the present and the predicted
 * ones at which neither wants to go further.
 *
 * At every step, for two players with strategies pi:
 * 1. predictions `pi^_i = P[pi_i + alpha grad_i f_i(pi)]`, with alpha = `predictionRate` and P the projection to the
 *    simplex (eq. 2, the trust payoff region);
 * 2. the meta-game between keeping and predicting, `g_i = f_i(...) - f_i(pi)` (eq. 3 and 5; a one-shot game has no
 *    state, and the expected advantage is this difference exactly);
 * 3. an equilibrium rho of it, and the mixtures of strategies `pi-_i = rho_i pi_i + (1 - rho_i) pi^_i`;
 * 4. the answer `pi_i <- P[pi_i + eta grad_i f_i(pi_i, pi-_j)]`, one gradient step for the best response of eq. 6, with
 *    eta = `learningRate`.
 *
 * With rho = 1 for both it is IGA, with rho = 0 IGA-PP with projected predictions.
 *
 * Source: Wen et al. 2021 (MATRL), algorithm 1. All equilibria of the meta-game are found; of several, one is drawn at
 * random, the same for both players, as in sec. 3.2 (where equilibria form a segment, one of its ends). The proof in
 * appendix C that meta-games of cooperative games are stable fails: with gains g that both share the Hessian has the
 * eigenvalues +g and -g. The released code differs from the paper: see `matrlReleased`.
 * Parameters: strategies [1] or [A], of two players.
 *
 * @param options.predictionRate - alpha, at least 0. The paper's table 1 has 0.02, and 0.03 for `learningRate`.
 * @returns A rule that draws random numbers: `run` needs a key.
 * @throws ArgumentError when the rate is out of range; when run, for another number of players or parameters of
 * another rank.
 *
 * @example
 * ```ts
 * import { matrixGame, matrl, namedPayoffs, run } from '@descant/autodiff-games';
 * import { key, tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
 * const rules = [matrl({ predictionRate: 0.02 }), matrl({ predictionRate: 0.02 })];
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const { parameters } = run(game, start, { rules, learningRate: 0.03, steps: 4000, key: key(0) });
 * parameters.map((p) => Math.abs(p.data[1] - 0.5) < 0.01); // => [true, true]
 * ```
 */
export function matrl({ predictionRate }: MatrlOptions): UpdateRule {
  checkRate('matrl', 'predictionRate', predictionRate);
  return {
    name: 'MATRL',
    randomised: true,
    init(game, _parameters, _player, key) {
      if (game.players !== 2) throw new ArgumentError('matrl', 'game', 'have 2 players', `${game.players}`);
      return { key };
    },
    update(game, parameters, player, { key }, learningRate) {
      const { predicted, payoffs } = metaGame(game, parameters, predictionRate);
      const keys = split(key);
      const weights = metaEquilibrium(payoffs, at(keys, 1));
      const mixtures = parameters.map((own, i) => {
        const rho = at(weights, i);
        return mapTree((now, next) => add(mul(rho, now), mul(sub(1, rho), next)), own, predicted[i]);
      });
      const own = parameters[player];
      const gradient = valueGradient(game, replaced(mixtures, player, own), player, player);
      return {
        parameters: projectedStep('matrl', own, learningRate, gradient),
        state: { key: at(keys, 0) },
      };
    },
  };
}
