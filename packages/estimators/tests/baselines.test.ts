/** Baselines and control variates: unbiased by enumeration, against plain numbers, and their errors. */
import {
  type Baseline,
  constantBaseline,
  controlCoefficient,
  controlVariate,
  dice,
  enumerate,
  leaveOneOutBaseline,
  moments,
  movingAverage,
  type Rollout,
  returnsToGo,
  rewardToGo,
  scoreFunction,
  stateValueBaseline,
} from '@descant/estimators';
import { add, at, concat, full, jit, mean, mul, type Tensor, tensor, zeros } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { playedGame } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import {
  differentiate,
  exactValues,
  exampleGame,
  examplePolicies,
  f64,
  type MatrixGame,
  type Policies,
  play,
  rolloutOf,
} from './support/matrix-game.ts';
import { relativeError } from './support/unbiased.ts';

/** Several independent plays as one batch. */
const batch = (rollouts: readonly Rollout[]): Rollout => ({
  logProbabilities: concat(
    rollouts.map((r) => r.logProbabilities),
    1,
  ),
  rewards: concat(
    rollouts.map((r) => r.rewards),
    1,
  ),
  discount: rollouts[0].discount,
});

describe('leave-one-out', () => {
  const meanOf = (game: MatrixGame, policies: Policies, plays: number, baseline: Baseline, order: 1 | 2) =>
    moments(
      enumerate((chance) => {
        const drawn = Array.from({ length: plays }, () => play(game, policies, chance));
        const estimator =
          order === 1 ? scoreFunction({ credit: rewardToGo({ baseline }) }) : dice({ baseline });
        const values = (p: Policies) =>
          estimator.surrogate(batch(drawn.map((one) => rolloutOf(game, p, one))));
        return differentiate[order === 1 ? 'grad' : 'mixed'](values, policies, 0);
      }),
    ).mean;

  test('unbiased for batches of two and three plays, at both orders', () => {
    fc.assert(
      fc.property(
        playedGame,
        fc.constantFrom<1 | 2>(1, 2),
        fc.integer({ min: 2, max: 3 }),
        (drawn, order, plays) => {
          const game = { ...drawn.game, steps: plays === 2 ? Math.min(2, drawn.game.steps) : 1 };
          const exact = differentiate[order === 1 ? 'grad' : 'mixed'](
            (p) => exactValues(game, p),
            drawn.policies,
            0,
          );
          const found = meanOf(game, drawn.policies, plays, leaveOneOutBaseline(), order);
          expect(relativeError(found, exact)).toBeLessThan(1e-11);
        },
      ),
      { numRuns: 8 },
    );
  });

  test('the mean over all plays, the own one included, shrinks the estimate by (B - 1) / B', () => {
    const game = { ...exampleGame, steps: 1 };
    const policies = examplePolicies;
    const including: Baseline = (returns) => mean(returns, 1, { keepDims: true });
    const exact = differentiate.grad((p) => exactValues(game, p), policies, 0);
    const found = meanOf(game, policies, 3, including, 1);
    expect(relativeError(found, mul(exact, 2 / 3))).toBeLessThan(1e-14);
    expect(relativeError(found, exact)).toBeGreaterThan(0.01);
  });

  test('a batch of one play is an error', () => {
    const rollout = { logProbabilities: zeros([2, 1, 1]), rewards: zeros([2, 1, 1]), discount: 1 };
    expect(messageOf(() => rewardToGo({ baseline: leaveOneOutBaseline() })(rollout))).toBe(
      'leaveOneOutBaseline: plays must be at least 2 in a batch; got 1',
    );
  });
});

