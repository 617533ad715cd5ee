import {
  matrl,
  matrlReleased,
  namedPayoffs,
  nashEquilibria2x2,
  random2x2Payoffs,
  run,
  simultaneousGradient,
  type UpdateRule,
} from '@descant/autodiff-games';
import { at, key, split, type Tensor, uniform, vmap } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metaEquilibrium, metaGame } from '../src/rules/matrl.ts';
import { seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { executors } from './support/executors.ts';
import { matrixVectors } from './support/matrix-vectors.ts';
import { elements, float64, relativeError } from './support/numbers.ts';
import { both, pathOf, strategies } from './support/strategies.ts';

const rules = [matrl({ predictionRate: 0.02 }), matrl({ predictionRate: 0.02 })];

describe('the exact meta-game', () => {
  const { cases } = matrixVectors.matrl_exact_meta_games;

  test.each(cases)('of $game', (c) => {
    const { A, B } = matrixVectors.games2x2.games[c.game];
    const x = c.pi.map((p) => float64([p]));
    const { predicted, payoffs } = metaGame(strategies([A, B]), x, 0.02);
    expect(relativeError(elements(predicted), c['pi_hat(lr .02)'])).toBeLessThan(1e-12);
    const expected = [...c['meta_A(row0=current,row1=predicted)'], ...c.meta_B].flat();
    expect(relativeError(elements(payoffs), expected)).toBeLessThan(1e-11);
    const off = metaGame(strategies([A, B]), x, 0.021);
    expect(relativeError(elements(off.payoffs), expected)).toBeGreaterThan(1e-3);
    const weights = elements(metaEquilibrium(payoffs, key(0)));
    expect([weights.map((w) => [w, 1 - w])]).toEqual(c.meta_nash);
  });
});

describe('equilibria of the meta-game', () => {
  const sorted = (rows: readonly (readonly number[])[]) =>
    rows
      .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
      .filter((r, k, all) => k === 0 || r.join() !== all[k - 1].join());

  test('are those of the closed form, and each is drawn', () => {
    fc.assert(
      fc.property(seed, (from) => {
        const payoffs = uniform(key(from), [2, 2, 2], { dtype: 'float64', low: -1, high: 1 });
        const drawn = vmap((k: Tensor) => metaEquilibrium(payoffs, k))(
          split(key(from), 64),
        ).toArray() as number[][];
        const expected = nashEquilibria2x2(payoffs.toArray() as unknown[]).map(([p, q]) => [p[0], q[0]]);
        const [a, b] = [sorted(drawn), sorted(expected)];
        expect(a).toHaveLength(b.length);
        // With 64 draws from at most 3 equilibria one is missed with probability 3 (2/3)^64 < 2e-11.
        expect(relativeError(a.flat(), b.flat())).toBeLessThan(1e-11);
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});

describe('a run', () => {
  const options = { rules, learningRate: 0.03, steps: 40, stride: 1, key: key(3) };
  const start = () => [float64([[0.9]]), float64([[0.2]])];

  test.each(executors)('in matching pennies is the four steps, written out, on $name', (executor) => {
    const { parameters } = run(strategies(namedPayoffs.matchingPennies), start(), { ...options, executor });
    let [p, q] = [0.9, 0.2];
    const clip = (v: number) => Math.min(1, Math.max(0, v));
    const f = (a: number, b: number) => (2 * a - 1) * (2 * b - 1);
    const expected = [[p, q]];
    for (let t = 0; t < 40; t++) {
      const gradient = (a: number, b: number) => [4 * b - 2, -(4 * a - 2)];
      const [gp, gq] = gradient(p, q);
      const [p1, q1] = [clip(p + 0.02 * gp), clip(q + 0.02 * gq)];
      const meta = [[f(p, q), f(p, q1), f(p1, q), f(p1, q1)].map((v) => [v, -v] as const)].flat();
      const [[[weightP], [weightQ]], ...others] = nashEquilibria2x2(meta);
      // Meta-games of zero-sum games have one equilibrium.
      expect(others).toEqual([]);
      const [pBar, qBar] = [weightP * p + (1 - weightP) * p1, weightQ * q + (1 - weightQ) * q1];
      [p, q] = [clip(p + 0.03 * gradient(p, qBar)[0]), clip(q + 0.03 * gradient(pBar, q)[1])];
      expected.push([p, q]);
    }
    const found = expected.map((_, t) => parameters.map((x) => x.data[t]));
    expect(relativeError(found.flat(), expected.flat())).toBeLessThan(1e-9);
  });

  test('ends at equilibria of random games of all classes', () => {
    fc.assert(
      fc.property(seed, fc.constantFrom('coordination', 'antiCoordination', 'cyclic'), (from, kind) => {
        const r = random2x2Payoffs(key(from), kind);
        const game = strategies(r);
        const { parameters } = run(game, start(), { ...options, steps: 20000, stride: 20000 });
        const [p, q] = parameters.map((x) => x.data[1]);
        const gains = elements(simultaneousGradient(game, [float64([p]), float64([q])]));
        const left = [p, q].map((v, i) => (gains[i] > 0 ? (1 - v) * gains[i] : -v * gains[i]));
        expect(Math.max(...left)).toBeLessThan(0.01);
      }),
      { numRuns: 12, seed: 2 },
    );
  });

  test('is the same for the same key, with three actions too', () => {
    const wide = [
      [2, 0, 1],
      [0, 2, 1],
      [1, 0, 3],
    ];
    const game = strategies([wide, wide]);
    const initial = [float64([[0.3, 0.3, 0.4]]), float64([[0.3, 0.3, 0.4]])];
    const paths = [1, 1, 2].map((k) => run(game, initial, { ...options, key: key(k) }).parameters);
    expect(elements(paths[0])).toEqual(elements(paths[1]));
    expect(elements(at(paths[0][0], 0)).every((v) => v >= 0)).toBe(true);
  });
});

describe("the released code's variant", () => {
  const released = matrlReleased({ predictionRate: 0.02, divergenceWeight: 100 });

  test.each(matrixVectors.matrl_matrix_games.games)('$type, seed $seed', (g) => {
    const path = (rule: UpdateRule, steps: number) =>
      pathOf(strategies([g.A, g.B]), [[0.9], [0.2]], both(rule), 0.03, steps).map((x) => x.flat());
    const found = path(released, 200);
    const expected = g.first8['matrl_repo(after step1..8)'];
    expect(relativeError(found.slice(1, 9).flat(), expected.flat())).toBeLessThan(1e-10);
    const near = found
      .slice(1)
      .findIndex(([p, q]) => g.nash_p0_q0.some(([a, b]) => Math.abs(p - a) < 0.05 && Math.abs(q - b) < 0.05));
    expect(near).toBe(g.converged_step.matrl_repo);
    expect(
      relativeError(
        path(matrl({ predictionRate: 0.02 }), 8)
          .slice(1)
          .flat(),
        expected.flat(),
      ),
    ).toBeGreaterThan(1e-4);
  });
});

test('errors', () => {
  expect(messageOf(() => matrl({ predictionRate: -1 }))).toBe(
    'matrl: predictionRate must be a finite number of at least 0; got -1',
  );
  expect(messageOf(() => matrlReleased({ predictionRate: 0.1, divergenceWeight: -1 }))).toBe(
    'matrlReleased: divergenceWeight must be a finite number of at least 0; got -1',
  );
  const rule = matrlReleased({ predictionRate: 0.1, divergenceWeight: 1 });
  const three = () =>
    pathOf(
      strategies(namedPayoffs.rockPaperScissors),
      [
        [1, 0, 0],
        [1, 0, 0],
      ],
      both(rule),
      1,
      1,
    );
  expect(messageOf(three)).toBe(
    'matrlReleased: game must have two players with two actions, strategies of one number each; got 3 and 3 numbers',
  );
  const lonely = strategies([[1, 2]]);
  const play = () =>
    run(lonely, [float64([[0.5]])], { rules: [rules[0]], learningRate: 1, steps: 1, key: key(0) });
  expect(messageOf(play)).toBe('matrl: game must have 2 players; got 1');
});
