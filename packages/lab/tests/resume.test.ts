import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineExperiment } from '../src/experiment.ts';
import { experiments } from '../src/experiments/registry.ts';
import { readDescription, readResults, toJson } from '../src/results/files.ts';
import { type Run, startRun } from '../src/run/start-run.ts';
import { descant, onlyRun, temporaryFolder } from './helpers/descant.ts';

/** One task a model; what each finds depends on the seed and on `scale`, and all of them are summed up. */
const models = (performed: string[] = []) =>
  defineExperiment({
    name: 'models',
    description: 'Models.',
    config: z.strictObject({ models: z.int().min(1).default(2), scale: z.number().default(1) }),
    quick: { models: 1 },
    accumulates: ['models'],
    plan: ({ models: count, scale }, seed) =>
      Array.from({ length: count }, (_, i) => ({
        group: 'models',
        name: `model (${i})`,
        run: () => {
          performed.push(`${i}`);
          const measured = scale * (seed + i);
          return {
            rows: [{ name: `model ${i}`, paper: null, measured, standardError: null, n: 1, unit: 'one' }],
            metrics: [{ model: i }],
            measured,
          };
        },
      })),
    summary: (_, findings) => [
      {
        name: 'sum',
        paper: null,
        measured: findings.reduce((total, finding) => total + finding.measured, 0),
        standardError: null,
        n: findings.length,
        unit: 'one',
      },
    ],
    notes: () => [],
    sections: () => [],
  });

async function finish(run: Run, signal?: AbortSignal): Promise<Run> {
  for await (const _ of run.perform(signal));
  return run;
}

const measured = (run: Run | string) =>
  (typeof run === 'string' ? readResults(run) : run.results).rows.map((row) => row.measured);

describe('a resumed run', () => {
  test('keeps finished tasks, adds further ones and ends as one that was never interrupted', async () => {
    const out = temporaryFolder();
    const first = await finish(await startRun(models(), { seed: 3, out }));
    expect(measured(first)).toEqual([3, 4, 7]);
    const performed: string[] = [];
    const resumed = await startRun(models(performed), { config: { models: 4 }, resume: first.directory });
    expect(resumed.results.partial).toBe(true);
    expect(resumed.pending.map(({ name }) => name)).toEqual(['model (2)', 'model (3)']);
    await finish(resumed);
    expect(performed).toEqual(['2', '3']);
    expect(readdirSync(out)).toHaveLength(1);
    const whole = await finish(await startRun(models(), { config: { models: 4 }, seed: 3, out }));
    for (const file of ['results.json', 'metrics.jsonl']) {
      const [a, b] = [resumed, whole].map(({ directory }) => readFileSync(join(directory, file), 'utf8'));
      expect(a).toBe(b);
    }
    expect(readDescription(first.directory).config).toEqual({ models: 4, scale: 1 });
  });

  test('goes on where an interrupt between tasks left it', async () => {
    const interrupt = new AbortController();
    const run = await startRun(models(), { config: { models: 3 }, out: temporaryFolder() });
    for await (const _ of run.perform(interrupt.signal)) interrupt.abort();
    const performed: string[] = [];
    await finish(await startRun(models(performed), { resume: run.directory }));
    expect(performed).toEqual(['1', '2']);
    expect(measured(run.directory)).toEqual([0, 1, 2, 3]);
  });

  test('a task that looks at the signal ends in its midst, and is done anew', async () => {
    const interrupt = new AbortController();
    const seen: number[] = [];
    const endless = defineExperiment({
      name: 'endless',
      description: 'Never ends.',
      config: z.strictObject({}),
      quick: {},
      plan: () => [
        {
          group: 'one',
          name: 'task',
          run: ({ signal, progress }) => {
            for (let share = 0; ; share += 0.25) {
              progress(share);
              if (share === 0.5) interrupt.abort();
              signal.throwIfAborted();
            }
          },
        },
      ],
      notes: () => [],
      sections: () => [],
    });
    const run = await startRun(endless, { out: temporaryFolder() });
    for await (const _ of run.perform(interrupt.signal, (share) => seen.push(share)));
    expect(seen).toEqual([0, 0.25, 0.5]);
    expect(readResults(run.directory).partial).toBe(true);
    expect((await startRun(endless, { resume: run.directory })).pending).toHaveLength(1);
  });

  test('is refused where its results would not be of one kind', async () => {
    const { directory } = await finish(await startRun(models(), { out: temporaryFolder() }));
    const resume = (options: object) => startRun(models(), { resume: directory, ...options });
    await expect(resume({ seed: 1 })).rejects.toThrow(`${directory} cannot be resumed: its seed is 0, not 1`);
    await expect(resume({ config: { scale: 2 } })).rejects.toThrow(
      'cannot be resumed: scale was 1 and would be 2; models may change in a run of models',
    );
    await expect(startRun(experiments[0], { resume: directory })).rejects.toThrow(
      'cannot be resumed: it is a run of models, not of lola-exact',
    );
    const config = readDescription(directory);
    writeFileSync(join(directory, 'config.json'), toJson({ ...config, executor: 'abacus' }));
    await expect(resume({})).rejects.toThrow(
      /executor was abacus and is \S+; results would not be of one kind/,
    );
  });

  test('what a task found cannot be read', async () => {
    const { directory } = await finish(await startRun(models(), { out: temporaryFolder() }));
    const [file] = readdirSync(join(directory, 'findings'));
    writeFileSync(join(directory, 'findings', file), '{"rows": 3}');
    await expect(startRun(models(), { resume: directory })).rejects.toThrow(`${file}: rows: `);
  });
});

