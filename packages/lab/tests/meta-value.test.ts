import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { key, type Tensor, tensor } from '@descant/tensor-ops';
import { writeSafetensors } from '@descant/tensor-ops/io';
import { describe, expect, test } from 'vitest';
import type { TaskContext } from '../src/experiment.ts';
import { findExperiment } from '../src/experiments/registry.ts';
import { tables } from '../src/head-to-head/games.ts';
import { thesisReturn } from '../src/head-to-head/paper-values.ts';
import { readCheckpoint, writeCheckpoint } from '../src/meta-value/checkpoint.ts';
import { settingsOf } from '../src/meta-value/matrix-game.ts';
import { type Training, train } from '../src/meta-value/train.ts';
import { readResults } from '../src/results/files.ts';
import { startRun } from '../src/run/start-run.ts';
import { temporaryFolder } from './helpers/descant.ts';

const config = { alpha: 25, game: 'IPD' };
const like = { weights: tensor([0, 0]), key: key(0) };

describe('a checkpoint', () => {
  const saved = {
    state: { weights: tensor([1, 2]), key: key(7) },
    done: 20,
    seconds: 1.5,
    history: [
      { done: 20, loss: 0.5 },
      { done: 40, loss: null },
    ],
  };
  const written = () => {
    const path = join(temporaryFolder(), 'model.safetensors');
    writeCheckpoint(path, saved, config);
    return path;
  };

  test('comes back as it was', () => {
    const { state, ...progress } = readCheckpoint(written(), like, config) ?? { state: like };
    expect(state.weights.toArray()).toEqual([1, 2]);
    expect(state.key.toArray()).toEqual([0, 7]);
    expect(progress).toEqual({ done: 20, seconds: 1.5, history: saved.history });
    expect(readCheckpoint(join(temporaryFolder(), 'none'), like, config)).toBeUndefined();
  });

  test('of another training, another shape, another version or another kind is an error', () => {
    const path = written();
    expect(() => readCheckpoint(path, like, { ...config, alpha: 1 })).toThrow(
      `${path}: is a checkpoint of another training; remove it, or train as it was trained`,
    );
    expect(() => readCheckpoint(path, { ...like, weights: tensor([0]) }, config)).toThrow(
      'recordToTree: record must hold "weights" as float32[1]; got float32[2]',
    );
    const other = (metadata: Record<string, string>) =>
      writeFileSync(path, writeSafetensors({ x: tensor([1]) }, metadata));
    other({ format: 'descant training', version: '2' });
    expect(() => readCheckpoint(path, like, config)).toThrow(
      `${path}: is a checkpoint of version 2; this descant reads version 1`,
    );
    other({});
    expect(() => readCheckpoint(path, like, config)).toThrow(`${path}: is not a checkpoint of training`);
  });
});

describe('train', () => {
  /** Adds one at every call. */
  const counting = (calls: number[], interrupt?: AbortController): Training<{ sum: Tensor }> => ({
    start: { sum: tensor([0]) },
    advance: ({ sum }) => {
      const next = sum.item() + 1;
      calls.push(next);
      if (next === 2) interrupt?.abort();
      return { state: { sum: tensor([next]) }, seen: { sum: next, bad: Number.NaN } };
    },
    step: 10,
    total: 40,
  });
  const context = (folder: string | undefined, signal = new AbortController().signal): TaskContext => ({
    signal,
    progress: () => {},
    folder,
  });

  test('is interrupted between calls, and goes on without losing one', async () => {
    const folder = join(temporaryFolder(), 'checkpoints');
    const [interrupt, calls]: [AbortController, number[]] = [new AbortController(), []];
    await expect(
      train(counting(calls, interrupt), 'model', config, context(folder, interrupt.signal)),
    ).rejects.toThrow();
    expect(calls).toEqual([1, 2]);
    const end = await train(counting(calls), 'model', config, context(folder));
    expect(calls).toEqual([1, 2, 3, 4]);
    expect(end.history).toEqual([1, 2, 3, 4].map((sum) => ({ done: 10 * sum, sum, bad: null })));
    expect(end.done).toBe(40);
    // Trained to the end, there is nothing left to do.
    expect((await train(counting(calls), 'model', config, context(folder))).state.sum.item()).toBe(4);
    expect(calls).toHaveLength(4);
  });

  test('keeps nothing where there is no run', async () => {
    expect((await train(counting([]), 'model', config, context(undefined))).done).toBe(40);
  });
});

