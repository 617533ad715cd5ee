import {
  type Game,
  iteratedChicken,
  iteratedPrisonersDilemma,
  lola,
  naive,
  type Rule,
} from '@descant/autodiff-games';
import { at, exp, mul, normal, split, sum, tensor } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { type Cell, cellKey, pairings, playCell } from '../src/head-to-head/cell.ts';
import { cornerReturns, standardRules, tables } from '../src/head-to-head/games.ts';
import { divergenceNote } from '../src/head-to-head/notes.ts';
import { thesisReturn } from '../src/head-to-head/paper-values.ts';

const exact = (opponentRate: number) => lola({ opponentRate, kind: 'exact' });
const ipd = (first: Rule, second: Rule): Cell => ({
  group: 'IPD',
  game: iteratedPrisonersDilemma(),
  rules: [first, second],
  learningRate: 25,
  steps: 500,
});
const chicken: Cell = {
  group: 'Chicken',
  game: iteratedChicken(),
  rules: [exact(1), exact(1)],
  learningRate: 1,
  steps: 500,
};

/** Deviations of a cell's two returns from what the project's reference code measured, in standard errors. */
function deviations(cell: Cell, pairs: number, targets: readonly [number, number]): number[] {
  const { rows, diverged } = playCell(cell, { seed: 0, pairs, precision: 'float64' });
  expect(diverged).toBe(0);
  return targets.map((target, player) => {
    const { measured, standardError, n } = rows[player];
    expect(n).toBe(pairs);
    return Math.abs((measured ?? Number.NaN) - target) / (standardError ?? Number.NaN);
  });
}

// Seed 0 was fixed beforehand. A normal mean lies more than 4 standard errors off with probability 6e-5, so one of the
// twelve below does by accident with probability under 8e-4 (two-sided; the targets' own error, about that of 1024
// pairs, is not counted).
describe.each([1024, 8192])('returns at %i pairs lie within 4 standard errors of the reference', (pairs) => {
  test.each([
    ['IPD, LOLA against LOLA', ipd(exact(25), exact(25)), [-1.086, -1.086]],
    ['IPD, naive against LOLA', ipd(naive(), exact(25)), [-1.535, -1.47]],
    ['Chicken, LOLA against LOLA', chicken, [-5.3, -5.3]],
  ] as const)('%s', (_, cell, targets) => {
    for (const deviation of deviations(cell, pairs, targets)) expect(deviation).toBeLessThan(4);
  });
});

// The reference is a sample of the same size, hence the factor sqrt(2). Beyond 5 standard errors of the difference: 6e-7
// a row, 5e-6 for the eight.
test.each([
  ['naive against naive', naive(), [21.1, 34.9]],
  ['LOLA against LOLA', exact(25), [72.9, 77.2]],
] as const)('IPD, %s: %TFT at both tolerances is that of the reference', (_, rule, shares) => {
  const cell: Cell = { ...ipd(rule, rule), target: 'titForTat' };
  const rows = playCell(cell, { seed: 0, pairs: 1024, precision: 'float64' }).rows.filter(
    ({ unit }) => unit === '%',
  );
  expect(rows).toHaveLength(4);
  for (const [i, { name, measured, standardError }] of rows.entries()) {
    const deviation = (measured ?? Number.NaN) - shares[i < 2 ? 0 : 1];
    expect(Math.abs(deviation), name).toBeLessThan(5 * Math.SQRT2 * (standardError ?? 0));
  }
});

test('a rule that does not shape its opponent would be noticed', () => {
  for (const deviation of deviations(ipd(exact(0), exact(0)), 1024, [-1.086, -1.086])) {
    expect(deviation).toBeGreaterThan(50);
  }
});

