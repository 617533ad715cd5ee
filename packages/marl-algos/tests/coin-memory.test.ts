import { tracedCoinGame } from '@descant/envs';
import {
  coinMemoryNetwork,
  coinsTaken,
  gruNetwork,
  mlpNetwork,
  networkNamed,
  onePolicy,
  play,
  reinforce,
  sampledGame,
} from '@descant/marl-algos';
import { at, flatten, jit, key, slice, type Tensor } from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { distance } from './support/distance.ts';
import { messageOf } from './support/errors.ts';

const environment = tracedCoinGame({ egocentric: true, maxSteps: 12 });
const network = coinMemoryNetwork({ hidden: [8], outputs: 4 });
const plays = 64;
const game = sampledGame({ environment, policies: network, plays });
const parameters = [network.init(key(0)), network.init(key(1))];
const played = jit((k: Tensor) => play(game, parameters, k))(key(2));

describe('coin memory', () => {
  it('sees whole plays as it saw them step by step', () => {
    const seen = at(played.observations, 1, 2);
    let memory = network.begin(plays);
    const whole = network.sequence(parameters[1], seen);
    for (let t = 0; t < game.steps; t++) {
      const step = network.step(parameters[1], at(seen, t), memory);
      memory = step.memory;
      expect(distance(step.outputs, at(whole, t))).toBeLessThan(1e-6);
    }
  });

  it('remembers whose player took the last coin of each colour', () => {
    const { observations, rewards } = played;
    const moment = (x: Tensor, t: number) =>
      slice(x, [t, ...x.shape.slice(1).map(() => 0)], [1, ...x.shape.slice(1)]);
    const marks = Array.from({ length: plays }, () => [0, 0]);
    let memory = network.begin(plays);
    let taken = 0;
    for (let t = 0; t < game.steps; t++) {
      memory = network.step(parameters[0], at(at(observations, t), 0, 1), memory).memory;
      // What is seen at t is who took a coin in the step before; nobody at first.
      if (t > 0) {
        const step = { observations: moment(observations, t - 1), rewards: moment(rewards, t - 1) };
        const { own, other } = coinsTaken({ ...step, finalObservations: at(observations, t) });
        marks.forEach((mark, b) => {
          for (const colour of [0, 1]) {
            const [right, wrong] = [own.data[b * 2 + colour], other.data[b * 2 + 1 - colour]];
            if (right + wrong > 0) mark[colour] = wrong;
            taken += right + wrong;
          }
        });
      }
      expect(memory.crossed.toArray()).toEqual(marks);
    }
    expect(taken).toBeGreaterThan(50);
  });

  it('is found by its name', () => {
    expect(networkNamed(network.name, environment, 0).name).toBe('coin memory 38-8-4');
    expect(messageOf(() => coinMemoryNetwork({ hidden: [0], outputs: 4 }))).toBe(
      'coinMemoryNetwork: hidden must be a whole number of at least 1; got 0',
    );
  });
});

describe('one policy', () => {
  it('does what seat 0 would do in a game with itself', () => {
    const learner = reinforce(game, { optimizer: sgd({ learningRate: 0.1 }) });
    const algorithm = onePolicy(game, learner);
    const state = algorithm.init(key(3));
    const { state: next } = jit(algorithm.update)(state, key(4));
    const situation = { seat: 0, parameters: [state.parameters, state.parameters] };
    const { state: expected } = jit((k: Tensor) => learner.update(state, situation, k))(key(4));
    const numbers = (tree: unknown) => flatten(tree).leaves.map((leaf) => Array.from(leaf.data));
    expect(numbers(next)).toEqual(numbers(expected));
    expect(numbers(next)).not.toEqual(numbers(state));
  });

  it('says what does not fit', () => {
    const mixed = sampledGame({
      environment,
      policies: [
        gruNetwork({ inputShape: [4, 3, 3], units: 2, outputs: 4 }),
        mlpNetwork({ inputShape: [4, 3, 3], hidden: [], outputs: 4 }),
      ],
      plays: 2,
    });
    expect(messageOf(() => onePolicy(mixed, reinforce(mixed, { optimizer: sgd({ learningRate: 1 }) })))).toBe(
      'onePolicy: game must have gru 36-2-4 at all seats; got mlp 36-4',
    );
  });
});
