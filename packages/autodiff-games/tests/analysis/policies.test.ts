/** Zero-determinant policies and return polytopes. */
import {
  convexHull,
  iteratedChicken,
  iteratedGame,
  iteratedPrisonersDilemma,
  namedPayoffs,
  returnPolytope,
  zeroDeterminantPolicy,
  zeroDeterminantRelation,
} from '@descant/autodiff-games';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../support/errors.ts';
import { elements, float64 } from '../support/numbers.ts';
import { policyOf, rolloutValues } from '../support/rollout.ts';

const prisoners = [
  [-1, -1],
  [-3, 0],
  [0, -3],
  [-2, -2],
];
const discount = 0.96;
const game = iteratedPrisonersDilemma({ discount });
const logits = (probabilities: readonly number[]) => probabilities.map((p) => Math.log(p / (1 - p)));
/** Both returns by the exact value, and by following the play step by step. */
const returns = (policy: readonly number[], opponent: readonly number[]) =>
  elements(game.values([float64(logits(policy)), float64(opponent)]));

const logit = fc.double({ min: -8, max: 8, noNaN: true });
const opponents = fc.array(logit, { minLength: 5, maxLength: 5 });
const settings = { numRuns: 200, seed: 3, endOnFailure: true };

describe('zero-determinant policies', () => {
  const factor = fc.double({ min: 1.5, max: 10, noNaN: true });

  test('extortion: against every opponent the excesses over mutual defection have the ratio chi', () => {
    fc.assert(
      fc.property(factor, opponents, (slope, opponent) => {
        const policy = zeroDeterminantPolicy({ payoffs: prisoners, discount, slope, baseline: -2 });
        const [own, other] = returns(policy, opponent);
        expect(own + 2).toBeCloseTo(slope * (other + 2), 9);
      }),
      settings,
    );
  });

  test('generosity: the shortfalls from mutual cooperation have it', () => {
    fc.assert(
      fc.property(factor, opponents, (slope, opponent) => {
        const policy = zeroDeterminantPolicy({ payoffs: prisoners, discount, slope, baseline: -1 });
        const [own, other] = returns(policy, opponent);
        expect(own + 1).toBeCloseTo(slope * (other + 1), 9);
        expect(own).toBeLessThanOrEqual(other + 1e-9);
      }),
      settings,
    );
  });

  test('the same by following the play, in which the opponent’s return is that of the rollout', () => {
    const policy = zeroDeterminantPolicy({ payoffs: prisoners, discount, slope: 3, baseline: -2 });
    const opponent = [0.3, 1.2, -0.4, 0.9, -2];
    const nested = [0, 1].map((i) => [0, 1].map((a) => [0, 1].map((b) => prisoners[2 * a + b][i])));
    const players = [logits(policy), opponent].map((own, i) => policyOf(own, [2, 2], i, 'own'));
    const sums = rolloutValues(nested, [2, 2], discount, 1500, (i, state, action) =>
      players[i](state, action),
    );
    const [own, other] = sums.map((sum) => sum * (1 - discount));
    expect(own + 2).toBeCloseTo(3 * (other + 2), 9);
    expect(other).toBeGreaterThan(-2);
  });

  test('the unit of the payoffs does not matter', () => {
    const options = { payoffs: prisoners, discount, slope: 3, baseline: -2 };
    for (const unit of [1e-7, 1e7]) {
      const scaled = prisoners.map((pair) => pair.map((v) => unit * v));
      const policy = zeroDeterminantPolicy({ ...options, payoffs: scaled, baseline: -2 * unit });
      const expected = zeroDeterminantPolicy(options);
      expect(Math.max(...policy.map((p, s) => Math.abs(p - expected[s])))).toBeLessThan(1e-9);
    }
  });

  test('a policy a little off does not force the relation', () => {
    const policy = zeroDeterminantPolicy({ payoffs: prisoners, discount, slope: 3, baseline: -2 });
    const wrong = policy.with(1, policy[1] - 0.1);
    const gaps = [
      [2, 2, 2, 2, 2],
      [-2, 1, -1, 2, 0],
    ].map((opponent) => {
      const [own, other] = returns(wrong, opponent);
      return Math.abs(own + 2 - 3 * (other + 2));
    });
    expect(Math.min(...gaps)).toBeGreaterThan(0.01);
    expect(zeroDeterminantRelation({ payoffs: prisoners, discount }, wrong).residual).toBeGreaterThan(0.01);
  });

  test('the relation is recovered from the policy: slope, baseline, residual 0', () => {
    fc.assert(
      fc.property(factor, fc.constantFrom(-2, -1.7, -1.3, -1), (slope, baseline) => {
        const policy = zeroDeterminantPolicy({ payoffs: prisoners, discount, slope, baseline });
        const relation = zeroDeterminantRelation({ payoffs: prisoners, discount }, policy);
        expect(relation.residual).toBeLessThan(1e-9);
        expect(relation.slope).toBeCloseTo(slope, 6);
        // On the line at (kappa, kappa).
        expect((relation.own + relation.other) * baseline + relation.constant).toBeCloseTo(0, 9);
      }),
      settings,
    );
  });

  test('tit for tat is one: slope (2 - delta) / (2 delta - 1) about mutual cooperation', () => {
    const relation = zeroDeterminantRelation({ payoffs: prisoners, discount }, [1, 1, 0, 1, 0]);
    expect(relation.slope).toBeCloseTo((2 - discount) / (2 * discount - 1), 12);
    expect(relation.residual).toBeLessThan(1e-12);
    expect(relation.own + relation.other).toBeCloseTo(relation.constant, 12);
  });

  test('Press and Dyson’s example is approached as the discount goes to 1', () => {
    // Payoffs 3, 0, 5, 1, chi = 3: (11/13, 1/2, 7/26, 0), with phi = 1/26.
    const relation = zeroDeterminantRelation(
      {
        payoffs: [
          [3, 3],
          [0, 5],
          [5, 0],
          [1, 1],
        ],
        discount: 1 - 1e-9,
      },
      [0, 11 / 13, 1 / 2, 7 / 26, 0],
    );
    expect(relation.slope).toBeCloseTo(3, 6);
    expect(relation.residual).toBeLessThan(1e-8);
  });

  test('errors', () => {
    const options = { payoffs: prisoners, discount, slope: 1.01, baseline: -2 };
    expect(messageOf(() => zeroDeterminantPolicy(options))).toBe(
      'zeroDeterminantPolicy: options must be a relation that a memory-one policy can force; got slope 1.01 at baseline -2 and discount 0.96',
    );
    expect(messageOf(() => zeroDeterminantPolicy({ ...options, discount: 1 }))).toBe(
      'zeroDeterminantPolicy: discount must lie in (0, 1); got 1',
    );
    const pennies = { payoffs: namedPayoffs.matchingPennies, discount };
    expect(messageOf(() => zeroDeterminantRelation(pennies, [0, 0, 0, 0, 0]))).toBe(
      'zeroDeterminantRelation: payoffs must leave the returns independent of each other; got payoffs whose returns always lie on a line',
    );
    expect(messageOf(() => zeroDeterminantRelation({ payoffs: prisoners, discount }, [2, 0, 0, 0, 0]))).toBe(
      'zeroDeterminantRelation: policy must be 5 probabilities; got [2,0,0,0,0]',
    );
  });
});

