import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { interleave } from '../src/harness/rounds.ts';

test('every round measures every participant once, in the order given, one at a time', async () => {
  const order: string[] = [];
  let running = 0;
  const measured = await interleave(['ours', 'torch', 'jax'], 2, async (name, round) => {
    running++;
    order.push(`${name} ${round}`);
    // The first takes longest: without waiting for it, the others would overtake.
    await sleep(name === 'ours' ? 10 : 1);
    expect(running).toBe(1);
    running--;
    return `${name} in round ${round}`;
  });
  expect(order).toEqual(['ours 0', 'torch 0', 'jax 0', 'ours 1', 'torch 1', 'jax 1']);
  expect(measured).toEqual([
    ['ours in round 0', 'ours in round 1'],
    ['torch in round 0', 'torch in round 1'],
    ['jax in round 0', 'jax in round 1'],
  ]);
});

test('a participant that fails ends the run', async () => {
  const order: string[] = [];
  const failing = interleave(['a', 'b', 'c'], 2, async (name) => {
    order.push(name);
    if (name === 'b') throw new Error('b broke');
  });
  await expect(failing).rejects.toThrow('b broke');
  expect(order).toEqual(['a', 'b']);
});
