import { tracedIteratedMatrixGame } from '@descant/envs';
import {
  type PolaOptions,
  type PolaSettings,
  pola,
  polaPresets,
  sampledGame,
  tabularCritic,
  tabularPolicy,
} from '@descant/marl-algos';
import {
  add,
  at,
  full,
  grad,
  jit,
  key,
  mul,
  normal,
  reshape,
  type Tensor,
  tensor,
  vjp,
  zeros,
} from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { lookAhead, shapingGradient } from '../src/shaping/pola-gradient.ts';
import { proximalValue } from '../src/shaping/pola-objective.ts';
import { distance } from './support/distance.ts';
import { exactValues, weightedPlays, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

const logits = (seed: number) => normal(key(seed), [5, 1], 'float64');

// The critics are 0, so that everything that is averaged is linear in rewards and the weights make it exact.
const game = wholeGame('prisonersDilemma', 3);
const critic = tabularCritic(5, 'float64');
const critics = [0, 1].map(() => critic.init(key(0)));
const all = {
  game,
  critic,
  lambda: 1,
  dependence: 1,
  sample: (x: readonly unknown[]) => weightedPlays(game, x),
};
const settings = (changes: Partial<PolaSettings> = {}): PolaSettings => ({
  innerSteps: 2,
  innerLearningRate: 0.7,
  innerPenalty: 0,
  outerSteps: 1,
  outerPenalty: 0,
  lambda: 1,
  dependence: 1,
  ...changes,
});

const small = sampledGame({
  environment: tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 }),
  policies: tabularPolicy(5, 2),
  plays: 16,
  discount: 0.96,
});
const options: PolaOptions = {
  ...polaPresets.zhaoPrisonersDilemma.settings,
  outerSteps: 2,
  critic: tabularCritic(5),
  optimizer: sgd({ learningRate: 0.1 }),
  criticOptimizer: sgd({ learningRate: 0.1 }),
};

const value = (seat: number, parameters: readonly Tensor[]) => at(exactValues(game, parameters), seat);

/** grad_i J_i(x_i, y'(x_i)) with the exact values, y' by k steps of gradient ascent. */
function unrolled(seat: number, parameters: readonly Tensor[], steps: number, rate: number): Tensor {
  const other = 1 - seat;
  return grad((x: Tensor) => {
    let joint = parameters.with(seat, x);
    for (let k = 0; k < steps; k++) {
      const now = joint;
      const ascent = grad((y: Tensor) => value(other, now.with(other, y)))(now[other]);
      joint = now.with(other, add(now[other], mul(rate, ascent)));
    }
    return value(seat, joint);
  })(parameters[seat]);
}

const gradientOf = (seat: number, parameters: readonly Tensor[], changes: Partial<PolaSettings>) =>
  shapingGradient(all, settings(changes), seat, parameters, parameters[seat], critics, key(0)).gradient;