describe('moving average', () => {
  const returns = fc.array(
    fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 2 }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );

  test('is the weighted mean of the batches so far, in plain numbers', () => {
    fc.assert(
      fc.property(returns, fc.double({ min: 0, max: 1, noNaN: true }), (batches, decay) => {
        const average = movingAverage({ decay });
        let state = average.init(2, 'float64');
        for (const values of batches) state = average.update(state, f64([[values], [values]]));
        const rewards = zeros([1, 1, 2]);
        const found = average.baseline(state)(rewards, {
          logProbabilities: rewards,
          rewards,
          discount: 1,
        }) as Tensor;
        const weights = batches.map((_, k) => decay ** (batches.length - 1 - k));
        const whole = weights.reduce((a, b) => a + b, 0);
        [0, 1].forEach((n) => {
          const expected = batches.reduce((a, b, k) => a + weights[k] * b[n], 0) / whole;
          expect(Math.abs(found.data[n] - expected)).toBeLessThan(1e-12);
        });
      }),
    );
  });

  test('is 0 before the first batch, a tree that jit carries, and does not change its arguments', () => {
    const average = movingAverage({ decay: 0.9 });
    const start = average.init(1);
    const rewards = full([1, 3, 1], 5);
    const rollout = { logProbabilities: rewards, rewards, discount: 1 };
    expect((average.baseline(start)(rewards, rollout) as Tensor).toArray()).toEqual([0]);
    const next = jit((s: typeof start) => average.update(s, rewards))(start);
    expect(start.weight.item()).toBe(0);
    expect((average.baseline(next)(rewards, rollout) as Tensor).toArray()).toEqual([5]);
    const restored: typeof next = {
      total: tensor(next.total.toArray()),
      weight: tensor(next.weight.toArray()),
    };
    expect((average.baseline(restored)(rewards, rollout) as Tensor).toArray()).toEqual([5]);
  });

  test('a decay outside [0, 1] is an error', () => {
    expect(messageOf(() => movingAverage({ decay: 1.5 }))).toBe(
      'movingAverage: decay must lie in [0, 1]; got 1.5',
    );
  });
});

test('constant and state baselines: errors', () => {
  const rewards = zeros([1, 2, 1]);
  const rollout = { logProbabilities: rewards, rewards, discount: 1 };
  expect(messageOf(() => constantBaseline(Number.NaN))).toBe(
    'constantBaseline: value must be a finite number; got NaN',
  );
  expect(messageOf(() => rewardToGo({ baseline: stateValueBaseline() })(rollout))).toBe(
    'stateValueBaseline: values must be given; got undefined',
  );
  expect(returnsToGo(rollout).shape).toEqual([1, 2, 1]);
});

describe('control variates', () => {
  const tree = (s: Tensor) => ({ g: add(mul(3, at(s, 0)), mul(at(s, 1), at(s, 2))), v: add(at(s, 0), 0.5) });

  test('keep the mean for every coefficient, and the best one leaves what the variate cannot explain', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (coefficient) => {
        const corrected = moments(
          enumerate((chance) => {
            const { g, v } = tree(chance.signs([3], 'float64'));
            return controlVariate({ g }, { g: v }, { g: f64(0.5) }, coefficient);
          }),
        );
        expect(Math.abs(corrected.mean.g.item())).toBeLessThan(1e-13);
        // Var = (3 - c)^2 Var(v) + 1, by hand.
        expect(Math.abs(corrected.variance.g.item() - ((3 - coefficient) ** 2 + 1))).toBeLessThan(1e-12);
      }),
    );
    const { values } = enumerate((chance) => tree(chance.signs([3], 'float64')));
    expect(controlCoefficient(values.g, values.v).item()).toBeCloseTo(3, 14);
  });

  test('a variate that does not vary gets the coefficient 0; one draw is an error', () => {
    expect(controlCoefficient(f64([1, 2]), f64([4, 4])).item()).toBe(0);
    expect(messageOf(() => controlCoefficient(f64([1]), f64([4])))).toBe(
      'controlCoefficient: estimates must have at least 2 draws; got 1',
    );
  });

  test('with the wrong expectation the mean is off', () => {
    const { mean: off } = moments(
      enumerate((chance) => {
        const { g, v } = tree(chance.signs([3], 'float64'));
        return controlVariate(g, v, f64(0.6), 1);
      }),
    );
    expect(Math.abs(off.item() - 0.1)).toBeLessThan(1e-13);
  });
});