describe('a finding', () => {
  const finds = (extra: unknown) =>
    defineExperiment({
      name: 'finds',
      description: 'Finds.',
      config: z.strictObject({}),
      quick: {},
      plan: () => [{ group: 'g', name: 't', run: () => ({ rows: [], metrics: [], extra }) }],
      notes: () => [],
      sections: () => [],
    });
  test.each([
    [{ a: [1, Number.NaN] }, 'it.extra.a.1 is NaN'],
    [new Float32Array(2), 'it.extra is Float32Array'],
    [undefined, 'it.extra is Undefined'],
  ])('%s is refused, because a resumed run could not read it back', async (extra, message) => {
    const { tasks } = await finds(extra).plan({}, 0);
    await expect(tasks[0].run()).rejects.toThrow(`finds, g: t: a finding must be JSON; ${message}`);
  });
  test('JSON is taken', async () => {
    const { tasks } = await finds([1, 'a', null]).plan({}, 0);
    expect(await tasks[0].run()).toEqual({ rows: [], metrics: [], extra: [1, 'a', null] });
  });
});

test('two tasks of one name are an error', async () => {
  const task = { group: 'g', name: 't', run: () => ({ rows: [], metrics: [] }) };
  const twins = defineExperiment({
    name: 'twins',
    description: 'Twins.',
    config: z.strictObject({}),
    quick: {},
    plan: () => [task, task],
    notes: () => [],
    sections: () => [],
  });
  await expect(twins.plan({}, 0)).rejects.toThrow('twins: two tasks have the group and name ["g","t"]');
});

describe('from the command line', () => {
  test('--quick and --set choose options; --resume finds nothing left to do and rewrites the report', async () => {
    const folder = temporaryFolder();
    const command = ['reproduce', 'logistic-basins', '--out', 'runs'];
    const quick = await descant([...command, '--quick', '--steps', '3', '--set', 'extent=4'], folder);
    expect(quick.code, quick.stderr).toBe(0);
    const run = onlyRun(join(folder, 'runs'));
    expect(readDescription(run).config).toMatchObject({ side: 15, steps: 3, extent: 4 });
    const before = readFileSync(join(run, 'results.json'), 'utf8');
    const resumed = await descant([...command, '--resume', run], folder);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain('0 cells in');
    expect(readFileSync(join(run, 'results.json'), 'utf8')).toBe(before);
    const other = await descant([...command, '--resume', run, '--set', 'side=9'], folder);
    expect(other.stderr).toContain(
      'side was 15 and would be 9; nothing may change in a run of logistic-basins',
    );
    expect(other.code).toBe(2);
  });

  test.each([
    ['side', "argument 'side' is invalid. It must be <option>=<value>."],
    ['sides=3', 'error: logistic-basins has no option sides; it has side, extent'],
    ['side=many', 'error: logistic-basins: side: Invalid input'],
  ])('--set %s', async (text, message) => {
    const { code, stderr } = await descant(['reproduce', 'logistic-basins', '--set', text]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test('every experiment has a quick configuration that it accepts', async () => {
    for (const experiment of experiments) await experiment.plan(experiment.quick, 0);
    const { stdout } = await descant(['list']);
    expect(stdout.match(/--quick: /g)).toHaveLength(experiments.length);
  });
});
