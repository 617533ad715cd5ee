import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findExperiment } from '../src/experiments/registry.ts';
import { readResults } from '../src/results/files.ts';
import { startRun } from '../src/run/start-run.ts';
import { temporaryFolder } from './helpers/descant.ts';

const experiment = findExperiment('mfos-matrix');
const tiny = { ...experiment.quick, games: ['Chicken'], episodes: 4 };

describe('mfos-matrix', () => {
  test('prints paper beside measured for each cell, and keeps a checkpoint of each model', async () => {
    const run = await startRun(experiment, {
      config: { ...tiny, models: 2 },
      seed: 0,
      out: temporaryFolder(),
    });
    for await (const task of run.perform()) expect(task.group).toMatch(/^Chicken: M-FOS vs/);
    const { rows } = readResults(run.directory);
    expect(rows.map(({ name, paper, n }) => [name, paper, n])).toEqual([
      ['Chicken: M-FOS vs naive, return of M-FOS', 0.97, 2],
      ['Chicken: M-FOS vs naive, return of naive', -1.03, 2],
      ['Chicken: M-FOS vs LOLA, return of M-FOS', -1.16, 2],
      ['Chicken: M-FOS vs LOLA, return of LOLA', 0.79, 2],
      ['Chicken: M-FOS vs M-FOS, return of M-FOS', -0.01, 2],
      ['Chicken: M-FOS vs M-FOS, return of M-FOS (player 2)', -0.01, 2],
    ]);
    for (const { measured, standardError } of rows) {
      expect(measured).toBeGreaterThan(-101);
      expect(standardError).toBeGreaterThan(0);
    }
    expect(readdirSync(join(run.directory, 'checkpoints'))).toHaveLength(6);
    expect(readFileSync(join(run.directory, 'report.html'), 'utf8')).toContain('M-FOS vs LOLA');
  }, 60_000);

  test('a model is the same alone and among others, and trained for longer it is another', async () => {
    const scores = async (change: object) => {
      const plan = await experiment.plan({ ...tiny, ...change }, 0);
      const [first] = plan.tasks;
      return JSON.stringify(((await first.run()) as unknown as { scores: number[] }).scores);
    };
    const alone = await scores({});
    expect(await scores({ models: 3, games: ['Chicken', 'IPD'], opponents: ['naive', 'M-FOS'] })).toBe(alone);
    expect(await scores({ episodes: 5 })).not.toBe(alone);
  }, 60_000);

  test('says how long it will take, and how far returns are from the paper’s', async () => {
    const plan = await experiment.plan({ ...tiny, models: 2 }, 0);
    expect(plan.announcement(plan.tasks)).toMatch(
      /^6 models to train, 4 episodes of 8 plays each: about \d+\.\d minutes/,
    );
    await plan.tasks[0].run();
    expect(plan.sections().map(({ figures }) => figures.length)).toEqual([1]);
    expect(plan.notes().at(-1)).toMatch(/^With one model there is no standard error/);
    await plan.tasks[1].run();
    // Four updates of eight plays teach nothing.
    expect(plan.notes().at(-1)).toMatch(/of 2 returns lie within 2 standard errors of the difference/);
  }, 60_000);

  test('names bad options', async () => {
    await expect(experiment.plan({ games: ['Go'] }, 0)).rejects.toThrow('mfos-matrix: games');
    await expect(experiment.plan({ steps: 1 }, 0)).rejects.toThrow('mfos-matrix: steps: Too small');
  });
});
