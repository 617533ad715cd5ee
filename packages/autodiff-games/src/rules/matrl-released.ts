/** MATRL as its released code has it, which made the published table of matrix games. */
import {
  ArgumentError,
  add,
  arange,
  argmax,
  at,
  clip,
  div,
  equal,
  gather,
  greaterEqual,
  lessEqual,
  log,
  logicalOr,
  mul,
  reshape,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  where,
  zeros,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { ravel, unravel } from '../parameters.ts';
import { candidateEquilibria } from './matrl.ts';
import { valueGradient } from './naive.ts';
import { checkRate } from './opponents.ts';
import type { UpdateRule } from './rule.ts';

/** Options of `matrlReleased`. */
export interface MatrlReleasedOptions {
  /** The step size of the predicted strategies, at least 0; the code has 0.02. */
  readonly predictionRate: number;
  /** What divergences are multiplied by before they are added to probabilities, at least 0; the code has 100. */
  readonly divergenceWeight: number;
}

/** KL(p || q) of the first of two actions, 0 where p or q is certain, and NaN where q is no probability. */
function divergence(p: Tensor, q: Tensor): Tensor {
  const certain = [p, q]
    .flatMap((v) => [equal(v, 0), equal(v, 1)])
    .reduce((some, one) => logicalOr(some, one));
  const terms = add(mul(p, log(div(p, q))), mul(sub(1, p), log(div(sub(1, p), sub(1, q)))));
  return where(certain, 0, terms);
}

/** min(1, v), then max(0, v), as Python has them: NaN becomes 1. */
function pythonClip(v: Tensor): Tensor {
  const isNumber = logicalOr(lessEqual(v, 0), greaterEqual(v, 0));
  return clip(where(isNumber, v, 1), 0, 1);
}

/** The two terms with the wrong weight keep the other player's probability fixed at one of the two strategies. */
function releasedGains(corners: Tensor, now: readonly Tensor[], next: readonly Tensor[]): Tensor {
  const not = (v: Tensor) => sub(1, v);
  const [p, q] = now;
  const [a, b] = next;
  const weights = (x: Tensor, y: Tensor) =>
    stack([mul(x, y), mul(x, not(y)), mul(not(x), y), mul(not(x), not(y))]);
  const value = sum(mul(corners, weights(p, q)), 1);
  const advantages = sub(corners, reshape(value, [2, 1]));
  const changes = stack([
    sub(mul(a, b), mul(p, q)),
    sub(mul(a, not(b)), mul(p, not(b))),
    sub(mul(not(a), q), mul(not(p), q)),
    sub(mul(not(a), not(b)), mul(not(p), not(q))),
  ]);
  return sum(mul(advantages, changes), 1);
}

/** What both players get when both play for certain: [2, 4], for AA, AB, BA, BB. */
function cornerPayoffs<P>(game: Game<P>, parameters: readonly P[], dtype: 'float32' | 'float64'): Tensor {
  const certain = (probabilities: readonly number[]) =>
    stack(game.values(parameters.map((own, i) => unravel(tensor([probabilities[i]], { dtype }), own))));
  return stack(
    [
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ].map(certain),
    1,
  );
}

/**
 * MATRL as its released code has it on 2x2 games, which differs from the paper; `matrl` is the paper's.
 *
 * With p, q the probabilities of the first actions, g the gradients, KL(. || .) between strategies and w =
 * `divergenceWeight`: predictions `p^ = clip(p + alpha (g + w KL(p || p + alpha g)))`; a meta-game whose gains weigh
 * the advantages of AB and BA by `(p^ - p)(1 - q^)` and `(p - p^) q`, so that for those the other player's strategy
 * does not change; of several equilibria the mixed one, or the last pure one; mixtures
 * `p- = rho p + (1 - rho) p^ + w KL(p || p^)`, which need be no probabilities; and `p <- clip(p + eta g(q-))`. The
 * divergences are added to probabilities, whatever their direction, and push both players to their first actions.
 *
 * Source: the code of Wen et al. 2021 (MATRL), for their table 1: alpha 0.02, w 100, eta (`learningRate`) 0.03, starts
 * 0.9 and 0.2. As in Python, where a divergence does not exist the prediction becomes 1. Parameters: strategies [1] of
 * two players with two actions.
 *
 * @throws ArgumentError when a number is out of range; when run, for other games.
 *
 * @example
 * ```ts
 * import { matrixGame, matrlReleased, namedPayoffs, run } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = matrixGame({ payoffs: namedPayoffs.stagHunt, strategies: 'probabilities' });
 * const rule = matrlReleased({ predictionRate: 0.02, divergenceWeight: 100 });
 * const start = [tensor([[0.9]]), tensor([[0.2]])];
 * const { parameters } = run(game, start, { rules: [rule, rule], learningRate: 0.03, steps: 1000 });
 * parameters.map((p) => p.data[1]); // => [1, 1]
 * ```
 */
export function matrlReleased({ predictionRate, divergenceWeight }: MatrlReleasedOptions): UpdateRule {
  checkRate('matrlReleased', 'predictionRate', predictionRate);
  checkRate('matrlReleased', 'divergenceWeight', divergenceWeight);
  return {
    name: 'MATRL(released)',
    init(game, parameters) {
      const sizes = parameters.map((own) => ravel(own).size);
      if (game.players !== 2 || sizes.some((size) => size !== 1)) {
        const expected = 'have two players with two actions, strategies of one number each';
        throw new ArgumentError('matrlReleased', 'game', expected, `${sizes.join(' and ')} numbers`);
      }
      return {};
    },
    update(game, parameters, player, state, learningRate) {
      const scalars = parameters.map((own) => reshape(ravel(own), []));
      const dtype = scalars[0].dtype === 'float64' ? 'float64' : 'float32';
      const treeOf = (v: Tensor, i: number) => unravel(reshape(v, [1]), parameters[i]);
      const slopes = parameters.map((_, i) => reshape(ravel(valueGradient(game, parameters, i, i)), []));
      const predicted = scalars.map((p, i) => {
        const pull = mul(divergence(p, add(p, mul(slopes[i], predictionRate))), divergenceWeight);
        return pythonClip(add(p, mul(add(slopes[i], pull), predictionRate)));
      });
      const corners = cornerPayoffs(game, parameters, dtype);
      const gains = (next: readonly Tensor[]) => releasedGains(corners, scalars, next);
      const meta = stack(
        [
          zeros([2], dtype),
          gains([scalars[0], predicted[1]]),
          gains([predicted[0], scalars[1]]),
          gains(predicted),
        ],
        1,
      );
      const { profiles, valid } = candidateEquilibria(reshape(meta, [2, 2, 2]));
      const weights = gather(profiles, argmax(where(valid, arange(1, 6), 0)));
      const mixtures = scalars.map((p, i) => {
        const rho = at(weights, i);
        const between = add(mul(rho, p), mul(sub(1, rho), predicted[i]));
        return treeOf(add(between, mul(divergence(p, predicted[i]), divergenceWeight)), i);
      });
      const answered = mixtures.map((mixture, i) => (i === player ? parameters[i] : mixture));
      const slope = reshape(ravel(valueGradient(game, answered, player, player)), []);
      return {
        parameters: treeOf(clip(add(scalars[player], mul(slope, learningRate)), 0, 1), player),
        state,
      };
    },
  };
}
