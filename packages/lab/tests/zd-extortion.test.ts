import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@descant/tensor-ops/io';
import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import { baseline, extortioner, forced, shape } from '../src/extortion/shaping.ts';
import { temporaryFolder } from './helpers/descant.ts';

const rowsOf = (finding: { rows: readonly { name: string; measured: number | null }[] }) =>
  new Map(finding.rows.map(({ name, measured }) => [name.split(', ')[1], measured ?? Number.NaN]));

describe('an extortioner', () => {
  test.each([1.5, 3, 71])('forces its slope, %s, on random opponents', (slope) => {
    const rows = rowsOf(forced(slope, 1, 200));
    expect(rows.get('slope of returns against random opponents')).toBeCloseTo(slope, 9);
    expect(rows.get('largest distance from the line')).toBeLessThan(1e-11);
    // The upper end of the line: where it meets the edge from (0, -3) to (-1, -1).
    const t = (2 + slope) / (1 + 2 * slope);
    expect(rows.get('return when the opponent does its best')).toBeCloseTo(-t, 9);
    expect(rows.get('best return of the opponent')).toBeCloseTo(-3 + 2 * t, 9);
  });

  test('makes a naive learner give in', () => {
    const rows = rowsOf(shape(extortioner(2), { pairs: 8, steps: 500 }, 0));
    expect(rows.get('return')).toBeCloseTo(-0.8, 2);
    expect(rows.get('return of the naive learner')).toBeCloseTo(-1.4, 2);
    expect(rows.get('error of the nearest linear relation at the end')).toBeLessThan(1e-12);
  });
});

describe('pictures of a pair', () => {
  const { snapshots } = shape(extortioner(3), { pairs: 2, steps: 10 }, 0);

  test('at the steps there are, of the pairs there are', () => {
    expect(snapshots.map(({ pair, step }) => [pair, step])).toEqual(
      [0, 1].flatMap((p) => [0, 2, 10].map((s) => [p, s])),
    );
  });

  test('lie on the line, the learner on the x axis', () => {
    for (const { actual, samples, allowed } of snapshots) {
      for (const [learner, shaper] of [actual, ...samples, ...allowed]) {
        expect(shaper - baseline).toBeCloseTo(3 * (learner - baseline), 9);
      }
      expect(allowed).toHaveLength(2);
    }
  });
});

test('the report has the curves, and panels for four shapers, MeVa among them', async () => {
  const config = { pairs: 2, steps: 10, opponents: 4, models: 1, outerLoops: 10, batch: 2 };
  const plan = await findExperiment('zd-extortion').plan(config, 0);
  for (const task of plan.tasks) await task.run();
  expect(plan.sections().map(({ title, figures }) => [title, figures.length])).toEqual([
    ['Returns while a naive learner learns', 7],
    ['What extortion of slope 2 allows', 6],
    ['What extortion of slope 71 allows', 6],
    ['What LOLA(exact) allows', 6],
    ['What MeVa, model 1 allows', 3],
  ]);
  const rows = plan.rows().filter(({ name }) => name.startsWith('MeVa, model 1'));
  expect(rows.map(({ paper, n }) => [paper, n])).toEqual([
    [-0.57, 2],
    [-1.98, 2],
    [null, 2],
  ]);
});

test('its models are those of meva-ipd', async () => {
  const train = { outerLoops: 10, batch: 2 };
  const folder = temporaryFolder();
  const context = { signal: new AbortController().signal, progress: () => {}, folder };
  const run = async (experiment: string, config: object, name: string) => {
    const { tasks } = await findExperiment(experiment).plan({ ...train, ...config }, 0);
    await tasks.find((task) => task.group.endsWith('naive') || task.name === name)?.run(context);
  };
  const file = join(folder, 'IPD-MeVa-vs-naive-model-1.safetensors');
  await run('meva-ipd', { pairs: 2, steps: 2 }, '');
  const trained = readFileSync(file);
  // The checkpoint of the other experiment is taken as it is: there is nothing left to train.
  await run('zd-extortion', { pairs: 2, steps: 2 }, 'MeVa, model 1');
  expect(readFileSync(file).equals(trained)).toBe(true);
  rmSync(file);
  await run('zd-extortion', { pairs: 2, steps: 2 }, 'MeVa, model 1');
  const tensors = (data: Uint8Array) => readSafetensors(data).tensors;
  expect(Object.keys(tensors(trained))).toEqual(Object.keys(tensors(readFileSync(file))));
  for (const [name, tensor] of Object.entries(tensors(trained)))
    expect(tensors(readFileSync(file))[name].toArray()).toEqual(tensor.toArray());
});
