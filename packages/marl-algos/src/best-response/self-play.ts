/** Self-play with reward sharing. */
import { leaveOneOutBaseline, rewardToGo, scoreFunction } from '@descant/estimators';
import { mean, type Tensor } from '@descant/tensor-ops';
import { play, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { checkAlike } from './two-seats.ts';

/**
 * The mean return of an agent that plays all seats, with the gradient of its expectation in what all seats do.
 *
 * `grad E[R^1] = E[R^1 sum_t grad log pi(a_t) + grad log pi(b_t)]` where both players have the same parameters. In
 * symmetric games that is half of the gradient of `E[R^1 + R^2]`, self-play with reward sharing; in zero-sum games it is
 * zero. Here R^1 is replaced by (R^1 + R^2) / 2, which has the same mean in symmetric games and less variance; the
 * mean of the other plays is the baseline of rewards to go.
 *
 * Source: Cooijmans 2023, thesis, eq. 5.4.7 and appendix 5.D.
 *
 * @param game - Whose seats have policies of one architecture; at least 2 plays.
 * @throws ArgumentError when the architectures differ.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { sampledGame, sharedReturn, tabularPolicy } from '@descant/marl-algos';
 * import { grad, key, type Tensor, zeros } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 6 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 512 });
 * const gradient = grad((x: Tensor) => sharedReturn(game, x, key(0)))(zeros([5, 1]));
 * gradient.data[0] > 0; // => true
 * ```
 */
export function sharedReturn(game: SampledGame, parameters: unknown, key: Tensor): Tensor {
  checkAlike('sharedReturn', game);
  const plays = play(
    game,
    game.policies.map(() => parameters),
    key,
  );
  const credit = rewardToGo({ baseline: leaveOneOutBaseline() });
  const rewards = mean(plays.rewards, 2, { keepDims: true });
  return mean(scoreFunction({ credit }).surrogate({ ...toRollout(game, plays), rewards }));
}
