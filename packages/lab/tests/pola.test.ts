import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import { budgeted } from '../src/marl/coin-budget.ts';

const small = { runs: 2, plays: 4, steps: 3, updates: [2, 2, 2], outerSteps: 2, units: [2, 2] };

describe('POLA in the contribution game', () => {
  test('every cell is a training of its own, which the seed decides', async () => {
    const plan = await findExperiment('pola-ipd').plan(small, 0);
    const groups = [...new Set(plan.tasks.map(({ group }) => group))];
    expect(groups).toEqual([
      'POLA, table',
      'POLA-OM, table',
      'naive proximal learners, table',
      'POLA, perceptron',
      'POLA, GRU',
    ]);
    const first = await plan.tasks[0].run();
    const again = await (await findExperiment('pola-ipd').plan(small, 0)).tasks[0].run();
    expect(again).toEqual(first);
    const ends = new Set([JSON.stringify(first)]);
    for (const { group } of plan.tasks.slice(1).filter((_, i) => i % 2 === 0)) {
      const task = plan.tasks.find((t) => t.group === group && t.name === 'run 2');
      ends.add(JSON.stringify(await task?.run()));
    }
    expect(ends.size).toBe(6);
    const rows = plan.rows();
    expect(rows.map(({ paper }) => paper)).toContain(0.312);
    // Nobody gives to always-defect for nothing: from -0.335 to 0.
    for (const row of rows.filter(({ name }) => name.includes('always-defect'))) {
      expect(row.measured).toBeLessThanOrEqual(0);
      expect(row.measured).toBeGreaterThanOrEqual(-0.336);
    }
    expect(plan.sections()[0].figures[0].svg).toContain('<svg');
  });
});

describe('POLA in the coin game', () => {
  const tiny = { budget: 0.002, seeds: 2, units: 2, simulations: 2 };

  test('measures POLA and naive learners from the same starts, and says what was reached', async () => {
    const plan = await findExperiment('pola-coin').plan(tiny, 0);
    expect(plan.tasks.map(({ group, name }) => `${group}: ${name}`)).toEqual([
      'seed 1: POLA',
      'seed 1: naive proximal learners',
      'seed 2: POLA',
      'seed 2: naive proximal learners',
    ]);
    const found = [];
    for (const task of plan.tasks) found.push((await task.run()) as unknown as { measured: object });
    expect(new Set(found.map(({ measured }) => JSON.stringify(measured))).size).toBe(4);
    const row = (name: string) => plan.rows().find((r) => r.name === name);
    const [shaping, naive] = ['POLA', 'naive proximal learners'].map(
      (method) => row(`${method}: own-coin ratio with itself`)?.measured ?? Number.NaN,
    );
    expect(row('own-coin ratio, POLA minus naive')?.measured).toBeCloseTo(shaping - naive, 12);
    expect(row('POLA: own-coin ratio with itself')?.paper).toBe(0.82);
    expect(row('POLA: reward against MCTS')?.n).toBe(2);
    expect(plan.notes().at(-1)).toMatch(
      /^Own-coin ratio of .65: (not )?reached. Above .* errors: (not )?reached.$/,
    );
    expect(plan.sections()[0].figures[0].svg).toContain('<svg');
  });

  test('a larger budget gives more plays, up to those of the paper, and more updates', () => {
    const sizes = [1, 10, 100, 1000, 10_000].map((budget) => budgeted({ budget, units: 16 }));
    for (const [i, size] of sizes.slice(1).entries()) {
      expect(size.plays).toBeGreaterThanOrEqual(sizes[i].plays);
      expect(size.updates).toBeGreaterThan(sizes[i].updates);
    }
    expect(sizes[4].plays).toBe(1000);
    expect(budgeted({ budget: 1e-6, units: 64 })).toMatchObject({ plays: 8, updates: 1 });
  });
});
