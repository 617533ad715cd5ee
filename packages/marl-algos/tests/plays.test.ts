import { tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import { dice, scoreFunction } from '@descant/estimators';
import {
  gruNetwork,
  logProbabilities,
  meanReward,
  mlpNetwork,
  play,
  sampledGame,
  tabularPolicy,
  toRollout,
} from '@descant/marl-algos';
import { at, exp, grad, jit, key, max, mean, normal, type Tensor } from '@descant/tensor-ops';
import { describe, expect, it } from 'vitest';
import { distance } from './support/distance.ts';
import { exactValues, weightedPlays, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

const logits = (seed: number) => normal(key(seed), [5, 1], 'float64');

describe('plays', () => {
  it('all plays have probability 1 in total', () => {
    const game = wholeGame('prisonersDilemma', 3);
    const plays = weightedPlays(game, [logits(0), logits(1)]);
    const total = plays.logProbabilities.toArray() as number[][][];
    const sums = Array.from({ length: game.plays }, (_, b) =>
      Math.exp(total.reduce((s, t) => s + t[b][0] + t[b][1], 0)),
    );
    expect(sums.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it('the expected gradient of surrogates on plays is that of the exact value', () => {
    const game = wholeGame('prisonersDilemma', 3);
    const theirs = logits(1);
    const exact = (x: Tensor) => at(exactValues(game, [x, theirs]), 0);
    const surrogate =
      (estimator = scoreFunction()) =>
      (x: Tensor) =>
        at(estimator.surrogate(toRollout(game, weightedPlays(game, [x, theirs]))), 0);
    const x = logits(0);
    expect(distance(surrogate()(x), exact(x))).toBeLessThan(1e-12);
    expect(distance(grad(surrogate())(x), grad(exact)(x))).toBeLessThan(1e-12);
    const second = (f: (x: Tensor) => Tensor) => grad((y: Tensor) => at(at(grad(f)(y), 0), 0))(x);
    expect(distance(second(surrogate(dice())), second(exact))).toBeLessThan(1e-12);
    // Without the magic box the second derivative lacks the products of scores.
    const half = (y: Tensor) => grad(surrogate())(y);
    expect(messageOf(() => grad((y: Tensor) => at(at(half(y), 0), 0))(x))).toMatch(/at most once/);
  });

  it('draws actions with the probabilities of the policies', () => {
    const plays = 20_000;
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 3, dtype: 'float64' });
    const policies = tabularPolicy(5, 2, { dtype: 'float64' });
    const game = sampledGame({ environment, policies, plays, discount: 1 });
    const parameters = [logits(0), logits(1)];
    const { rewards } = jit((k: Tensor) => play(game, parameters, k))(key(2));
    const exact = exactValues(wholeGame('prisonersDilemma', 3, 1), parameters).toArray() as number[];
    const returns = Array.from({ length: 2 }, (_, seat) =>
      Array.from({ length: plays }, (_, b) =>
        [0, 1, 2].reduce((s, t) => s + rewards.data[(t * plays + b) * 2 + seat], 0),
      ),
    );
    returns.forEach((r, seat) => {
      const average = r.reduce((a, b) => a + b) / plays;
      const deviation = Math.sqrt(r.reduce((s, v) => s + (v - average) ** 2, 0) / plays);
      // |z| <= 5: false alarm with probability 6e-7.
      expect(Math.abs(average - exact[seat])).toBeLessThan((5 * deviation) / Math.sqrt(plays));
    });
    expect(distance(meanReward({ rewards }), mean(mean(rewards, 1), 0))).toBeLessThan(1e-12);
  });

  it.each([
    ['gru', gruNetwork({ inputShape: [4, 3, 3], units: 8, outputs: 4 })],
    ['mlp', mlpNetwork({ inputShape: [4, 3, 3], hidden: [8], outputs: 4 })],
  ])('a %s sees whole plays as it saw them step by step', (_, network) => {
    const game = sampledGame({
      environment: tracedCoinGame({ maxSteps: 6 }),
      policies: [network, network],
      plays: 5,
    });
    const parameters = [network.init(key(0)), network.init(key(1))];
    const plays = jit((k: Tensor) => play(game, parameters, k))(key(2));
    const own = (x: Tensor) => at(x, 1, 2);
    const again = logProbabilities(
      game.policies[1],
      parameters[1],
      own(plays.observations),
      own(plays.actions),
    );
    expect(distance(again, own(plays.logProbabilities))).toBeLessThan(1e-6);
    expect(max(exp(again)).item()).toBeLessThanOrEqual(1);
    const other = logProbabilities(
      game.policies[0],
      parameters[0],
      own(plays.observations),
      own(plays.actions),
    );
    expect(distance(other, own(plays.logProbabilities))).toBeGreaterThan(1e-3);
  });

  it('says what does not fit', () => {
    const environment = tracedCoinGame();
    const policies = tabularPolicy(5, 2);
    expect(messageOf(() => sampledGame({ environment, policies, plays: 4 }))).toBe(
      'sampledGame: policies[0] must map [4, 3, 3] -> 4 in float32; got tabular policy 5 x 2: [5] -> 2 in float32',
    );
    const fits = mlpNetwork({ inputShape: [4, 3, 3], hidden: [], outputs: 4 });
    expect(messageOf(() => sampledGame({ environment, policies: [fits], plays: 4 }))).toBe(
      'sampledGame: policies must be 2, one a seat; got 1',
    );
    expect(
      messageOf(() => sampledGame({ environment: {} as typeof environment, policies: fits, plays: 4 })),
    ).toBe(
      'sampledGame: environment must be a traced environment, such as tracedCoinGame(); got another object',
    );
    const endless = tracedIteratedMatrixGame({ maxSteps: Number.POSITIVE_INFINITY });
    expect(messageOf(() => sampledGame({ environment: endless, policies, plays: 4 }))).toBe(
      'sampledGame: steps must be a whole number of at least 1; got Infinity',
    );
  });
});
