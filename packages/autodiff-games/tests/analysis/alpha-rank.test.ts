import { alphaRank, alphaRankSymmetric, namedPayoffs } from '@descant/autodiff-games';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { payoffs } from '../support/arbitraries.ts';
import { messageOf } from '../support/errors.ts';

const symmetric = (rows: readonly (readonly number[])[]) => [
  rows,
  rows[0].map((_, j) => rows.map((row) => row[j])),
];
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('one population', () => {
  test('reference value: Han et al. 2013, as in the tests of OpenSpiel', () => {
    // test_stationary_distribution of open_spiel/python/egt/alpharank_test.py, four decimals.
    const [r, t, p, s, delta, eps] = [1, 2, 0, -1, 4, 0.25];
    const rows = [
      [r - eps / 2, r - eps, 0, s + delta - eps, r - eps],
      [r, r, s, s, s],
      [0, t, p, p, p],
      [t - delta, t, p, p, p],
      [r, t, p, p, p],
    ];
    const expected = [0.40966787, 0.07959841, 0.20506998, 0.08505983, 0.2206039];
    const rank = alphaRankSymmetric(symmetric(rows), { intensity: 0.1, populationSize: 20 });
    expect(Math.max(...rank.map((p, i) => Math.abs(p - expected[i])))).toBeLessThan(1e-7);
    const other = alphaRankSymmetric(symmetric(rows), { intensity: 0.2, populationSize: 20 });
    expect(Math.max(...other.map((p, i) => Math.abs(p - expected[i])))).toBeGreaterThan(1e-2);
  });

  test('rock, paper, scissors is uniform', () => {
    const rank = alphaRankSymmetric(namedPayoffs.rockPaperScissors, { intensity: 1 });
    expect(Math.max(...rank.map((p) => Math.abs(p - 1 / 3)))).toBeLessThan(1e-12);
  });

  test('two strategies: the odds are those of the takeovers', () => {
    // d = 1 for B however many there are, so takeovers are (1 - e^-a) / (1 - e^-ma) and (1 - e^a) / (1 - e^ma).
    const [a, m] = [0.3, 5];
    const up = (1 - Math.exp(-a)) / (1 - Math.exp(-m * a));
    const down = (1 - Math.exp(a)) / (1 - Math.exp(m * a));
    const [, first] = alphaRank([[0, 1]], { intensity: a, populationSize: m });
    expect(first).toBeCloseTo(up / (up + down), 12);
  });
});

describe('a population for each player', () => {
  test('the prisoner’s dilemma ends in mutual defection', () => {
    const rank = alphaRank(namedPayoffs.prisonersDilemma, { intensity: 1 });
    expect(rank[3]).toBeGreaterThan(0.999999);
  });

  test('battle of the sexes: both meetings alike, misses hardly ever', () => {
    const rank = alphaRank(namedPayoffs.battleOfTheSexes, { intensity: 0.2 });
    expect(rank[0]).toBeCloseTo(rank[3], 12);
    expect(rank[0]).toBeGreaterThan(0.49);
  });

  test('rock, paper, scissors: by symmetry alike on ties, and alike elsewhere', () => {
    const rank = alphaRank(namedPayoffs.rockPaperScissors, { intensity: 0.1 });
    expect(Math.max(...[4, 8].map((s) => Math.abs(rank[s] - rank[0])))).toBeLessThan(1e-12);
    expect(Math.max(...[2, 3, 5, 6, 7].map((s) => Math.abs(rank[s] - rank[1])))).toBeLessThan(1e-12);
  });

  const drawn = fc.constantFrom([2, 2], [3, 2], [2, 2, 2]).chain((actions) => payoffs(actions));

  test('sums to one, and is uniform as the intensity vanishes', () => {
    fc.assert(
      fc.property(drawn, (game) => {
        expect(total(alphaRank(game, { intensity: 0.5 }))).toBeCloseTo(1, 12);
        const rank = alphaRank(game, { intensity: 1e-9 });
        expect(Math.max(...rank.map((p) => Math.abs(p - 1 / rank.length)))).toBeLessThan(1e-6);
      }),
      { numRuns: 50, seed: 1, endOnFailure: true },
    );
  });

  test('is stationary: what leaves each joint action of two players also enters it', () => {
    const [a, m] = [0.4, 6];
    const takeover = (d: number) => {
      const x = a * d;
      return Math.abs(x) < 1e-9 ? 1 / m : (1 - Math.exp(-x)) / (1 - Math.exp(-m * x));
    };
    const flowGap = (game: readonly unknown[], rank: readonly number[]) => {
      const [first, second] = game.map((own) => [own].flat(9) as number[]);
      // Joint actions 0..3 are AA, AB, BA, BB: player 1 changes by 2, player 2 by 1.
      const neighbours = [0, 1, 2, 3].map((s) => [
        { to: s ^ 2, own: first },
        { to: s ^ 1, own: second },
      ]);
      const flows = [0, 0, 0, 0];
      neighbours.forEach((moves, s) => {
        for (const { to, own } of moves) {
          const flow = rank[s] * takeover(own[to] - own[s]);
          flows[s] -= flow;
          flows[to] += flow;
        }
      });
      return Math.max(...flows.map(Math.abs));
    };
    fc.assert(
      fc.property(payoffs([2, 2]), (game) => {
        const rank = alphaRank(game, { intensity: a, populationSize: m });
        expect(flowGap(game, rank)).toBeLessThan(1e-9);
      }),
      { numRuns: 100, seed: 1, endOnFailure: true },
    );
    expect(flowGap(namedPayoffs.stagHunt, [0.25, 0.25, 0.25, 0.25])).toBeGreaterThan(0.01);
  });
});

test.each([
  [
    () => alphaRank(namedPayoffs.stagHunt, { intensity: 0 }),
    'alphaRank: intensity must be a finite number above 0; got 0',
  ],
  [
    () => alphaRank(namedPayoffs.stagHunt, { intensity: 1, populationSize: 1 }),
    'alphaRank: populationSize must be a whole number of at least 2; got 1',
  ],
  [
    () => alphaRank(namedPayoffs.stagHunt, { intensity: 1e4 }),
    'alphaRank: intensity must leave every move possible in float64; got one at which strategy 3 is never left',
  ],
  [
    () => alphaRankSymmetric(namedPayoffs.battleOfTheSexes, { intensity: 1 }),
    `alphaRankSymmetric: payoffs must be those of a symmetric game; got ${JSON.stringify(namedPayoffs.battleOfTheSexes)}`,
  ],
])('errors %#', (call, message) => {
  expect(messageOf(call)).toBe(message);
});
