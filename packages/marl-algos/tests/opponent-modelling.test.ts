import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  type Learner,
  type LearnerState,
  opponentModelling,
  reinforce,
  sampledGame,
  simultaneous,
  tabularPolicy,
} from '@descant/marl-algos';
import { at, jit, key, normal, type Tensor, zeros } from '@descant/tensor-ops';
import { adam, sgd } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { distance } from './support/distance.ts';
import { messageOf } from './support/errors.ts';

const game = sampledGame({
  environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 }),
  policies: tabularPolicy(5, 2),
  plays: 1000,
  discount: 0.96,
});

/** Keeps its parameters, and tells what it believes of seat 1. */
const witness: Learner<LearnerState & { believed?: unknown }> = {
  name: 'witness',
  init: (k) => ({ parameters: normal(k, [5, 1]) }),
  update: (state, { parameters }) => ({
    state: { parameters: state.parameters, believed: parameters[1] },
    metrics: {},
  }),
};

describe('opponent modelling', () => {
  it('finds the policy that was played, and the learner sees nothing else', () => {
    const learner = opponentModelling(game, witness, { optimizer: adam({ learningRate: 0.1 }), steps: 200 });
    const actual = [normal(key(1), [5, 1]), normal(key(2), [5, 1])];
    const state = learner.init(key(3), 0);
    const update = jit((k: Tensor) => learner.update(state, { seat: 0, parameters: actual }, k));
    const { state: next, metrics } = update(key(4));
    const [model] = next.opponents.models;
    expect(distance(next.believed, model as Tensor)).toBe(0);
    // 0.05 with this seed; the standard error of a logit is about 0.05, and 5 of it a false alarm of 3e-6 for all five.
    expect(distance(model, actual[1])).toBeLessThan(0.25);
    expect(distance(state.opponents.models[0], actual[1])).toBeGreaterThan(0.5);
    const one = opponentModelling(game, witness, { optimizer: adam({ learningRate: 0.1 }) });
    const first = jit((k: Tensor) => one.update(state, { seat: 0, parameters: actual }, k))(key(4));
    expect(metrics.logLikelihood.item()).toBeGreaterThan(first.metrics.logLikelihood.item() + 0.01);
  });

  it('models every seat but its own', () => {
    const payoffs = zeros([3, 2, 2, 2]).toArray() as unknown as readonly unknown[];
    const three = sampledGame({
      environment: tracedIteratedMatrixGame({ game: payoffs, maxSteps: 3 }),
      policies: tabularPolicy(9, 2),
      plays: 4,
    });
    const naive = reinforce(three, { optimizer: sgd({ learningRate: 0.1 }) });
    const blind = opponentModelling(three, naive, { optimizer: sgd({ learningRate: 10 }), steps: 3 });
    const trio = simultaneous(three, [blind, blind, blind]);
    const start = trio.init(key(0));
    const { state } = jit(trio.update)(start, key(1));
    state.forEach(({ opponents }, seat) => {
      expect(opponents.models).toHaveLength(2);
      opponents.models.forEach((model, k) => {
        expect(distance(model, start[seat].opponents.models[k] as Tensor)).toBeGreaterThan(0);
      });
    });
    expect(at(state[0].parameters as Tensor, 0).shape).toEqual([1]);
  });

  it('says what is wrong', () => {
    const learn = () => opponentModelling(game, witness, { optimizer: sgd({ learningRate: 1 }), steps: 0 });
    expect(messageOf(learn)).toBe('opponentModelling: steps must be a whole number of at least 1; got 0');
  });
});
