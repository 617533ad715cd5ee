import { expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import { band, halfInterval, smoothed } from '../src/uoro/bands.ts';
import { lossRows } from '../src/uoro/trained.ts';
import { temporaryFolder } from './helpers/descant.ts';

const measured = async (name: string, config: object) => {
  const plan = await findExperiment(name).plan(config, 0);
  for (const task of plan.tasks) await task.run();
  const rows = new Map(plan.rows().map(({ name, measured }) => [name, measured ?? Number.NaN]));
  return { plan, of: (row: string) => rows.get(row) ?? Number.NaN };
};

test('REINFORCE tends to UORO at the rate of sigma, and without its baseline the variance grows like sigma^-2', async () => {
  const { of, plan } = await measured('reinforce-limit', { samples: 200 });
  const distance = (sigma: number) => of(`sigma = ${sigma}: distance to UORO for the same noise, relative`);
  expect(distance(0.01) / distance(0.001)).toBeCloseTo(10, 1);
  expect(distance(1)).toBeGreaterThan(0.5);
  const plain = (sigma: number) => of(`sigma = ${sigma}: sigma^2 variance without baseline`);
  expect(plain(0.003) / plain(0.001)).toBeCloseTo(1, 2);
  expect(of('sigma = 0.001: variance with baseline / variance of UORO')).toBeCloseTo(1, 3);
  expect(plan.sections()[0].figures.length).toBe(2);
});

test('measured and predicted variance agree where Q does not depend on the noise, and not for GIR', async () => {
  const config = { units: 3, batch: 100, updates: 10, every: 1 };
  const { of, plan } = await measured('uoro-variance', config);
  const ratio = (setting: string) => of(`${setting}: measured V / predicted V`);
  // Ten batches of 100, each with a relative standard error of about 0.2; the seed is fixed.
  expect(Math.abs(ratio('Q0 identity, alpha ours') - 1)).toBeLessThan(0.3);
  expect(Math.abs(ratio('Q0 ours, alpha ours') - 1)).toBeLessThan(0.3);
  expect(ratio('Q0 identity, alpha GIR')).toBeLessThan(0.75);
  expect(plan.sections()[0].figures.length).toBe(4);
}, 120_000);

test('the coefficients of every step are recorded, with minimum 0 before averaging', async () => {
  const { plan, of } = await measured('uoro-alphas', { units: 2, batch: 4, updates: 10, every: 1 });
  expect(plan.metrics().length).toBe(4 * 10 * 5);
  expect(of('Q0 ours, alpha ours: range of log alpha, last quarter')).toBeGreaterThan(0);
});

test('training on digits and on the queue: one curve for every seed, the same for the same seed', async () => {
  for (const [name, config] of [
    ['uoro-training', { units: 2, batch: 3, updates: 10, seeds: 2 }],
    ['uoro-queue', { units: 2, batch: 3, steps: 100, seeds: 2 }],
  ] as const) {
    const first = await measured(name, config);
    expect(first.plan.tasks.length).toBe(8);
    const rows = first.plan.rows();
    expect(rows.map(({ n }) => n)).toEqual([2, 2, 2, 2, 2, 2, 2]);
    const losses = rows.slice(0, 4).map(({ measured }) => measured ?? Number.NaN);
    expect(losses.every((loss) => loss > 0.3 && loss < 3)).toBe(true);
    expect(first.plan.sections()[0].figures[0].svg).toContain('<svg');
    const again = await findExperiment(name).plan(config, 0);
    await again.tasks[0].run();
    expect(again.metrics()).toEqual(first.plan.metrics().slice(0, again.metrics().length));
  }
});

test('differences between settings are taken over the seeds that both have', () => {
  const run = (setting: string, seed: number, loss: number) => ({
    setting,
    seed,
    losses: [9, 9, 9, 9, loss],
    rows: [],
    metrics: [],
  });
  const findings = [run('a', 1, 2), run('b', 2, 5), run('b', 1, 3), run('a', 2, 2), run('b', 3, 100)];
  const rows = lossRows(['b', 'a'], [['a', 'b']], 'the end', findings);
  expect(rows.map(({ name, measured, n }) => [name, measured, n])).toEqual([
    ['b: loss, the end', 36, 3],
    ['a: loss, the end', 2, 2],
    ['b loses more than a, same seeds', 2, 2],
  ]);
  expect(rows[2].standardError).toBe(1);
  expect(lossRows(['a', 'b'], [['a', 'b']], 'the end', [run('a', 1, 2), run('b', 2, 5)]).length).toBe(2);
});

test('a long task stops when it is interrupted', async () => {
  const plan = await findExperiment('uoro-queue').plan({ units: 2, batch: 2, steps: 1_000_000, seeds: 1 }, 0);
  const controller = new AbortController();
  const started = plan.tasks[0].run({
    folder: temporaryFolder(),
    signal: controller.signal,
    progress: () => controller.abort(new Error('enough')),
  });
  await expect(started).rejects.toThrow('enough');
});

test('bands and smoothing', () => {
  const [point] = band({ name: 'a', steps: [1], runs: [[1], [3]] });
  expect(point).toMatchObject({ mean: 2, step: 1 });
  expect(point.high - point.mean).toBeCloseTo(12.71, 10);
  expect(halfInterval(1, 10)).toBe(2.26);
  expect(halfInterval(1, 1000)).toBeCloseTo(1.96, 2);
  expect(smoothed([1, 9, 2, 3], 1)).toEqual([9, 2, 3, 3]);
});
