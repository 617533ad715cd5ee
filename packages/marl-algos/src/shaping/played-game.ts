/** Games that are played, for rules that were made for games whose values are known. */
import type { Game } from '@descant/autodiff-games';
import { dice, type Estimator } from '@descant/estimators';
import { ArgumentError, at, foldIn, split, type Tensor } from '@descant/tensor-ops';
import { play, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { centredRewards } from './centred-rewards.ts';

/** Which plays the evaluations of a game's values see; see `playedGame`. */
export type Sampling = 'fresh' | 'same';

/** Options of `playedGame`. */
export interface PlayedGameOptions {
  /** Of the values and all derivatives that are taken of them; default `centredRewards(dice())`. */
  readonly estimator?: Estimator;
  /** Default: fresh. */
  readonly sampling?: Sampling;
}

/**
 * A game of `@descant/autodiff-games` whose values are estimated from plays: every rule made for known values becomes
 * one that samples.
 *
 * `f_i(x)` becomes the surrogate of player i's mean discounted return in a batch of plays of x. Each time that a rule
 * asks for values, a new batch is played: the k-th evaluation draws from `foldIn(key, k)`, so that the estimates that
 * a rule multiplies are independent and the mean of a product is the product of the means. With `same`, all
 * evaluations draw from one key: at the same parameters these are the same plays, which cost once, and products are
 * biased by their covariance. Use one game for one direction.
 *
 * @param key - Of all plays.
 * @throws ArgumentError when the sampling is another one.
 *
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
  const { estimator = centredRewards(dice()), sampling = 'fresh' } = options;
  if (sampling !== 'fresh' && sampling !== 'same') {
    throw new ArgumentError('playedGame', 'sampling', 'be fresh or same', String(sampling));
  }
  const players = game.environment.agents;
  let evaluations = 0;
  return {
    name: game.environment.name,
    players,
    values(parameters) {
      const plays = play(game, parameters, foldIn(key, evaluations));
      if (sampling === 'fresh') evaluations++;
      const surrogates = estimator.surrogate(toRollout(game, plays));
      return Array.from({ length: players }, (_, i) => at(surrogates, i));
    },
    init(k) {
      const keys = split(k, players);
      return game.policies.map((network, i) => network.init(at(keys, i)));
    },
  };
}
