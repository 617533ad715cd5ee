import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineExperiment } from '../src/experiment.ts';
import { experiments, findExperiment } from '../src/experiments/registry.ts';
import { readDescription, readResults } from '../src/results/files.ts';
import { startRun } from '../src/run/start-run.ts';
import { temporaryFolder } from './helpers/descant.ts';

/** An experiment of three tasks; the task named by `broken` throws. */
const counting = defineExperiment({
  name: 'counting',
  description: 'Counts.',
  config: z.strictObject({ upTo: z.int().min(1).default(3), broken: z.int().default(0) }),
  quick: { upTo: 1 },
  accumulates: ['upTo'],
  plan: ({ upTo, broken }, seed) =>
    Array.from({ length: upTo }, (_, i) => ({
      group: 'numbers',
      name: `${i + 1}`,
      run: () => {
        if (i + 1 === broken) throw new Error('broken task');
        const row = {
          name: `${i + 1}`,
          paper: null,
          measured: i + 1 + seed,
          standardError: null,
          n: 1,
          unit: 'one',
        };
        return { rows: [row], metrics: [{ step: i, value: i + 1 }] };
      },
    })),
  notes: (_, findings) => [`${findings.length} findings`],
  sections: () => [],
});

async function finish(run: Awaited<ReturnType<typeof startRun>>, signal?: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for await (const task of run.perform(signal)) names.push(task.name);
  return names;
}

describe('the registry', () => {
  test('has experiments of distinct names, with defaults that their own schema accepts', async () => {
    const names = experiments.map(({ name }) => name);
    expect(names).toContain('lola-exact');
    expect(new Set(names).size).toBe(names.length);
    for (const experiment of experiments) {
      expect((await experiment.plan(experiment.defaults, 0)).config).toEqual(experiment.defaults);
    }
  });

  test('an unknown name is answered with the known ones', () => {
    expect(() => findExperiment('lola')).toThrow(
      `unknown experiment "lola"; known experiments: ${experiments.map(({ name }) => name).join(', ')}`,
    );
  });

  test.each([
    [{ pears: 3 }, 'lola-exact has no option pears; it has pairs, steps, precision, discount, slidesSteps'],
    [{ pairs: 1 }, 'lola-exact: pairs: Too small'],
    [{ discount: 1 }, 'lola-exact: discount: Too big'],
    [{ precision: 'float16' }, 'lola-exact: precision: Invalid option'],
  ])('a bad configuration %o is named', async (config, message) => {
    await expect(findExperiment('lola-exact').plan(config, 0)).rejects.toThrow(message);
  });
});

describe('a run', () => {
  test('leaves whole files: description, metrics, results and report', async () => {
    const run = await startRun(counting, { config: { upTo: 2 }, seed: 5, out: temporaryFolder() });
    expect(await finish(run)).toEqual(['1', '2']);
    expect(readdirSync(run.directory).sort()).toEqual([
      'config.json',
      'findings',
      'metrics.jsonl',
      'report.html',
      'results.json',
    ]);
    expect(readResults(run.directory)).toEqual(run.results);
    expect(run.results).toMatchObject({ experiment: 'counting', seed: 5, config: { upTo: 2, broken: 0 } });
    expect(run.results.rows.map(({ measured }) => measured)).toEqual([6, 7]);
    expect(run.results).not.toHaveProperty('partial');
    expect(readDescription(run.directory)).toMatchObject({
      experiment: 'counting',
      seed: 5,
      config: { upTo: 2 },
    });
    expect(readFileSync(join(run.directory, 'metrics.jsonl'), 'utf8')).toBe(
      '{"step":0,"value":1}\n{"step":1,"value":2}\n',
    );
    expect(run.notes()).toEqual(['2 findings']);
  });

  test('is partial, and valid, after every task', async () => {
    const run = await startRun(counting, { out: temporaryFolder() });
    const seen: [number, boolean][] = [];
    const look = () => {
      const { rows, partial = false } = readResults(run.directory);
      seen.push([rows.length, partial]);
    };
    look();
    for await (const _ of run.perform()) look();
    expect(seen).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, false],
    ]);
  });

  test('stops at an abort, keeps what it has, and can go on', async () => {
    const run = await startRun(counting, { out: temporaryFolder() });
    const interrupt = new AbortController();
    for await (const task of run.perform(interrupt.signal)) if (task.name === '2') interrupt.abort();
    expect(readResults(run.directory)).toMatchObject({ partial: true, rows: [{ name: '1' }, { name: '2' }] });
    expect(existsSync(join(run.directory, 'report.html'))).toBe(false);
    expect(await finish(run)).toEqual(['3']);
    expect(readResults(run.directory).partial).toBeUndefined();
  });

  test('a task that throws leaves the tasks before it', async () => {
    const run = await startRun(counting, { config: { broken: 2 }, out: temporaryFolder() });
    await expect(finish(run)).rejects.toThrow('broken task');
    expect(readResults(run.directory)).toMatchObject({ partial: true, rows: [{ name: '1' }] });
  });
});

describe('lola-exact', () => {
  test('has all 30 cells and those of the slides; a cell does not depend on the others', async () => {
    const { tasks } = await findExperiment('lola-exact').plan({ pairs: 2, steps: 2, slidesSteps: 2 }, 0);
    const groups = tasks.map(({ group }) => group);
    expect(
      ['IPD', 'IMP', 'Chicken'].map((label) => groups.filter((group) => group === label).length),
    ).toEqual([10, 10, 10]);
    expect(groups.filter((group) => group.endsWith('slides'))).toHaveLength(5);
    const inOrder = [await tasks[3].run(), await tasks[9].run()];
    const again = (await findExperiment('lola-exact').plan({ pairs: 2, steps: 2, slidesSteps: 2 }, 0)).tasks;
    const reversed = [await again[9].run(), await again[3].run()].reverse();
    expect(reversed.map(({ rows }) => rows)).toEqual(inOrder.map(({ rows }) => rows));
  });
});

describe('logistic-basins', () => {
  test('the counts of the reference code', async () => {
    const run = await startRun(findExperiment('logistic-basins'), { out: temporaryFolder() });
    await finish(run);
    const measured = (ending: string) =>
      run.results.rows.flatMap((row) => (row.name.endsWith(ending) ? (row.measured ?? Number.NaN) : []));
    const totals = measured('in the positive quadrant');
    const onAntidiagonal = measured('on x = -y');
    // Away from x = -y nothing depends on rounding, except at opponent rate 20. The game is symmetric, so naive
    // learning gets half of 841 - 29 there.
    const away = totals.map((total, i) => total - onAntidiagonal[i]);
    expect([0, 1, 2, 4].map((i) => away[i])).toEqual([406, 416, 418, 422]);
    // On x = -y the last bits decide: these totals are those of the reference code's own rounding.
    for (const [i, reference] of [425, 445, 435, 507, 451].entries()) {
      expect(Math.abs(totals[i] - reference), `rule ${i}`).toBeLessThanOrEqual(3);
    }
    expect(measured('cells not finite')).toEqual([0, 0, 0, 0, 0, 23]);
    expect(readFileSync(join(run.directory, 'report.html'), 'utf8').match(/<svg/g)).toHaveLength(6);
  });

  test('too few steps would be noticed', async () => {
    const { tasks } = await findExperiment('logistic-basins').plan({ steps: 1 }, 0);
    const { rows } = await tasks[3].run();
    expect(Math.abs((rows[0].measured ?? 0) - 507)).toBeGreaterThan(3);
  });
});
