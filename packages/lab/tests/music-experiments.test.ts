import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import type { Run } from '../src/run/start-run.ts';
import { startRun } from '../src/run/start-run.ts';
import { temporaryFolder } from './helpers/descant.ts';

const candidates = [
  process.env.DESCANT_CHORALES,
  resolve(import.meta.dirname, '../../../../shared/data/Jsb16thSeparated.json'),
];
const chorales = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
const skipNote =
  chorales === undefined ? ': DESCANT_CHORALES names no file, and ../shared/data has none' : '';

async function finish(name: string, config: object): Promise<Run> {
  const run = await startRun(findExperiment(name), { config, out: join(temporaryFolder(), 'runs') });
  for await (const _ of run.perform());
  return run;
}

describe('coconet-samplers', () => {
  test('every scheme beside the paper, their difference, and a curve', { timeout: 120_000 }, async () => {
    const config = { length: 4, gibbs: 2, independent: 3, samples: 2, points: 2 };
    const { results } = await finish('coconet-samplers', config);
    expect(results.rows.map(({ paper }) => paper)).toEqual([1.09, 0.52, 0.74, 0.8, 0.97, 1.08, 0.57]);
    for (const { measured, standardError, n } of results.rows) {
      expect(Number.isFinite(measured)).toBe(true);
      expect(standardError).toBeGreaterThanOrEqual(0);
      expect(n).toBe(2);
    }
    const [nade, independent] = results.rows;
    expect(results.rows[6].measured).toBeCloseTo((nade.measured ?? 0) - (independent.measured ?? 0), 10);
    // The same again, and the schemes asked for only.
    const few = await finish('coconet-samplers', { ...config, schemes: ['NADE'] });
    expect(few.results.rows).toEqual([nade]);
  });

  test('unknown schemes', async () => {
    await expect(findExperiment('coconet-samplers').plan({ schemes: ['none'] }, 0)).rejects.toThrow(
      'coconet-samplers: schemes',
    );
  });
});

describe('coconet-nll', () => {
  test.skipIf(chorales === undefined)(
    `M = 1 beside every M, the paper beside M = 5${skipNote}`,
    { timeout: 120_000 },
    async () => {
      const { results } = await finish('coconet-nll', {
        data: chorales,
        frames: 2,
        orderings: 5,
        rnnSteps: 1,
      });
      expect(results.rows.map(({ name }) => name).slice(0, 4)).toEqual([
        'Coconet, chronological, M = 1',
        'Coconet, chronological, M = 5',
        'Coconet, random, M = 1',
        'Coconet, random, M = 5',
      ]);
      expect(results.rows.map(({ paper }) => paper).slice(0, 4)).toEqual([null, 2.22, null, 0.57]);
      expect(results.rows.find(({ name }) => name === 'uniform, chronological, M = 1')?.measured).toBeCloseTo(
        15.257,
        3,
      );
    },
  );

  test('missing data are an error of the task', async () => {
    await expect(finish('coconet-nll', { data: 'nowhere.json' })).rejects.toThrow(
      'loadChorales: nowhere.json does not exist',
    );
  });
});
