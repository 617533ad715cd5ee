/** All plays of a small game at once, with their probabilities: expectations become exact sums. */
import { tracedIteratedMatrixGame } from '@descant/envs';
import { type Plays, playActions, type SampledGame, sampledGame, tabularPolicy } from '@descant/marl-algos';
import { exp, key, mul, stopGradient, sum, type Tensor, tensor } from '@descant/tensor-ops';

/** A finite iterated game of two players with two actions in float64, with all its 4^T plays as the batch. */
export const wholeGame = (
  name: 'prisonersDilemma' | 'matchingPennies' | 'chicken',
  steps: number,
  discount = 0.9,
): SampledGame =>
  sampledGame({
    environment: tracedIteratedMatrixGame({ game: name, maxSteps: steps, dtype: 'float64' }),
    policies: tabularPolicy(5, 2, { dtype: 'float64' }),
    plays: 4 ** steps,
    discount,
  });

/** Every sequence of joint actions: int32[T, 4^T, 2]. */
function allActions(steps: number): Tensor {
  const plays = 4 ** steps;
  const bit = (play: number, position: number) => Math.floor(play / 2 ** position) % 2;
  const data = Array.from({ length: steps }, (_, t) =>
    Array.from({ length: plays }, (_, b) => [bit(b, 2 * t), bit(b, 2 * t + 1)]),
  );
  return tensor(data, { dtype: 'int32' });
}

/**
 * All plays, their rewards times probability and number of plays: the mean over the batch of a surrogate is then its
 * expectation, because surrogates are linear in rewards. The weights are constants, as drawing is.
 */
export function weightedPlays(game: SampledGame, parameters: readonly unknown[]): Plays {
  const plays = playActions(game, parameters, allActions(game.steps), key(0));
  const probability = exp(sum(plays.logProbabilities, [0, 2], { keepDims: true }));
  return { ...plays, rewards: mul(plays.rewards, mul(stopGradient(probability), game.plays)) };
}

/** The exact values [N], differentiable to any order through the probabilities of the plays. */
export function exactValues(game: SampledGame, parameters: readonly unknown[]): Tensor {
  const plays = playActions(game, parameters, allActions(game.steps), key(0));
  const probability = exp(sum(plays.logProbabilities, [0, 2], { keepDims: true }));
  const discounts = tensor(
    Array.from({ length: game.steps }, (_, t) => [[game.discount ** t]]),
    { dtype: 'float64' },
  );
  return sum(mul(mul(plays.rewards, discounts), probability), [0, 1]);
}
