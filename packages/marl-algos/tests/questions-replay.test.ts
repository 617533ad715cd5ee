import { tracedCoinGame, tracedIteratedMatrixGame } from '@descant/envs';
import { gruNetwork, mlpNetwork, sampledGame, tabularPolicy } from '@descant/marl-algos';
import { at, full, key, normal, slice, split, type Tensor, tensor, vmap, zeros } from '@descant/tensor-ops';
import { describe, expect, it } from 'vitest';
import { simulationAnswers } from '../src/best-response/questions.ts';
import { beginReplay, eachItsOwn, type Replay, recall, remember } from '../src/best-response/replay.ts';
import { distance } from './support/distance.ts';

describe('questions', () => {
  const game = sampledGame({
    environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4, dtype: 'float64' }),
    policies: tabularPolicy(5, 2, { dtype: 'float64' }),
    plays: 3,
    discount: 0.9,
  });
  const begun = {
    state: { played: tensor([0, 1, 3], { dtype: 'int32' }), time: tensor([0, 2, 3], { dtype: 'int32' }) },
    memories: [null, null],
    over: tensor([
      [false, false],
      [false, false],
      [false, false],
    ]),
  };
  /** An agent that always defects after the start. */
  const defector = tensor([[99], [-99], [-99], [-99], [-99]], { dtype: 'float64' });

  it('are answered by the agent, and no longer than the game lasts', () => {
    const ask = (steps: number) =>
      simulationAnswers(game, defector, begun, key(1), { samples: 500, steps, reseed: true });
    // At the start it cooperates: -1 and 0; later it defects: -3 and -2.
    expect(ask(1).toArray()).toEqual([
      [-1, 0],
      [-3, -2],
      [-3, -2],
    ]);
    const long = ask(3).toArray() as number[][];
    // Two more steps at -2.5 in the mean with deviations 0.5; one; none, because the third play ends.
    const later = [0.9 * 2.5 + 0.81 * 2.5, 0.9 * 2.5, 0];
    [
      [-1, 0],
      [-3, -2],
      [-3, -2],
    ].forEach((now, play) => {
      now.forEach((first, action) => {
        // Standard error 0.03; |z| <= 5.
        expect(Math.abs(long[play][action] - (first - later[play]))).toBeLessThan(play === 2 ? 1e-12 : 0.15);
      });
    });
  });

  it('in the coin game draw new chances, or keep the same', () => {
    const coins = sampledGame({
      environment: tracedCoinGame(),
      policies: mlpNetwork({ inputShape: [4, 3, 3], hidden: [], outputs: 4 }),
      plays: 1,
    });
    const state = vmap(coins.environment.reset)(split(key(2), 1));
    const over = tensor([[false, false]]);
    const ask = (k: number, reseed: boolean) =>
      simulationAnswers(
        coins,
        coins.policies[0].init(key(4)),
        { state, memories: [null, null], over },
        key(k),
        {
          samples: 64,
          steps: 8,
          reseed,
        },
      );
    expect(ask(0, true).toArray()).toEqual(ask(0, true).toArray());
    expect(distance(ask(0, true), ask(1, true))).toBeGreaterThan(0);
    expect(distance(ask(0, true), ask(0, false))).toBeGreaterThan(0);
  });
});

describe('the replay buffer', () => {
  const start = { x: tensor([1]), y: zeros([2]) };
  const later = (i: number) => ({ x: tensor([i]), y: full([2], i) });

  it('remembers the last agents, and draws from those that it has', () => {
    const replays = [beginReplay(start, 4)];
    for (let i = 2; i <= 5; i++) replays.push(remember(replays[i - 2], later(i)));
    const found = (replay: Replay) => {
      const { x, y } = recall(replay, 300, 0, key(0)) as { x: Tensor; y: Tensor };
      expect(y.shape).toEqual([300, 2]);
      return [...new Set(x.data)].sort();
    };
    expect(replays.map(found)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]]);
  });

  it('adds noise of its own to each parameter of each agent', () => {
    const { x, y } = recall(beginReplay(start, 4), 10_000, 0.1, key(1)) as { x: Tensor; y: Tensor };
    const numbers = [...Array.from(x.data, (v) => v - 1), ...y.data];
    const variance = numbers.reduce((s, v) => s + v * v, 0) / numbers.length;
    // Relative standard error sqrt(2 / 30000) = 0.008; |z| <= 5.
    expect(Math.abs(variance / 0.01 - 1)).toBeLessThan(0.041);
    expect(new Set(numbers).size).toBeGreaterThan(29_900);
  });

  it('every agent sees its own part of the batch', () => {
    const network = gruNetwork({ inputShape: [2], units: 3, outputs: 2 });
    const agents = split(key(2), 3);
    const many = vmap(network.init)(agents);
    const crowd = eachItsOwn(network, 3);
    const seen = normal(key(3), [4, 6, 2]);
    const whole = crowd.sequence(many, seen);
    const [half, m] = [at(seen, 0), crowd.begin(6)];
    const step = crowd.step(many, half, m);
    expect(distance(step.outputs, at(whole, 0))).toBeLessThan(1e-6);
    [0, 1, 2].forEach((i) => {
      const own = network.sequence(network.init(at(agents, i)), slice(seen, [0, 2 * i, 0], [4, 2, 2]));
      expect(distance(own, slice(whole, [0, 2 * i, 0], [4, 2, 2]))).toBeLessThan(1e-6);
    });
  });
});
