import { coinGame, makeEnvironment, vectorise } from '@descant/envs';
import { key, moveAxis, randint, stack, sum } from '@descant/tensor-ops';
import { expect, test } from 'vitest';
import { playBatch } from '../src/envs/coin-game.ts';
import { SINGLE } from '../src/envs/single.ts';
import { rate } from '../src/envs/suite.ts';

test('the compiled coin game plays the episodes of the typed arrays', () => {
  const [batch, steps] = [7, 12];
  const actions = randint(key(4), [steps, batch, 2], 0, 4);
  const keys = stack(Array.from({ length: batch }, (_, b) => key(b)));
  const kept = playBatch(true)(keys, moveAxis(actions, 0, 1));
  const summed = playBatch(false)(keys, moveAxis(actions, 0, 1));
  expect(summed.returns.toArray()).toEqual(kept.returns.toArray());
  expect(summed.seen.toArray()).toEqual(sum(kept.seen, 1).toArray());
  const games = vectorise(coinGame(), batch);
  games.reset({ seed: 0 });
  const returns = new Float64Array(2 * batch);
  for (let t = 0; t < steps; t++) {
    games.step(actions.data.slice(2 * batch * t, 2 * batch * (t + 1)));
    for (let k = 0; k < returns.length; k++) returns[k] += games.rewards[k];
  }
  expect([...kept.returns.data]).toEqual([...returns]);
});

test('the environments that are measured exist', async () => {
  for (const { environment } of SINGLE) expect((await makeEnvironment(environment)).name).toBe(environment);
});

test('rates are shown with the prefix that fits', () => {
  expect([rate(20e6), rate(1e6), rate(84_210)]).toEqual(['20.00 M/s', '1.00 M/s', '84.2 k/s']);
});
