/** Games that are played, for rules that were made for games whose values are known. */
import type { Game } from '@descant/autodiff-games';
import { dice, type Estimator } from '@descant/estimators';
import { at, foldIn, split, type Tensor } from '@descant/tensor-ops';
import { logProbabilitiesOf, type Plays, play, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { centredRewards } from './centred-rewards.ts';

/** Options of `playedGame`. */
export interface PlayedGameOptions {
  /** Of the values and all derivatives that are taken of them; default `centredRewards(dice())`. */
  readonly estimator?: Estimator;
  /** Plays that all evaluations see; default: each plays anew. */
  readonly plays?: Plays;
}

/**
 * A game of `@descant/autodiff-games` whose values are estimated from plays: every rule made for known values becomes
 * one that samples.
 *
 * `f_i(x)` becomes the surrogate of player i's mean discounted return in a batch of plays of x. Each time that a rule
 * asks for values, a new batch is played: the k-th evaluation draws from `foldIn(key, k)`, so that the estimates that
 * a rule multiplies are independent and the mean of a product is the product of the means. Use one game for one
 * direction.
 *
 * With given plays nothing is played, which costs less, and products are biased by their covariance. Values and
 * derivatives are then right at the parameters of these plays only: for rules that take all their derivatives there.
 *
 * @param key - Of all plays.
 * @example
 * ```ts
 * import { lola } from '@descant/autodiff-games';
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { playedGame, sampledGame, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key, type Tensor, zeros } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const rule = lola({ kind: 'exact', opponentRate: 0.3 });
 * const direction = jit((x: Tensor, k: Tensor) => rule.direction(playedGame(game, k), [x, x], 0) as Tensor);
 * direction(zeros([5, 1]), key(0)).shape; // => [5, 1]
 * ```
 */
export function playedGame(game: SampledGame, key: Tensor, options: PlayedGameOptions = {}): Game<unknown> {
  const { estimator = centredRewards(dice()), plays: given } = options;
  const players = game.environment.agents;
  let evaluations = 0;
  return {
    name: game.environment.name,
    players,
    values(parameters) {
      const plays =
        given === undefined
          ? play(game, parameters, foldIn(key, evaluations++))
          : { ...given, logProbabilities: logProbabilitiesOf(game, parameters, given) };
      const surrogates = estimator.surrogate(toRollout(game, plays));
      return Array.from({ length: players }, (_, i) => at(surrogates, i));
    },
    init(k) {
      const keys = split(k, players);
      return game.policies.map((network, i) => network.init(at(keys, i)));
    },
  };
}
