import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  readAgent,
  reinforce,
  sampledGame,
  simultaneous,
  tabularPolicy,
  writeTraining,
} from '@descant/marl-algos';
import { key } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { keepAgent, trainInRun } from '../src/marl/training.ts';

const policies = tabularPolicy(5, 2);
const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 });
const naive = reinforce(sampledGame({ environment, policies, plays: 4 }), {
  optimizer: sgd({ learningRate: 1 }),
});
const algorithm = simultaneous(sampledGame({ environment, policies, plays: 4 }), [naive, naive]);
const plan = { name: 'pair', algorithm, key: key(0), updates: 5, config: { plays: 4 } };
const context = (folder: string | undefined, stopAfter = Number.POSITIVE_INFINITY) => {
  const stop = new AbortController();
  const progress = (share: number) => {
    if (share >= stopAfter) stop.abort(new Error('interrupted'));
  };
  return { signal: stop.signal, progress, folder };
};

describe('trainings in runs', () => {
  it('go on from where they were interrupted', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'descant-')), 'run');
    await expect(trainInRun(plan, context(folder, 0.4))).rejects.toThrow('interrupted');
    const seen: number[] = [];
    const resumed = await trainInRun(plan, {
      ...context(folder),
      progress: (share) => seen.push(share),
    });
    expect(seen).toEqual([0.6, 0.8, 1]);
    const whole = await trainInRun(plan, context(undefined));
    expect(writeTraining(resumed, null)).toEqual(writeTraining(whole, null));
    await expect(trainInRun({ ...plan, config: { plays: 8 } }, context(folder))).rejects.toThrow(
      'readTraining: config must be {"plays":4}, as it was written; got {"plays":8}',
    );
  });

  it('leave agents that can be loaded', () => {
    const folder = mkdtempSync(join(tmpdir(), 'descant-'));
    const parameters = policies.init(key(1));
    keepAgent(context(folder), 'first', policies, parameters);
    const bytes = readFileSync(join(folder, 'first.agent.safetensors'));
    expect(readAgent(bytes, policies).toArray()).toEqual(parameters.toArray());
  });
});
