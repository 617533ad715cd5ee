import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import { playCell } from '../src/head-to-head/cell.ts';
import { higherOrderCells, slidesCells } from '../src/head-to-head/slides.ts';

const settings = { seed: 0, pairs: 1024, precision: 'float64' } as const;

describe('the cells of the slides', () => {
  test('%TFT as printed: of naive learners within 0.02, of LOLA within 0.05', () => {
    const cells = slidesCells(200);
    const share = (name: string, tolerance: number) => {
      const cell = cells.find(
        ({ group, rules }) => group.startsWith('IPD') && rules.every((r) => r.name === name),
      );
      if (cell === undefined) throw new Error(`no cell of ${name}`);
      const { rows } = playCell(cell, settings);
      const row = rows.find((r) => r.name.includes(`player 1 %TFT (tolerance ${tolerance})`));
      return { value: row?.measured ?? Number.NaN, error: row?.standardError ?? Number.NaN };
    };
    // Two comparisons at 4 standard errors: a false alarm once in 8000 seeds.
    const naive = share('naive', 0.02);
    expect(Math.abs(naive.value - 20.8)).toBeLessThan(4 * naive.error);
    const lola = share('LOLA(taylorFoerster)', 0.05);
    expect(Math.abs(lola.value - 81)).toBeLessThan(4 * lola.error);
    const stricter = share('LOLA(taylorFoerster)', 0.02);
    expect(Math.abs(stricter.value - 81)).toBeGreaterThan(4 * stricter.error);
  });

  test('the spread of returns is measured where the slides print one', () => {
    const spreads = (deviations: boolean) =>
      slidesCells(1, deviations).flatMap((cell) =>
        playCell(cell, { ...settings, pairs: 4 }).rows.filter(({ name }) => name.includes('deviation')),
      );
    expect(spreads(true).map(({ paper }) => paper)).toEqual([0.14, 0.14, 0.19, 0.19, 0.37, 0.37, 0.02, 0.02]);
    expect(spreads(false)).toEqual([]);
  });

  test('higher orders shape a player of the order below', () => {
    const names = higherOrderCells(1, 'exact').map(({ rules }) => rules.map(({ name }) => name));
    expect(names).toEqual([
      ['naive', 'naive'],
      ['naive', 'LOLA(exact)'],
      ['LOLA(exact)', 'LOLA(exact)'],
      ['LOLA(exact)', 'HOLA2'],
    ]);
  });
});

test('the report has the pictures of every group', async () => {
  const plan = await findExperiment('lola-slides').plan({ pairs: 2, steps: 2 }, 0);
  for (const task of plan.tasks) await task.run();
  expect(plan.sections().map(({ title, figures }) => [title, figures.length])).toEqual([
    ['IPD as in the slides', 4],
    ['IMP as in the slides', 4],
    ['IPD, higher orders (taylorFoerster)', 4],
    ['IPD, higher orders (exact)', 4],
  ]);
});