describe('return polytopes', () => {
  /** How far a point lies outside of a counter-clockwise polygon. */
  const outside = (polygon: readonly (readonly number[])[], point: readonly number[]) =>
    Math.max(
      ...polygon.map((a, k) => {
        const b = polygon[(k + 1) % polygon.length];
        const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        return ((point[0] - a[0]) * dy - (point[1] - a[1]) * dx) / Math.hypot(dx, dy);
      }),
    );

  test('holds the returns of every stochastic opponent, and none of it is superfluous', () => {
    fc.assert(
      fc.property(opponents, opponents, (own, opponent) => {
        const polygon = returnPolytope(game, float64(own));
        const point = elements(game.values([float64(own), float64(opponent)]));
        expect(outside(polygon, point)).toBeLessThan(1e-9);
        // Without one of its corners it does not hold that corner.
        if (polygon.length > 3) expect(outside(polygon.toSpliced(1, 1), polygon[1])).toBeGreaterThan(0);
      }),
      { ...settings, numRuns: 60 },
    );
  });

  test('holds the returns of opponents with longer memories', () => {
    // The opponent defects in every third round, whatever happens.
    const own = [1, 0.5, -1, 2, 0.3];
    const polygon = returnPolytope(game, float64(own));
    const policy = policyOf(own, [2, 2], 0, 'own');
    let state = new Map<string, number>([['', 1]]);
    const sums = [0, 0];
    for (let t = 0; t < 1500; t++) {
      const b = t % 3 === 2 ? 1 : 0;
      const next = new Map<string, number>();
      for (const [last, p] of state) {
        for (const a of [0, 1]) {
          const q = p * policy(last === '' ? undefined : last.split('').map(Number), a);
          next.set(`${a}${b}`, (next.get(`${a}${b}`) ?? 0) + q);
          for (const i of [0, 1]) sums[i] += (1 - discount) * discount ** t * q * prisoners[2 * a + b][i];
        }
      }
      state = next;
    }
    expect(outside(polygon, sums)).toBeLessThan(1e-9);
  });

  test('a zero-determinant policy’s is a segment on its line', () => {
    const policy = zeroDeterminantPolicy({ payoffs: prisoners, discount, slope: 2.5, baseline: -2 });
    const polygon = returnPolytope(
      game,
      float64(logits(policy).map((l) => Math.max(-1000, Math.min(1000, l)))),
    );
    expect(polygon).toHaveLength(2);
    for (const [own, other] of polygon) expect(own + 2).toBeCloseTo(2.5 * (other + 2), 9);
  });

  test('either player may be fixed: the mirror image in a symmetric game', () => {
    const policy = float64([0.4, 1, -1, 0.5, -2]);
    const first = returnPolytope(iteratedChicken(), policy, 0);
    const second = returnPolytope(iteratedChicken(), policy, 1);
    const mirrored = convexHull(second.map(([a, b]): [number, number] => [b, a]));
    expect(Math.max(...first.flat().map((v, i) => Math.abs(v - mirrored.flat()[i])))).toBeLessThan(1e-9);
  });

  test('2 x 3 actions: always A allows the hull of the payoffs after A', () => {
    const [first, second] = [
      [
        [0, 1, 2],
        [9, 9, 9],
      ],
      [
        [0, 3, 1],
        [9, 9, 9],
      ],
    ];
    const play = iteratedGame({ payoffs: [first, second] });
    const corners = returnPolytope(play, float64(Array.from({ length: 7 }, () => 1000)));
    const rounded = corners.map((corner) => corner.map((v) => Math.round(v * 1e9) / 1e9));
    expect(rounded).toEqual([
      [0, 0],
      [2, 1],
      [1, 3],
    ]);
  });

  test('a polygon that is too small would be noticed', () => {
    const polygon = returnPolytope(game, float64([1, 0.5, -1, 2, 0.3]));
    expect(polygon.length).toBeGreaterThan(2);
    const centre = [0, 1].map((i) => polygon.reduce((sum, p) => sum + p[i], 0) / polygon.length);
    const shrunk = polygon.map((p) => p.map((v, i) => centre[i] + 0.9 * (v - centre[i])));
    expect(outside(shrunk, polygon[0])).toBeGreaterThan(1e-4);
  });
});

describe('convex hulls', () => {
  const point = fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 }));

  test('hold all points, turn left at every corner, and consist of given points', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (points) => {
        const hull = convexHull(points);
        const turn = (o: readonly number[], a: readonly number[], b: readonly number[]) =>
          (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
        hull.forEach((corner, k) => {
          const next = hull[(k + 1) % hull.length];
          for (const p of points) expect(turn(corner, next, p)).toBeGreaterThanOrEqual(0);
          if (hull.length > 2) expect(turn(corner, next, hull[(k + 2) % hull.length])).toBeGreaterThan(0);
          expect(points).toContainEqual(corner);
        });
      }),
      settings,
    );
  });
});
