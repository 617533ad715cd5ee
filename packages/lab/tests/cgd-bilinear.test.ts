import { expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';

const measured = async (config: object) => {
  const plan = await findExperiment('cgd-bilinear').plan(config, 0);
  for (const task of plan.tasks) await task.run();
  const rows = new Map(plan.rows().map(({ name, measured }) => [name, measured ?? Number.NaN]));
  return { plan, of: (name: string) => rows.get(name) ?? Number.NaN };
};

test('each step multiplies the distance to the equilibrium by sqrt(1 + rate^2), or by its inverse', async () => {
  for (const learningRate of [0.05, 1.5]) {
    const { of } = await measured({ learningRate, steps: 50 });
    const growth = Math.sqrt(1 + learningRate ** 2);
    const factor = (name: string) => of(`${name}, factor of the distance to (0, 0) a step`);
    expect(factor('SimGA')).toBeCloseTo(growth, 12);
    expect(factor('CGD')).toBeCloseTo(1 / growth, 12);
    expect(factor('CGD(GMRES)')).toBeCloseTo(1 / growth, 12);
    expect(Math.abs(factor('CGD') - growth)).toBeGreaterThan(1e-3);
    for (const name of ['SimGA', 'CGD', 'CGD(GMRES)']) {
      expect(of(`${name}, largest deviation of a step from it`)).toBeLessThan(1e-14);
    }
  }
});

test('the report has the trajectories, the distances and the directions', async () => {
  const { plan } = await measured({ steps: 50 });
  expect(plan.sections().map(({ title, figures }) => [title, figures.length])).toEqual([
    ['Trajectories', 3],
    ['Directions', 3],
  ]);
});
