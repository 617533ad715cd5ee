import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  cooperation,
  cooperationByState,
  cooperationByTime,
  discountedReturn,
  estimate,
  play,
  rewardPerStep,
  sampledGame,
  tabularPolicy,
} from '@descant/marl-algos';
import { key, log, sigmoid, type Tensor, tensor, zeros } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageOf } from './support/errors.ts';

const column = (values: readonly number[]): Tensor =>
  tensor(
    values.map((value) => [value]),
    { dtype: 'float64' },
  );

const samples = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 20 });

describe('estimates', () => {
  it('with wholes that are all the same, are the mean and sd / sqrt(n)', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 50 }), (values, whole) => {
        const [{ mean, standardError, n }] = estimate({
          part: column(values),
          whole: column(values.map(() => whole)),
        });
        const average = values.reduce((a, b) => a + b, 0) / values.length;
        const variance = values.reduce((s, v) => s + (v - average) ** 2, 0) / (values.length - 1);
        expect(n).toBe(values.length);
        expect(mean).toBeCloseTo(average / whole, 9);
        expect(standardError).toBeCloseTo(Math.sqrt(variance / values.length) / whole, 9);
      }),
    );
  });

  it('of a part that is a fixed share of the whole, have no error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 20 }),
        fc.integer({ min: -8, max: 8 }),
        (wholes, share) => {
          const [{ mean, standardError }] = estimate({
            part: column(wholes.map((w) => w * share)),
            whole: column(wholes),
          });
          expect(mean).toBe(share === 0 ? mean : share);
          expect(standardError).toBe(0);
        },
      ),
    );
  });

  it('are null where there is nothing to say', () => {
    expect(estimate({ part: zeros([3, 1]), whole: zeros([3, 1]) })).toEqual([
      { mean: null, standardError: null, n: 3 },
    ]);
    expect(estimate({ part: tensor([[1]]), whole: tensor([[2]]) })).toEqual([
      { mean: 0.5, standardError: null, n: 1 },
    ]);
    expect(messageOf(() => estimate({ part: zeros([3]), whole: zeros([3]) }))).toBe(
      'estimate: share must be two tensors of shape [B, N]; got [3] and [3]',
    );
  });
});

describe('measures', () => {
  const plays = 20_000;
  const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2 });
  const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays });
  // P(cooperate) after the start, CC, CD, DC and DD.
  const chances = [0.6, 0.9, 0.2, 0.5, 0.3];
  const logit = log(tensor(chances.map((p) => [p / (1 - p)])));
  const played = play(game, [logit, logit], key(3));
  // P(first step) and, by enumeration of the first step, P(second step).
  const [c, cc, cd, dc, dd] = (sigmoid(logit).toArray() as number[][]).flat();
  const second = c * c * cc + c * (1 - c) * (cd + dc) + (1 - c) ** 2 * dd;

  it('cooperation agrees with its probability', () => {
    // |z| <= 5: false alarm with probability 6e-7.
    const tolerance = (p: number) => 5 * Math.sqrt((p * (1 - p)) / plays);
    const [first, next] = cooperationByTime(played).toArray() as number[][];
    for (const seat of [0, 1]) {
      expect(Math.abs(first[seat] - c)).toBeLessThan(tolerance(c));
      expect(Math.abs(next[seat] - second)).toBeLessThan(tolerance(second));
      const { mean, standardError } = estimate(cooperation(played))[seat];
      expect(Math.abs((mean ?? 0) - (c + second) / 2)).toBeLessThan(5 * (standardError ?? 0));
    }
    const { share, visits } = cooperationByState(played);
    for (const seat of [0, 1]) {
      chances.forEach((p, state) => {
        const n = visits.data[5 * seat + state];
        expect(n).toBeGreaterThan(1000);
        expect(Math.abs(share.data[5 * seat + state] - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / n));
      });
    }
    expect(Math.abs(share.data[1] - chances[2])).toBeGreaterThan(0.5);
    expect(messageOf(() => cooperationByState({ ...played, observations: zeros([2, 1, 2]) }))).toBe(
      'cooperationByState: observations must have shape [T, B, N, S]; got [2, 1, 2]',
    );
  });

  it('returns are rewards, discounted or by step', () => {
    const { rewards } = played;
    const at = (t: number, b: number, seat: number) => rewards.data[(t * plays + b) * 2 + seat];
    const steps = rewardPerStep(played);
    const half = discountedReturn(0.5)(played);
    for (const [b, seat] of [
      [0, 0],
      [7, 1],
    ]) {
      expect(steps.part.data[2 * b + seat]).toBe(at(0, b, seat) + at(1, b, seat));
      expect(half.part.data[2 * b + seat]).toBe(at(0, b, seat) + at(1, b, seat) / 2);
    }
    expect([steps.whole.data[5], half.whole.data[5]]).toEqual([2, 1]);
    expect(discountedReturn(0)(played).part.data[0]).toBe(at(0, 0, 0));
  });
});
