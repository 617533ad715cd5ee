import { describe, expect, test } from 'vitest';
import { measure } from '../src/convergence/cell.ts';
import { differences, unlikePaper } from '../src/convergence/compare.ts';
import { entries } from '../src/convergence/entries.ts';
import { findExperiment } from '../src/experiments/registry.ts';

/** The steps at which the authors' code converged in the coordination games of seeds 0 to 5. */
const reference = {
  IGA: [161, 75, 120, 60, 209, 97],
  'IGA-PP': [159, 75, 119, 59, 208, 95],
  'MATRL(released)': [115, 51, 78, 33, 136, 54],
  WoLF: [25, 157, 40, 16, 62, 24],
};
const cell = (name: string, type: number, source: 'numpy' | 'own', games: number) => {
  const entry = entries.find((e) => e.name === name);
  if (entry === undefined) throw new Error(`no rule ${name}`);
  return measure(entry, type, source, { games, steps: 1000 }, 0);
};

describe("mean steps are those of the authors' code", () => {
  test.each(Object.entries(reference))('%s', (name, steps) => {
    const found = cell(name, 0, 'numpy', 6);
    expect(found.rate.value).toBe(1);
    expect(found.meanSteps.value).toBeCloseTo(steps.reduce((a, b) => a + b) / 6, 9);
  });

  test('those of another sample of games are not', () => {
    expect(cell('IGA', 0, 'own', 6).meanSteps.value).not.toBeCloseTo(722 / 6, 0);
  });
});

test('the share of games converged rises to the rate', () => {
  const { progress, rate } = cell('WoLF', 2, 'numpy', 50);
  const shares = progress.map(([, share]) => share);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(rate.value);
  // sqrt(p (1 - p) / n)
  expect(rate.standardError).toBeCloseTo(Math.sqrt((rate.value * (1 - rate.value)) / 50), 12);
});

test('comparisons name what differs, in standard errors', () => {
  const [a, b] = [cell('IGA', 0, 'numpy', 20), cell('IGA', 0, 'own', 20)];
  const [, steps] = differences([a, b]);
  const error = Math.hypot(a.meanSteps.standardError ?? 0, b.meanSteps.standardError ?? 0);
  expect(steps.what).toBe('coordination: IGA, mean steps');
  expect(steps.z).toBeCloseTo(((b.meanSteps.value ?? 0) - (a.meanSteps.value ?? 0)) / error, 9);
  expect(differences([a])).toEqual([]);
  const row = { name: 'numpy games, x', paper: 1, measured: 2, standardError: 0.1, n: 9, unit: 'steps' };
  expect(unlikePaper([{ ...a, rows: [row] }])).toEqual(['x (7.1)']);
  expect(unlikePaper([{ ...a, rows: [{ ...row, standardError: 0.3 }] }])).toEqual([]);
});

test('the report has a picture for each type of games and each rule', async () => {
  const plan = await findExperiment('matrl-matrix').plan({ games: 2, steps: 5 }, 0);
  for (const task of plan.tasks) await task.run();
  expect(plan.sections().map(({ figures }) => figures.length)).toEqual([3, 5]);
  // Two rows for each rule, type and source; then the comparison.
  expect(plan.rows()).toHaveLength(2 * 5 * 3 * 2 + 1);
});
