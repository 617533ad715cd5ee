import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  type Algorithm,
  gruNetwork,
  readAgent,
  readTraining,
  reinforce,
  sampledGame,
  simultaneous,
  tabularPolicy,
  train,
  writeAgent,
  writeTraining,
} from '@descant/marl-algos';
import { foldIn, key, mul, type Tensor, tensor } from '@descant/tensor-ops';
import { writeSafetensors } from '@descant/tensor-ops/io';
import { adam } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { messageOf } from './support/errors.ts';

const game = sampledGame({
  environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 5 }),
  policies: [tabularPolicy(5, 2), gruNetwork({ inputShape: [5], units: 3, outputs: 2 })],
  plays: 8,
  discount: 0.96,
});
const naive = reinforce(game, { optimizer: adam({ learningRate: 0.05 }) });
const pair = simultaneous(game, [naive, naive]);

/** Grows tenfold with each update, beyond what float32 holds. */
const explosive: Algorithm<{ x: Tensor }> = {
  name: 'explosive',
  init: () => ({ x: tensor(1e30) }),
  update: ({ x }) => ({ state: { x: mul(x, 1e5) }, metrics: { one: tensor(1) } }),
};

describe('training', () => {
  it('interrupted and read back, is bit for bit what one run is', async () => {
    const whole = await train(pair, { key: key(3), updates: 6 });
    const stop = new AbortController();
    const part = await train(pair, {
      key: key(3),
      updates: 6,
      signal: stop.signal,
      onUpdate: ({ done }) => done === 2 && stop.abort(),
    });
    expect(part.done).toBe(2);
    const config = { plays: 8 };
    const from = readTraining(writeTraining(part, config), pair.init(key(0)), config);
    const resumed = await train(pair, { key: key(3), updates: 6, from });
    expect(writeTraining(resumed, config)).toEqual(writeTraining(whole, config));
    const other = await train(pair, { key: foldIn(key(3), 1), updates: 6, from });
    expect(writeTraining(other, config)).not.toEqual(writeTraining(whole, config));
  });

  it('says when a learner diverges, after the last finite state was given', async () => {
    const seen: number[] = [];
    const lost = train(explosive, { key: key(0), updates: 9, onUpdate: ({ done }) => seen.push(done) });
    await expect(lost).rejects.toThrow('train: state must stay finite (explosive, update 2); got Infinity');
    expect(seen).toEqual([1]);
    await expect(train(explosive, { key: key(0), updates: -1 })).rejects.toThrow(
      'train: updates must be a whole number of at least 0; got -1',
    );
  });

  it('files of others are errors', () => {
    const like = pair.init(key(0));
    const foreign = writeSafetensors({ x: tensor(1) }, { format: 'other' });
    expect(messageOf(() => readTraining(foreign, like, {}))).toBe(
      'readTraining: bytes must have format @descant/marl-algos training; got other',
    );
    const torn = writeSafetensors(
      { state: tensor(1) },
      { format: '@descant/marl-algos training', version: '1', config: '{}', progress: '{"done":1' },
    );
    expect(messageOf(() => readTraining(torn, tensor(0), {}))).toBe(
      'readTraining: progress must be the JSON text of done and history; got {"done":1',
    );
    const old = writeSafetensors({ x: tensor(1) }, { format: '@descant/marl-algos agent', version: '0' });
    expect(messageOf(() => readAgent(old, tabularPolicy(5, 2)))).toBe(
      'readAgent: bytes must have version 1; got 0',
    );
    const agent = writeAgent(tabularPolicy(5, 2), tabularPolicy(5, 2).init(key(0)));
    expect(messageOf(() => readAgent(agent, game.policies[1]))).toBe(
      'readAgent: network must be tabular policy 5 x 2; got gru 5-3-2',
    );
    expect(messageOf(() => simultaneous(game, [naive]))).toBe(
      'simultaneous: learners must be 2, one a seat; got 1',
    );
  });
});
