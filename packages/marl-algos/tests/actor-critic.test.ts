/** A2C and PPO on all plays of a small game, against derivatives of its exact values. */
import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  type ActorCriticOptions,
  a2c,
  type Plays,
  playActions,
  ppo,
  type SampledGame,
  sampledGame,
  simultaneous,
  tabularCritic,
  tabularPolicy,
  train,
} from '@descant/marl-algos';
import {
  add,
  at,
  exp,
  grad,
  key,
  matmul,
  mul,
  normal,
  reshape,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { adam, sgd } from '@descant/tensor-ops/optim';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { distance } from './support/distance.ts';
import { messageOf } from './support/errors.ts';

/** What the learners play with: every play as often as it is likely, or draws. */
const { playingWith, sampler } = await vi.hoisted(() => import('./support/sampler.ts'));
vi.mock('../src/plays/play.ts', playingWith);
beforeEach(() => {
  sampler.play = everyPlay;
});

const STEPS = 2;
const float64 = { dtype: 'float64' } as const;

/** Policies whose probabilities are quarters: the four outcomes of each choice make 4^(2 STEPS) equally likely plays. */
const game = sampledGame({
  environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: STEPS, ...float64 }),
  policies: tabularPolicy(5, 2, float64),
  plays: 4 ** (2 * STEPS),
  discount: 0.9,
});
const table = (quarters: readonly number[]) =>
  tensor(
    quarters.map((q) => [Math.log(q / (4 - q))]),
    float64,
  );
const parameters = [table([1, 2, 3, 1, 2]), table([3, 1, 2, 2, 3])];

/** All plays, each as often among them as its probability says: averages over the batch are expectations. */
function everyPlay(of: SampledGame, [first, second]: readonly unknown[], k: Tensor): Plays {
  const tables = [first as Tensor, second as Tensor];
  const data = Array.from({ length: STEPS }, () => Array.from({ length: of.plays }, () => [0, 0]));
  for (let b = 0; b < of.plays; b++) {
    let before: readonly number[] | undefined;
    for (let t = 0; t < STEPS; t++) {
      const last = before;
      const actions = tables.map((x, i) => {
        const state = last === undefined ? 0 : 1 + 2 * last[i] + last[1 - i];
        const outcome = Math.floor(b / 4 ** (2 * t + i)) % 4;
        return outcome < 4 / (1 + Math.exp(-x.data[state])) - 0.5 ? 0 : 1;
      });
      data[t][b] = actions;
      before = actions;
    }
  }
  return playActions(of, tables, tensor(data, { dtype: 'int32' }), k);
}

const critic = tabularCritic(5, 'float64');
const values = normal(key(9), [5], 'float64');

/** The exact value of a seat: discounted rewards, and what the critic says of the state that the play is cut off in. */
const exactValue = (seat: number) => (own: Tensor) => {
  const plays = everyPlay(game, parameters, key(0));
  const all = parameters.with(seat, own);
  const { logProbabilities, rewards, finalObservations } = playActions(game, all, plays.actions, key(0));
  const now = sum(logProbabilities, [0, 2]);
  const then = sum(plays.logProbabilities, [0, 2]);
  const discounts = tensor([[1], [0.9]], float64);
  const earned = sum(mul(at(rewards, seat, 2), discounts), 0);
  const future = reshape(matmul(at(finalObservations, seat, 1), reshape(values, [5, 1])), [game.plays]);
  const total = add(earned, mul(future, 0.9 ** STEPS));
  return mul(sum(mul(exp(sub(now, then)), total)), 1 / game.plays);
};

const options: ActorCriticOptions = {
  optimizer: sgd({ learningRate: 1 }),
  critic,
  criticOptimizer: sgd({ learningRate: 1 }),
  lambda: 1,
};
const once = { epochs: 1, normalise: false };

/** The steps of the policy and of the critic. */
function steps(learner: ReturnType<typeof a2c>, seat: number) {
  const before = { ...learner.init(key(0), seat), parameters: parameters[seat], critic: values };
  const { state } = learner.update(before, { seat, parameters }, key(1));
  return {
    policy: sub(state.parameters as Tensor, parameters[seat]),
    critic: sub(state.critic as Tensor, values),
    state,
  };
}

