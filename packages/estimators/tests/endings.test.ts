/** Several plays in one row (auto-reset), and plays that end early: by complete enumeration. */
import {
  dice,
  type Estimator,
  enumerate,
  expectation,
  followingValues,
  generalisedAdvantages,
  loadedDice,
  moments,
  type Rollout,
  rewardToGo,
  scoreFunction,
  temporalDifference,
  totalReturn,
} from '@descant/estimators';
import {
  add,
  at,
  concat,
  grad,
  mul,
  reshape,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import {
  differentiate,
  exactValues,
  exampleGame,
  examplePolicies,
  f64,
  logProbabilities,
  type Play,
  type Policies,
  play,
  readPayoffs,
  rolloutOf,
} from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

describe('several plays in one row (auto-reset), and plays that end early', () => {
  const game = exampleGame;
  const policies = examplePolicies;
  const estimators: readonly Estimator[] = [
    scoreFunction(),
    scoreFunction({ credit: totalReturn() }),
    dice(),
    loadedDice({ lambda: 1, credit: rewardToGo() }),
  ];
  const joined = (p: Policies, plays: readonly Play[], flag: 'terminated' | 'truncated'): Rollout => ({
    logProbabilities: concat(plays.map((one) => logProbabilities(p, one))),
    rewards: concat(plays.map((one) => readPayoffs(game, one))),
    discount: game.discount,
    [flag]: tensor(plays.flatMap(() => [[false], [true]])),
  });

  test.each(['terminated', 'truncated'] as const)('two %s plays one after the other: their sum', (flag) => {
    const exactFirst = differentiate.grad((p) => exactValues(game, p), policies, 0);
    const exactMixed = differentiate.mixed((p) => exactValues(game, p), policies, 0);
    for (const estimator of estimators) {
      const { mean } = moments(
        enumerate((chance) => {
          const plays = [play(game, policies, chance), play(game, policies, chance)];
          const values = (p: Policies) => estimator.surrogate(joined(p, plays, flag));
          const first = differentiate.grad(values, policies, 0);
          return estimator.order === 1
            ? { value: values(policies), first }
            : { value: values(policies), first, mixed: differentiate.mixed(values, policies, 0) };
        }),
      );
      expect(relativeError(mean.value, mul(exactValues(game, policies), 2))).toBeLessThan(1e-13);
      expect(relativeError(mean.first, mul(exactFirst, 2))).toBeLessThan(1e-13);
      if ('mixed' in mean && mean.mixed !== undefined) {
        expect(relativeError(mean.mixed, mul(exactMixed, 2))).toBeLessThan(1e-13);
      }
    }
  });

  test('each estimate is that of the first play plus that of the second; not so without the flag', () => {
    for (const estimator of estimators) {
      const { values } = enumerate((chance) => {
        const plays = [play(game, policies, chance), play(game, policies, chance)];
        const estimate = (rollout: (p: Policies) => Rollout) =>
          differentiate.grad((p) => estimator.surrogate(rollout(p)), policies, 0);
        return {
          joined: estimate((p) => joined(p, plays, 'truncated')),
          unflagged: estimate((p) => {
            const { truncated: _, ...rest } = joined(p, plays, 'truncated');
            return rest;
          }),
          sum: plays.map((one) => estimate((p) => rolloutOf(game, p, one))).reduce((a, b) => add(a, b)),
        };
      });
      expect(relativeError(values.joined, values.sum)).toBeLessThan(1e-13);
      expect(relativeError(values.unflagged, values.sum)).toBeGreaterThan(0.01);
    }
  });

  test('a play that both players can end: nothing is paid afterwards', () => {
    const long = { ...game, steps: 3 };
    /** 1 until both have played action 1, then 0: [T, 1, 1]. */
    const alive = ({ actions }: Play): { paid: Tensor; terminated: Tensor } => {
      const both = mul(at(actions, 0, 1), at(actions, 1, 1));
      const ends = Array.from({ length: long.steps }, (_, t) => at(both, t));
      const before = ends.map((_, t) =>
        ends.slice(0, t).reduce((on, e) => mul(on, sub(1, e)), tensor(1, { dtype: 'int32' })),
      );
      return {
        paid: reshape(stack(before), [long.steps, 1, 1]),
        terminated: reshape(both, [long.steps, 1]),
      };
    };
    const weights = f64([[[1]], [[long.discount]], [[long.discount ** 2]]]);
    const exact = (p: Policies) =>
      expectation(
        enumerate((chance) => {
          const one = play(long, p, chance);
          return sum(mul(mul(weights, alive(one).paid), readPayoffs(long, one)), [0, 1]);
        }),
      );
    for (const estimator of estimators) {
      const { mean } = moments(
        enumerate((chance) => {
          const one = play(long, policies, chance);
          const { paid, terminated } = alive(one);
          return differentiate.grad(
            (p) => {
              const rollout = rolloutOf(long, p, one);
              return estimator.surrogate({ ...rollout, rewards: mul(rollout.rewards, paid), terminated });
            },
            policies,
            0,
          );
        }),
      );
      expect(relativeError(mean, differentiate.grad(exact, policies, 0))).toBeLessThan(1e-13);
    }
  });
});

test('the critic is not trained by the surrogate', () => {
  const derivative = grad((v: Tensor) => {
    const values = reshape(v, [2, 1, 1]);
    const rollout = {
      logProbabilities: f64([[[-1]], [[-2]]]),
      rewards: f64([[[1]], [[2]]]),
      values,
      nextValues: followingValues(values, zeros([1, 1], 'float64')),
      discount: 0.9,
    };
    const all = [scoreFunction({ credit: temporalDifference() }), loadedDice({ lambda: 1, tau: 0.5 })].map(
      (e) => sum(e.surrogate(rollout)),
    );
    return add(all[0], add(all[1], sum(generalisedAdvantages(rollout, { lambda: 0.5 }).targets)));
  })(f64([3, 4]));
  expect(derivative.toArray()).toEqual([0, 0]);
});
