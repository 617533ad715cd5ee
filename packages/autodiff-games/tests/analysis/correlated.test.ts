import {
  type CorrelationKind,
  correlatedEquilibrium,
  correlatedGap,
  namedPayoffs,
  nashEquilibria,
  type Profile,
} from '@descant/autodiff-games';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payoffs, tiedPayoffs } from '../support/arbitraries.ts';
import { messageOf } from '../support/errors.ts';

type Nested = readonly unknown[];

/** The probability of every joint action when the players draw independently. */
const independent = (profile: Profile): number[] =>
  profile.reduce((joint, strategy) => joint.flatMap((p) => strategy.map((q) => p * q)), [1]);

/**
 * The best deviation's gain by the definition: a player maps its advice to actions by any function (correlated) or
 * by a constant one (coarse), and plays the mapped action instead.
 */
function gapByDefinition(
  game: Nested,
  actions: readonly number[],
  mu: readonly number[],
  kind: CorrelationKind,
) {
  const joint = actions.reduce<number[][]>(
    (all, count) => all.flatMap((a) => Array.from({ length: count }, (_, k) => [...a, k])),
    [[]],
  );
  const payoff = (i: number, a: readonly number[]) =>
    a.reduce<unknown>((nested, k) => (nested as Nested)[k], game[i]) as number;
  const gain = (i: number, map: readonly number[]) =>
    joint.reduce((sum, a, s) => sum + mu[s] * (payoff(i, a.with(i, map[a[i]])) - payoff(i, a)), 0);
  return Math.max(
    ...actions.flatMap((count, i) => {
      const own = Array.from({ length: count }, (_, a) => a);
      if (kind === 'coarse')
        return own.map((to) =>
          gain(
            i,
            own.map(() => to),
          ),
        );
      return own.flatMap((from) => own.map((to) => gain(i, own.with(from, to))));
    }),
  );
}

const shapes = [
  [2, 2],
  [3, 2],
  [3, 3],
  [2, 2, 2],
  [2, 3, 2],
];
const game = fc
  .constantFrom(...shapes)
  .chain((actions) =>
    fc.record({ actions: fc.constant(actions), payoffs: fc.oneof(payoffs(actions), tiedPayoffs(actions)) }),
  );

test('the definition finds what pays: defecting from mutual cooperation', () => {
  const { prisonersDilemma } = namedPayoffs;
  for (const kind of ['correlated', 'coarse'] as const) {
    expect(gapByDefinition(prisonersDilemma, [2, 2], [1, 0, 0, 0], kind)).toBe(1);
    expect(gapByDefinition(prisonersDilemma, [2, 2], [0, 0, 0, 1], kind)).toBe(0);
  }
});

const settings = { numRuns: 60, seed: 2, endOnFailure: true };