describe('POLA', () => {
  const parameters = [logits(0), logits(1)];

  it.each([0, 1])('without penalties expects the gradient of exact LOLA, seat %i', (seat) => {
    for (const innerSteps of [1, 2, 3]) {
      const gradient = gradientOf(seat, parameters, { innerSteps });
      expect(distance(gradient, unrolled(seat, parameters, innerSteps, 0.7))).toBeLessThan(1e-12);
    }
    // A player who is blind to the others' learning, or to its dependence on itself, goes elsewhere.
    const blind = gradientOf(seat, parameters, { innerSteps: 0 });
    expect(
      distance(blind, grad((x: Tensor) => value(seat, parameters.with(seat, x)))(parameters[seat])),
    ).toBeLessThan(1e-12);
    expect(distance(blind, unrolled(seat, parameters, 1, 0.7))).toBeGreaterThan(1e-3);
    // Dependences that fade change how the others' learning depends on the player, not what it learns from or they learn.
    const fading = { ...all, dependence: 0.5 };
    const faded = shapingGradient(
      fading,
      settings({ innerSteps: 1 }),
      seat,
      parameters,
      parameters[seat],
      critics,
      key(0),
    );
    expect(distance(faded.gradient, unrolled(seat, parameters, 1, 0.7))).toBeGreaterThan(1e-3);
    const [theirs] = lookAhead(fading, settings(), seat, parameters, critics, key(0));
    expect(distance(theirs, lookAhead(all, settings(), seat, parameters, critics, key(0))[0])).toBeLessThan(
      1e-12,
    );
    const learned = lookAhead(all, settings(), seat, parameters, critics, key(0));
    const unshaped = gradientOf(seat, parameters.with(1 - seat, learned[0] as Tensor), { innerSteps: 0 });
    expect(distance(unshaped, unrolled(seat, parameters, 2, 0.7))).toBeGreaterThan(1e-3);
  });

  it('penalties do nothing at the policy that they hold to, and something elsewhere', () => {
    const free = gradientOf(0, parameters, { innerSteps: 1 });
    expect(
      distance(gradientOf(0, parameters, { innerSteps: 1, innerPenalty: 5, outerPenalty: 150 }), free),
    ).toBeLessThan(1e-12);
    const held = gradientOf(0, parameters, { innerPenalty: 5 });
    expect(distance(held, gradientOf(0, parameters, {}))).toBeGreaterThan(1e-3);
  });

  it('the heavier the penalties, the nearer they stay: in inverse proportion, and at Infinity where they are', () => {
    /** Where many small steps lead with a penalty; the uniform policy has all plays as an exact batch. */
    const moved = (penalty: number) => {
      const start = [zeros([5, 1], 'float64'), zeros([5, 1], 'float64')];
      const heavy = settings({ innerSteps: 400, innerPenalty: penalty, innerLearningRate: 2 / penalty });
      const [end] = jit((k: Tensor) => lookAhead(all, heavy, 0, start, critics, k))(key(0));
      return (end as Tensor).data[0];
    };
    const [near, nearer] = [moved(1e4), moved(1e6)];
    expect(Math.abs(near)).toBeGreaterThan(1e-6);
    expect(near / nearer).toBeCloseTo(100, 1);
    const still = lookAhead(
      all,
      settings({ innerPenalty: Number.POSITIVE_INFINITY }),
      0,
      parameters,
      critics,
      key(0),
    );
    expect(still).toEqual([parameters[1]]);
    const stuck = pola(small, { ...options, outerPenalty: Number.POSITIVE_INFINITY });
    const before = [0, 1].map((seat) => stuck.init(key(seat), seat));
    const situation = { seat: 0, parameters: before.map((state) => state.parameters) };
    const { state } = jit((k: Tensor) => stuck.update(before[0], situation, k))(key(2));
    expect(distance(state.parameters, before[0].parameters)).toBe(0);
    const free = pola(small, options).update(before[0], situation, key(2));
    expect(distance(free.state.parameters, before[0].parameters)).toBeGreaterThan(0);
  });

  it('pays the divergence of its policy from the old one, in this direction', () => {
    const [old, now] = [logits(3), logits(4)];
    const plays = weightedPlays(game, [now, logits(1)]);
    const paid = (penalty: number) =>
      proximalValue(all, plays, 0, [now, logits(1)], critics[0], { target: old, penalty }).item();
    const states = plays.observations.toArray() as number[][][][];
    const probabilities = (x: Tensor, s: number) => {
      const p = 1 / (1 + Math.exp(-x.data[s]));
      return [p, 1 - p];
    };
    let [forward, backward] = [0, 0];
    for (const seen of states.flat()) {
      const s = seen[0].indexOf(1);
      const [p, q] = [probabilities(old, s), probabilities(now, s)];
      for (const a of [0, 1]) {
        forward += (p[a] * Math.log(p[a] / q[a])) / (3 * game.plays);
        backward += (q[a] * Math.log(q[a] / p[a])) / (3 * game.plays);
      }
    }
    expect(paid(0) - paid(2)).toBeCloseTo(2 * forward, 10);
    expect(Math.abs(forward - backward)).toBeGreaterThan(1e-3);
  });

  const policy = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 5, maxLength: 5 });
  test.prop([policy, policy, fc.double({ min: 0, max: 1e3, noNaN: true })], { numRuns: 30 })(
    'the price is never negative, in proportion to the penalty, and 0 where nothing moved',
    (now, old, penalty) => {
      const [x, target] = [now, old].map((logit) =>
        tensor(
          logit.map((l) => [l]),
          { dtype: 'float64' },
        ),
      );
      const both = [x, logits(1)];
      const plays = weightedPlays(game, both);
      const paid = (to: Tensor, beta: number) => {
        const value = (b: number) =>
          proximalValue(all, plays, 0, both, critics[0], { target: to, penalty: b }).item();
        return value(0) - value(beta);
      };
      expect(paid(target, penalty)).toBeGreaterThanOrEqual(-1e-9 * (1 + penalty));
      expect(Math.abs(paid(target, penalty) - penalty * paid(target, 1))).toBeLessThan(1e-9 * (1 + penalty));
      expect(Math.abs(paid(x, penalty))).toBeLessThan(1e-12 * (1 + penalty));
    },
  );

  it('what a critic adds to all values changes no expectation, of first or of mixed derivatives', () => {
    // A baseline is not linear in rewards: it needs plays that are equally likely, those of uniform policies.
    const uniform = [zeros([5, 1], 'float64'), zeros([5, 1], 'float64')];
    const found = (values: Tensor) => {
      const judges = [values, values];
      const learn = (x: unknown) =>
        lookAhead(all, settings({ innerSteps: 1 }), 0, uniform.with(0, x as Tensor), judges, key(0));
      const [learned, pullback] = vjp(learn, uniform[0] as unknown);
      const { gradient } = shapingGradient(
        all,
        settings({ innerSteps: 0 }),
        0,
        uniform,
        uniform[0],
        judges,
        key(0),
      );
      return [learned[0], pullback([tensor([[1], [2], [3], [4], [5]], { dtype: 'float64' })]), gradient];
    };
    const [without, shifted, other] = [
      zeros([5], 'float64'),
      full([5], 3, 'float64'),
      reshape(logits(5), [5]),
    ].map(found);
    without.forEach((x, i) => {
      expect(distance(x, shifted[i])).toBeLessThan(1e-12);
      expect(distance(x, other[i])).toBeGreaterThan(1e-3);
    });
  });

  it('says what is wrong', () => {
    const messages = (changes: Partial<PolaOptions>) =>
      messageOf(() => pola(small, { ...options, ...changes }));
    expect(messages({ innerSteps: -1 })).toBe(
      'pola: innerSteps must be a whole number of at least 0; got -1',
    );
    expect(messages({ outerSteps: 0 })).toBe('pola: outerSteps must be a whole number of at least 1; got 0');
    expect(messages({ innerPenalty: -5 })).toBe('pola: innerPenalty must be at least 0; got -5');
    expect(messages({ outerPenalty: Number.NaN })).toBe('pola: outerPenalty must be at least 0; got NaN');
    expect(messages({ innerLearningRate: Number.NaN })).toBe(
      'pola: innerLearningRate must be a finite number; got NaN',
    );
    expect(messages({ lambda: 2 })).toBe('pola: lambda must lie in [0, 1]; got 2');
    expect(messages({ dependence: -1 })).toBe('pola: dependence must lie in [0, 1]; got -1');
    expect(messages({ critic: tabularPolicy(5, 2) })).toBe(
      'pola: critic must map [5] -> 1 in float32; got tabular policy 5 x 2: [5] -> 2 in float32',
    );
  });
});