describe.each([
  ['A2C', a2c],
  ['PPO', (of: SampledGame, o: ActorCriticOptions) => ppo(of, { ...o, ...once })],
] as const)('%s on all plays', (_, learner) => {
  it.each([0, 1])('climbs the exact value of seat %i, whatever the critic', (seat) => {
    const exact = grad(exactValue(seat))(parameters[seat]);
    expect(distance(steps(learner(game, options), seat).policy, exact)).toBeLessThan(1e-12);
    // With a smaller lambda the wrong critic counts.
    const biased = steps(learner(game, { ...options, lambda: 0.5 }), seat).policy;
    expect(distance(biased, exact)).toBeGreaterThan(1e-2);
  });

  it('climbs the entropy in the states that it visits', () => {
    const plain = steps(learner(game, options), 0).policy;
    const entropic = steps(learner(game, { ...options, entropyWeight: 0.3 }), 0).policy;
    const { observations } = everyPlay(game, parameters, key(0));
    const visits = mul(sum(at(observations, 0, 2), [0, 1]), 1 / game.plays);
    const slopes = Array.from(parameters[0].data, (x) => {
      const p = 1 / (1 + Math.exp(-x));
      return -x * p * (1 - p);
    });
    const expected = mul(mul(visits, tensor(slopes, float64)), 0.3);
    expect(distance(reshape(sub(entropic, plain), [5]), expected)).toBeLessThan(1e-12);
  });

  it('moves the critic towards the mean of the lambda-returns', () => {
    const found = steps(learner(game, options), 0).critic;
    const { observations, rewards, finalObservations } = everyPlay(game, parameters, key(0));
    const expected = new Float64Array(5);
    for (let b = 0; b < game.plays; b++) {
      const seen = (x: Tensor) => (x.toArray() as number[]).indexOf(1);
      let target = values.data[seen(at(at(finalObservations, b), 0))];
      for (let t = STEPS - 1; t >= 0; t--) {
        target = rewards.data[(t * game.plays + b) * 2] + 0.9 * target;
        const state = seen(at(at(at(observations, t), b), 0));
        expected[state] += (2 * (target - values.data[state])) / (STEPS * game.plays);
      }
    }
    expect(distance(found, tensor(expected))).toBeLessThan(1e-12);
  });
});

describe('PPO', () => {
  it('sees every play once an epoch', () => {
    const rate = 1e-6;
    const slow = {
      ...options,
      optimizer: sgd({ learningRate: rate }),
      criticOptimizer: sgd({ learningRate: rate }),
    };
    const learner = ppo(game, { ...slow, normalise: false, epochs: 3, minibatches: 4 });
    const { policy, state } = steps(learner, 0);
    const exact = grad(exactValue(0))(parameters[0]);
    // So slow, the policy stands still: 12 steps add up to 3 epochs of 4 means over a quarter of the plays.
    expect(distance(mul(policy, 1 / (12 * rate)), exact)).toBeLessThan(1e-4);
    expect((state.optimizer as { step: Tensor }).step.item()).toBe(12);
  });

  it('gains nothing by ratios beyond the clip', () => {
    const far = (clip: number) => {
      const learner = ppo(game, { ...options, normalise: false, epochs: 40, clip });
      const { state } = steps(learner, 0);
      const policy = state.parameters as Tensor;
      return Math.max(...Array.from(policy.data, (x, i) => Math.abs(x - parameters[0].data[i])));
    };
    expect(far(0.05)).toBeLessThan(far(1e9) / 2);
  });

  it('normalises advantages to mean 0 and deviation 1: their scale no longer counts', () => {
    const once = { ...options, epochs: 1, lambda: 1 };
    const direction = steps(ppo(game, once), 0).policy;
    const raw = steps(ppo(game, { ...once, normalise: false }), 0).policy;
    // The plays are all there is, so the subtracted mean changes nothing, and the rest is one factor.
    const factors = Array.from(direction.data, (d, i) => d / raw.data[i]);
    factors.forEach((f) => {
      expect(f).toBeCloseTo(factors[0], 9);
    });
    expect(Math.abs(factors[0] - 1)).toBeGreaterThan(1e-2);
  });
});

describe('actor-critic learners', () => {
  it('say what does not fit', () => {
    expect(messageOf(() => a2c(game, { ...options, critic: tabularPolicy(5, 2) as never }))).toBe(
      'a2c: critic must map [5] -> 1 in float64; got [5] -> 2 in float32',
    );
    expect(messageOf(() => a2c(game, { ...options, lambda: 2 }))).toBe(
      'a2c: lambda must lie in [0, 1]; got 2',
    );
    expect(messageOf(() => ppo(game, { ...options, entropyWeight: -1 }))).toBe(
      'ppo: entropyWeight must be a finite number of at least 0; got -1',
    );
    expect(messageOf(() => ppo(game, { ...options, minibatches: 3 }))).toBe(
      'ppo: minibatches must divide the number of plays, 256; got 3',
    );
    expect(messageOf(() => ppo(game, { ...options, epochs: 0 }))).toBe(
      'ppo: epochs must be a whole number of at least 1; got 0',
    );
    expect(messageOf(() => ppo(game, { ...options, clip: 0 }))).toBe('ppo: clip must be positive; got 0');
  });

  it('defect in the Prisoner’s Dilemma', async () => {
    sampler.play = undefined;
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
    const small = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 32, discount: 0.96 });
    const optimizer = adam({ learningRate: 0.1 });
    const learning = { optimizer, critic: tabularCritic(5), criticOptimizer: optimizer };
    const pair = simultaneous(small, [a2c(small, learning), ppo(small, { ...learning, minibatches: 2 })]);
    const { history } = await train(pair, { key: key(0), updates: 60 });
    expect(history[59]['0.reward']).toBeLessThan(-1.8);
    expect(history[59]['0.criticLoss']).toBeLessThan(history[0]['0.criticLoss']);
  });
});
