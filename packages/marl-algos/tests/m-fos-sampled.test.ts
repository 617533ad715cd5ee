import { tracedIteratedMatrixGame } from '@descant/envs';
import { gatedGruNetwork, gruNetwork, mFosSampled, reinforce, sampledGame, train } from '@descant/marl-algos';
import { at, key, moveAxis, normal, ones, sigmoid, split, stack, tensor } from '@descant/tensor-ops';
import { adam, sgd } from '@descant/tensor-ops/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { episodicReturns, evaluateEpisodes, nextGate } from '../src/meta-learning/m-fos-sampled.ts';
import { logProbabilityOf } from '../src/plays/play.ts';
import { distance } from './support/distance.ts';
import { messageOf } from './support/errors.ts';

const shape = { inputShape: [5], units: 3, dtype: 'float64' } as const;

describe('gated networks', () => {
  const gated = gatedGruNetwork({ ...shape, outputs: 2 });
  const plain = gruNetwork({ ...shape, outputs: 2 });
  const parameters = gated.init(key(0));
  const observations = normal(key(1), [4, 6, 5], 'float64');

  it('are plain ones with the gate 1, and read step by step what they read at once', () => {
    expect(
      distance(gated.sequence(parameters, observations), plain.sequence(plain.init(key(0)), observations)),
    ).toBe(0);
    const gate = sigmoid(normal(key(2), [6, 3], 'float64'));
    let memory = gated.begin(6);
    const steps = [0, 1, 2, 3].map((t) => {
      const step = gated.step({ ...parameters, gate }, at(observations, t), memory);
      memory = step.memory;
      return step.outputs;
    });
    const whole = gated.sequence({ ...parameters, gate }, observations);
    expect(distance(stack(steps), whole)).toBeLessThan(1e-12);
    expect(distance(whole, gated.sequence(parameters, observations))).toBeGreaterThan(1e-3);
  });
});

describe('M-FOS on sampled games', () => {
  it('has returns through all episodes', () => {
    const reward = fc.double({ min: -3, max: 3, noNaN: true });
    const cube = (e: number, t: number, b: number) =>
      fc.array(fc.array(fc.array(reward, { minLength: b, maxLength: b }), { minLength: t, maxLength: t }), {
        minLength: e,
        maxLength: e,
      });
    fc.assert(
      fc.property(cube(3, 2, 2), fc.double({ min: 0, max: 1, noNaN: true }), (rewards, discount) => {
        const returns = episodicReturns(
          tensor(rewards, { dtype: 'float64' }),
          discount,
        ).toArray() as number[][][];
        for (const [e, t, b] of [
          [0, 0, 0],
          [0, 1, 1],
          [1, 0, 1],
          [2, 1, 0],
        ]) {
          // Own rewards to the end of the episode, then means over the plays.
          let expected = 0;
          for (let now = 2 * e + t; now < 6; now++) {
            const row = rewards[Math.floor(now / 2)][now % 2];
            const paid = Math.floor(now / 2) === e ? row[b] : (row[0] + row[1]) / 2;
            expected += discount ** (now - 2 * e - t) * paid;
          }
          expect(returns[e][t][b]).toBeCloseTo(expected, 10);
        }
      }),
    );
  });

  it('looks at actions with the gates under which they were taken', () => {
    const networks = {
      policy: gatedGruNetwork({ ...shape, outputs: 2 }),
      meta: gruNetwork({ ...shape, outputs: 3 }),
      critic: gatedGruNetwork({ ...shape, outputs: 1 }),
    };
    const keys = split(key(0), 3);
    const { gate: _, ...policy } = networks.policy.init(at(keys, 0));
    const { gate: __, ...critic } = networks.critic.init(at(keys, 1));
    const parameters = { policy, critic, meta: networks.meta.init(at(keys, 2)) };
    const observations = normal(key(1), [3, 4, 2, 5], 'float64');
    const actions = tensor(
      Array.from({ length: 3 }, (_, e) => Array.from({ length: 4 }, (_, t) => [(e + t) % 2, t % 2])),
      { dtype: 'int32' },
    );
    const seen = evaluateEpisodes(networks, parameters, { observations, actions });
    let gate = ones([3], 'float64');
    for (let e = 0; e < 3; e++) {
      const logits = networks.policy.sequence({ ...policy, gate }, at(observations, e));
      expect(distance(at(seen.logProbabilities, e), logProbabilityOf(logits, at(actions, e)))).toBeLessThan(
        1e-12,
      );
      const values = at(networks.critic.sequence({ ...critic, gate }, at(observations, e)), 0, 2);
      expect(distance(at(seen.values, e), values)).toBeLessThan(1e-12);
      gate = nextGate(networks.meta, parameters.meta, at(observations, e));
      // A gate of the wrong episode is noticed.
      const other = networks.policy.sequence({ ...policy, gate }, at(observations, e));
      expect(distance(at(seen.logProbabilities, e), logProbabilityOf(other, at(actions, e)))).toBeGreaterThan(
        1e-4,
      );
    }
    // The gate does not depend on the order of the plays.
    const turned = stack([at(observations, 0, 2), at(observations, 1, 2)].toReversed());
    const exchanged = nextGate(networks.meta, parameters.meta, at(moveAxis(turned, 0, 2), 0));
    expect(distance(exchanged, nextGate(networks.meta, parameters.meta, at(observations, 0)))).toBeLessThan(
      1e-12,
    );
  });

  const network = { inputShape: [5], units: 8, outputs: 2 };
  const game = (plays: number) =>
    sampledGame({
      environment: tracedIteratedMatrixGame({ game: 'matchingPennies', maxSteps: 8 }),
      policies: [gatedGruNetwork(network), gruNetwork(network)],
      plays,
    });

  it('exploits a learner, reproducibly', async () => {
    const pennies = game(32);
    const naive = reinforce(pennies, { optimizer: sgd({ learningRate: 0.3 }) });
    const agent = mFosSampled(pennies, naive, {
      episodes: 4,
      epochs: 4,
      optimizer: adam({ learningRate: 0.02 }),
    });
    const { history } = await train(agent, { key: key(0), updates: 60 });
    const mean = (from: number, to: number) =>
      history.slice(from, to).reduce((total, metrics) => total + metrics['0.reward'], 0) / (to - from);
    expect(mean(50, 60)).toBeGreaterThan(mean(0, 10) + 0.05);
    expect(history[0]['0.reward'] + history[0]['1.reward']).toBeCloseTo(0, 5);
  });

  it('says what does not fit', () => {
    const pennies = game(4);
    const naive = reinforce(pennies, { optimizer: sgd({ learningRate: 0.3 }) });
    const optimizer = adam({ learningRate: 0.01 });
    const make = (change: object) => messageOf(() => mFosSampled(pennies, naive, { optimizer, ...change }));
    expect(make({ episodes: 0 })).toBe('mFosSampled: episodes must be a whole number of at least 1; got 0');
    expect(make({ discount: 2 })).toBe('mFosSampled: discount must lie in [0, 1]; got 2');
    const plain = sampledGame({ ...pennies, policies: gruNetwork(network) });
    expect(messageOf(() => mFosSampled(plain, naive, { optimizer }))).toBe(
      'mFosSampled: game must have a gatedGruNetwork at seat 0; got gru 5-8-2',
    );
  });
});