describe('properties', () => {
  test.each(['correlated', 'coarse'] as const)('no deviation from the %s equilibrium pays', (kind) => {
    fc.assert(
      fc.property(game, ({ actions, payoffs }) => {
        const mu = correlatedEquilibrium(payoffs, { kind });
        expect(mu.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(Math.min(...mu)).toBeGreaterThanOrEqual(0);
        // Payoffs lie in [-3, 3], and the program is solved within 1e-6 of their range.
        expect(gapByDefinition(payoffs, actions, mu, kind)).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  const weights = (length: number) =>
    fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: length, maxLength: length });
  const drawn = game.chain(({ actions, payoffs }) => {
    const size = actions.reduce((a, b) => a * b, 1);
    return weights(size).map((w) => ({
      actions,
      payoffs,
      mu: w.map((v) => v / w.reduce((a, b) => a + b, 0)),
    }));
  });

  test('the gap is that of the definition, for any distribution, and a correlated equilibrium is coarse', () => {
    fc.assert(
      fc.property(drawn, ({ actions, payoffs, mu }) => {
        for (const kind of ['correlated', 'coarse'] as const) {
          const gap = Math.max(0, gapByDefinition(payoffs, actions, mu, kind));
          expect(correlatedGap(payoffs, mu, kind)).toBeCloseTo(gap, 10);
        }
        // A constant deviation is the sum of those after each advice.
        const most = Math.max(...actions);
        expect(correlatedGap(payoffs, mu, 'coarse')).toBeLessThanOrEqual(
          most * correlatedGap(payoffs, mu) + 1e-12,
        );
      }),
      settings,
    );
  });

  test('every Nash equilibrium is a correlated equilibrium, every correlated one is coarse', () => {
    const small = fc.constantFrom([2, 2], [3, 2], [3, 3]).chain((actions) => payoffs(actions));
    fc.assert(
      fc.property(small, (payoffs) => {
        for (const profile of nashEquilibria(payoffs)) {
          expect(correlatedGap(payoffs, independent(profile))).toBeLessThan(1e-7);
          expect(correlatedGap(payoffs, independent(profile), 'coarse')).toBeLessThan(1e-7);
        }
        expect(correlatedGap(payoffs, correlatedEquilibrium(payoffs), 'coarse')).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  test('the optimum is at least that of every Nash equilibrium, and the coarse one at least the correlated one', () => {
    const small = fc.constantFrom([2, 2], [3, 3]).chain((actions) => payoffs(actions));
    fc.assert(
      fc.property(
        small,
        fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
        (payoffs, w) => {
          const flat = payoffs.map((own) => [own].flat(9) as number[]);
          const value = (mu: readonly number[]) =>
            mu.reduce((sum, p, s) => sum + p * (w[0] * flat[0][s] + w[1] * flat[1][s]), 0);
          const best = value(correlatedEquilibrium(payoffs, { weights: w }));
          const coarse = value(correlatedEquilibrium(payoffs, { kind: 'coarse', weights: w }));
          for (const profile of nashEquilibria(payoffs)) {
            expect(best).toBeGreaterThan(value(independent(profile)) - 1e-4);
          }
          expect(coarse).toBeGreaterThan(best - 1e-4);
        },
      ),
      settings,
    );
  });
});

describe('known games', () => {
  test('chicken: the best correlated equilibrium beats all Nash equilibria (Aumann 1974)', () => {
    const chicken = [
      [6, 6],
      [2, 7],
      [7, 2],
      [0, 0],
    ];
    const mu = correlatedEquilibrium(chicken);
    expect(mu.map((p) => Math.round(p * 1e6) / 1e6)).toEqual([0.5, 0.25, 0.25, 0]);
  });

  test('rock, paper, scissors has a single correlated equilibrium', () => {
    const mu = correlatedEquilibrium(namedPayoffs.rockPaperScissors, { weights: [1, 0] });
    expect(Math.max(...mu.map((p) => Math.abs(p - 1 / 9)))).toBeLessThan(1e-6);
  });

  test('a coarse equilibrium that is not correlated (Moulin and Vial 1978, after: both avoid the bad diagonal)', () => {
    // In rock, paper, scissors a coarse equilibrium may put all mass on the diagonal; with ties worth 0.2, it is best.
    const ties = namedPayoffs.rockPaperScissors.map((own) =>
      own.map((row, i) => row.map((v, j) => (i === j ? 0.2 : v))),
    );
    const diagonal = [1, 0, 0, 0, 1, 0, 0, 0, 1].map((p) => p / 3);
    expect(correlatedGap(ties, diagonal, 'coarse')).toBeLessThan(1e-12);
    expect(correlatedGap(ties, diagonal)).toBeCloseTo(0.8 / 3, 12);
    const mu = correlatedEquilibrium(ties, { kind: 'coarse' });
    expect(mu[0] + mu[4] + mu[8]).toBeCloseTo(1, 6);
  });
});

test.each([
  [
    () =>
      correlatedEquilibrium([
        [1, 2],
        [3, 4],
      ]),
    'correlatedEquilibrium: payoffs must be finite numbers of shape [players, actions of player 1, actions of player 2, ...], or [4, 2]; got [2, 2]',
  ],
  [
    () => correlatedEquilibrium(namedPayoffs.stagHunt, { weights: [1] }),
    'correlatedEquilibrium: weights must be 2 finite numbers, one a player; got [1]',
  ],
  [
    () => correlatedGap(namedPayoffs.stagHunt, [1, 0]),
    'correlatedGap: distribution must be 4 probabilities that sum to 1; got [1,0]',
  ],
])('errors %#', (call, message) => {
  expect(messageOf(call)).toBe(message);
});
