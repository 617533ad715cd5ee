import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';

const small = { runs: 2, plays: 4, steps: 3, updates: 2, outerSteps: 2, units: 2 };

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