describe('the meva experiments', () => {
  const small = { models: 1, pairs: 2, steps: 2, outerLoops: 10, batch: 2 };

  test('train, play, resume with more models, and leave their checkpoints', async () => {
    const experiment = findExperiment('meva-imp');
    const run = await startRun(experiment, { config: small, out: temporaryFolder() });
    expect(run.announcement).toMatch(
      /^3 models to train, 10 outer loops each: about .* minutes of processor time a model/,
    );
    for await (const task of run.perform()) if (task.group === 'IMP: MeVa vs naive') break;
    const checkpoints = join(run.directory, 'checkpoints');
    expect(readdirSync(checkpoints)).toEqual(['IMP-MeVa-vs-naive-model-1.safetensors']);
    const rows = readResults(run.directory).rows.filter(({ name }) => name.includes('MeVa vs naive'));
    expect(rows.map(({ name, paper, n }) => [name, paper, n])).toEqual([
      ['IMP: MeVa vs naive, return of MeVa', 0.23, 1],
      ['IMP: MeVa vs naive, return of naive', -0.23, 1],
      ['IMP: MeVa vs naive, diverged pairs', null, 1],
    ]);
    // Matching pennies is a zero-sum game.
    expect((rows[0].measured ?? 1) + (rows[1].measured ?? 1)).toBeCloseTo(0, 5);
    expect(run.notes().join(' ')).toMatch(/Training took \d+ s of processor time a model \(models: 1\)/);
    const more = await startRun(experiment, { config: { models: 2 }, resume: run.directory });
    expect(more.pending.map(({ group, name }) => `${group} ${name}`)).toEqual([
      'IMP: MeVa vs naive model 2',
      'IMP: MeVa vs LOLA(exact) model 1',
      'IMP: MeVa vs LOLA(exact) model 2',
      'IMP: MeVa vs MeVa model 1',
      'IMP: MeVa vs MeVa model 2',
    ]);
    await expect(startRun(experiment, { config: { steps: 3 }, resume: run.directory })).rejects.toThrow(
      'steps was 2 and would be 3',
    );
  });

  test('the settings are the presets’ but for what the options change', () => {
    const table = tables[0];
    const options = { preset: 'thesisText', outerLoops: 0, batch: 0, networkRate: 0 } as const;
    expect(settingsOf(table, 'naive', options)).toMatchObject({
      outerLoops: 2000,
      batch: 128,
      adam: { learningRate: 1e-4 },
    });
    expect(settingsOf(table, 'naive', { ...options, preset: 'notebook' }).outerLoops).toBe(1010);
    expect(settingsOf(table, 'MeVa', { ...options, networkRate: 1e-3, batch: 4 })).toMatchObject({
      opponent: 'metaValue',
      batch: 4,
      adam: { learningRate: 1e-3, weightDecay: 1e-2 },
    });
    expect(thesisReturn('IPD', 'MeVa', 'naive')).toEqual([-0.57, -1.98]);
    expect(thesisReturn('Chicken', 'MeVa', 'LOLA(exact)')).toEqual([-1.11, 0.86]);
  });

  test('meva-ablation judges every variant', async () => {
    const config = { models: 1, outerLoops: 10, pairs: 2, batch: 2 };
    const { tasks } = await findExperiment('meva-ablation').plan(config, 0);
    expect(tasks.map(({ group }) => group)).toHaveLength(6);
    const plan = await findExperiment('meva-ablation').plan(config, 0);
    const last = plan.tasks[5];
    const { metrics } = await last.run();
    expect(metrics).toHaveLength(1);
    expect(metrics[0]).toMatchObject({ variant: 'no distributional learning', model: 1, done: 10 });
    expect(Object.values(metrics[0]).every((v) => v !== null)).toBe(true);
    expect(plan.rows().map(({ n }) => n)).toEqual([1, 1, 1]);
  });
});

describe('logistic', () => {
  test('trains COLA and MeVa and finds their basins', async () => {
    const config = { side: 3, steps: 5, outerLoops: 10, colaUpdates: 10 };
    const run = await startRun(findExperiment('logistic'), { config, out: temporaryFolder() });
    for await (const _ of run.perform());
    const names = run.results.rows
      .map(({ name }) => name)
      .filter((name) => name.includes('positive quadrant'));
    expect(names).toHaveLength(6 + 3 + 6);
    expect(names[14]).toBe('MeVa, meta-discount 0.99, cells ending in the positive quadrant');
    expect(existsSync(join(run.directory, 'checkpoints', 'COLA.safetensors'))).toBe(true);
  });
});