describe('a cell', () => {
  const small = { seed: 3, pairs: 8, precision: 'float64' } as const;
  const cell: Cell = { ...ipd(naive(), exact(25)), steps: 20, target: 'titForTat' };

  test('draws from a key of its own, made of seed and name', () => {
    const names = tables.flatMap(({ label, rate }) =>
      pairings(standardRules(rate)).map(([a, b]) => `${label}: ${a.name} vs ${b.name}`),
    );
    const keys = names.map((name) => cellKey(0, name).toArray());
    expect(names).toHaveLength(30);
    expect(new Set(keys.map(String)).size).toBe(30);
    expect(cellKey(1, names[0]).toArray()).not.toEqual(keys[0]);
    expect(cellKey(0, names[0]).toArray()).toEqual(keys[0]);
  });

  test('has rows for both players, both tolerances and the diverged pairs', () => {
    expect(playCell(cell, small).rows.map(({ name, unit, n }) => [name, unit, n])).toEqual([
      ['IPD: naive vs LOLA(exact), player 1 return', 'return', 8],
      ['IPD: naive vs LOLA(exact), player 2 return', 'return', 8],
      ['IPD: naive vs LOLA(exact), player 1 %TFT (tolerance 0.02)', '%', 8],
      ['IPD: naive vs LOLA(exact), player 2 %TFT (tolerance 0.02)', '%', 8],
      ['IPD: naive vs LOLA(exact), player 1 %TFT (tolerance 0.05)', '%', 8],
      ['IPD: naive vs LOLA(exact), player 2 %TFT (tolerance 0.05)', '%', 8],
      ['IPD: naive vs LOLA(exact), diverged pairs', 'pairs', 8],
    ]);
  });

  test('records curves from the start to the last step', () => {
    const { curves, endpoints, rows } = playCell({ ...cell, steps: 130 }, small);
    const steps = curves.filter(({ player }) => player === 1).map(({ step }) => step);
    expect([steps[0], steps.at(-1)]).toEqual([0, 130]);
    expect(curves.at(-2)?.mean).toBe(rows[0].measured);
    expect(endpoints).toHaveLength(8);
  });

  test('gives tit for tat 100 % and its opposite 0 %', () => {
    const fixed = (logits: readonly number[]): Game => ({
      ...iteratedPrisonersDilemma(),
      init: (_, dtype = 'float32') => [tensor(logits, { dtype }), tensor(logits, { dtype })],
    });
    const still: Rule = { name: 'still', direction: (_, parameters, player) => parameters[player] };
    const share = (logits: readonly number[]) => {
      // The learner scales its logits up, which changes no saturated probability.
      const game = fixed(logits);
      const { rows } = playCell({ ...cell, game, rules: [still, still], learningRate: 0.01 }, small);
      return rows.filter(({ unit }) => unit === '%').map(({ measured }) => measured);
    };
    expect(share([9, 9, -9, 9, -9])).toEqual([100, 100, 100, 100]);
    expect(share([-9, -9, 9, -9, 9])).toEqual([0, 0, 0, 0]);
    // sigmoid(3.2) = 0.9608: within 0.05 of 1, not within 0.02.
    expect(share([3.1, 9, 9, -9, 9])).toEqual([20, 20, 40, 40]);
  });

  test('counts pairs that diverge and leaves them out of the means', () => {
    // Each player climbs exp(x^2), to infinity within a few steps from where |x| is large, slowly from near 0.
    const game: Game = {
      name: 'explosive',
      players: 2,
      values: (players) => players.map((x) => sum(exp(mul(x, x)))),
      init: (key, dtype) => [0, 1].map((player) => normal(at(split(key), player), [1], dtype)),
    };
    const finding = playCell({ ...cell, game, rules: [naive(), naive()], learningRate: 0.005 }, small);
    const { rows, diverged } = finding;
    expect(diverged).toBeGreaterThan(0);
    expect(diverged).toBeLessThan(8);
    expect(rows.at(-1)).toMatchObject({
      name: 'IPD: naive vs naive, diverged pairs',
      measured: diverged,
      n: 8,
    });
    expect(rows[0].n).toBe(8 - diverged);
    expect(divergenceNote([finding])).toContain(`IPD: naive vs naive ${diverged}`);
    expect(divergenceNote([])).toBe('Diverged pairs: none.');
  });
});

test('published returns are those of the row player, in both orders', () => {
  expect(thesisReturn('IPD', 'naive', 'LOLA(exact)')).toEqual([-1.56, -1.49]);
  expect(thesisReturn('IPD', 'LOLA(exact)', 'naive')).toEqual([-1.49, -1.56]);
  expect(thesisReturn('IPD', 'naive', 'LOLA(taylorFull)')).toEqual([null, null]);
});

test('the corners of the possible returns are the payoffs', () => {
  expect(
    cornerReturns(iteratedChicken()).map((pair) => pair.map((value) => Math.round(value * 1e9) / 1e9)),
  ).toEqual([
    [0, 0],
    [-1, 1],
    [1, -1],
    [-100, -100],
  ]);
});
