/** The directions of all learners on all plays of a small game, against derivatives of its exact values. */
import {
  type Game,
  hola,
  iteratedPrisonersDilemma,
  lola,
  naive,
  type Rule,
  randomQuadraticGame,
} from '@descant/autodiff-games';
import { tracedIteratedMatrixGame } from '@descant/envs';
import { type Chance, dice, type Estimator, enumerate, moments, type Rollout } from '@descant/estimators';
import {
  centredRewards,
  type Learner,
  type LearnerState,
  lolaDice,
  lolaPg,
  play,
  playedGame,
  reinforce,
  type SampledGame,
  sampledGame,
  tabularPolicy,
  unrolledLola,
} from '@descant/marl-algos';
import {
  add,
  at,
  cast,
  cumsum,
  foldIn,
  gather,
  grad,
  jit,
  key,
  logSoftmax,
  mean,
  mul,
  normal,
  reshape,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { sgd } from '@descant/tensor-ops/optim';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { distance } from './support/distance.ts';
import { exactValues, weightedPlays, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

/** What the learners play with: all plays and their probabilities, or draws. */
const { playingWith, sampler } = await vi.hoisted(() => import('./support/sampler.ts'));
vi.mock('../src/plays/play.ts', playingWith);
beforeEach(() => {
  sampler.play = undefined;
});

const logits = (seed: number) => normal(key(seed), [5, 1], 'float64');
const optimizer = sgd({ learningRate: 1 });

/** The step that a learner makes when it sees all plays, weighted by their probabilities. */
function expectedStep(learner: Learner, parameters: readonly Tensor[], seat: number): Tensor {
  sampler.play = weightedPlays;
  const state = { ...learner.init(key(0), seat), parameters: parameters[seat] };
  const { state: after } = learner.update(state, { seat, parameters }, key(1));
  return sub(after.parameters as Tensor, parameters[seat]);
}

/** The game of the exact values of finitely many steps. */
const exactGame = (game: SampledGame): Game => ({
  name: 'exact',
  players: 2,
  values: (x) => [0, 1].map((i) => at(exactValues(game, x), i)),
  init: () => [logits(0), logits(1)],
});

/** DiCE without its magic box: right once, wrong as soon as a learning step is differentiated. */
const withoutBox: Estimator = {
  name: 'without the magic box',
  order: Number.POSITIVE_INFINITY,
  surrogate: ({ logProbabilities, rewards, discount }) => {
    const weights = cumsum(sum(logProbabilities, -1, { keepDims: true }), 0);
    const powers = Array.from({ length: rewards.shape[0] }, (_, t) => [[Number(discount) ** t]]);
    const discounts = tensor(powers, { dtype: rewards.dtype });
    return mul(sum(mul(mul(weights, rewards), discounts), [0, 1]), 1 / rewards.shape[1]);
  },
};

describe('unrolled LOLA', () => {
  const game = iteratedPrisonersDilemma({ normalised: false });
  const x = [3, 4].map((seed) => normal(key(seed), [5], 'float64'));
  const opponentRate = 0.7;

  it('is naive learning, exact LOLA and HOLA where they apply', () => {
    const same = (ours: Rule, theirs: Rule) =>
      Math.max(...[0, 1].map((i) => distance(ours.direction(game, x, i), theirs.direction(game, x, i))));
    expect(same(unrolledLola({ opponentRate, order: 0 }), naive())).toBe(0);
    expect(same(unrolledLola({ opponentRate }), lola({ kind: 'exact', opponentRate }))).toBe(0);
    expect(same(unrolledLola({ opponentRate, order: 2 }), hola({ order: 2, opponentRate }))).toBe(0);
    expect(
      same(unrolledLola({ opponentRate, lookAheads: 2 }), lola({ kind: 'exact', opponentRate })),
    ).toBeGreaterThan(1e-2);
  });

  it('is exact LOLA on random games of two and three players', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.constantFrom(2, 3),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (seed, players, rate) => {
          const random = randomQuadraticGame(key(seed), {
            dimensions: Array.from({ length: players }, () => 2),
            kind: 'generalSum',
          });
          const at0 = random.init(key(seed), 'float64');
          for (let i = 0; i < players; i++) {
            const ours = unrolledLola({ opponentRate: rate }).direction(random, at0, i);
            const theirs = lola({ kind: 'exact', opponentRate: rate }).direction(random, at0, i);
            expect(distance(ours, theirs)).toBeLessThan(1e-10);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('is the derivative of the value after several steps of the opponent', () => {
    const after = (own: Tensor) => {
      let theirs = x[1];
      for (let k = 0; k < 3; k++) {
        theirs = add(theirs, mul(naive().direction(game, [own, theirs], 1), opponentRate));
      }
      return game.values([own, theirs])[0].item();
    };
    const direction = unrolledLola({ opponentRate, lookAheads: 3 }).direction(game, x, 0);
    const h = 1e-5;
    for (let i = 0; i < 5; i++) {
      const shifted = (by: number) => {
        const data = Float64Array.from(x[0].data);
        data[i] += by;
        return tensor(data);
      };
      const slope = (after(shifted(h)) - after(shifted(-h))) / (2 * h);
      expect(Math.abs(at(direction, i).item() - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
    }
  });

  it('says what is out of range', () => {
    expect(messageOf(() => unrolledLola({ opponentRate: -1 }))).toBe(
      'unrolledLola: opponentRate must be a finite number of at least 0; got -1',
    );
    expect(messageOf(() => unrolledLola({ opponentRate, lookAheads: 0 }))).toBe(
      'unrolledLola: lookAheads must be a whole number of at least 1; got 0',
    );
    expect(messageOf(() => unrolledLola({ opponentRate, order: 0.5 }))).toBe(
      'unrolledLola: order must be a whole number of at least 0; got 0.5',
    );
    const game = wholeGame('prisonersDilemma', 2);
    expect(messageOf(() => lolaPg(game, { optimizer, opponentRate, sampling: 'stale' as 'same' }))).toBe(
      'ruleLearner: sampling must be fresh or same; got stale',
    );
  });
});

it('plays the game whose values are known', () => {
  const played = wholeGame('prisonersDilemma', 6, 0.2);
  const parameters = [logits(5), logits(6)];
  const known = iteratedPrisonersDilemma({ discount: 0.2, normalised: false });
  const flat = parameters.map((x) => reshape(x, [5]));
  // What is left after 6 steps is at most 3 0.2^6 / 0.8.
  known.values(flat).forEach((value, i) => {
    expect(Math.abs(at(exactValues(played, parameters), i).item() - value.item())).toBeLessThan(2.4e-4);
  });
  const others = iteratedPrisonersDilemma({ discount: 0.2, normalised: false, perspective: 'joint' });
  const off = others
    .values(flat)
    .map((v, i) => Math.abs(at(exactValues(played, parameters), i).item() - v.item()));
  expect(Math.max(...off)).toBeGreaterThan(1e-3);
});

describe('on all plays, learners follow the exact rule', () => {
  const game = wholeGame('prisonersDilemma', 3);
  const exact = exactGame(game);
  const parameters = [logits(0), logits(1)];
  const opponentRate = 0.5;
  const estimator = dice();
  const rows: readonly [string, Learner<LearnerState & never>, Rule][] = [
    ['REINFORCE', reinforce(game, { optimizer }), naive()],
    [
      'LOLA-DiCE',
      lolaDice(game, { optimizer, estimator, opponentRate }),
      lola({ kind: 'exact', opponentRate }),
    ],
    [
      'LOLA-DiCE, 2 steps',
      lolaDice(game, { optimizer, estimator, opponentRate, lookAheads: 2 }),
      unrolledLola({ opponentRate, lookAheads: 2 }),
    ],
    [
      'LOLA-DiCE of order 2',
      lolaDice(game, { optimizer, estimator, opponentRate, order: 2 }),
      hola({ order: 2, opponentRate }),
    ],
    [
      'LOLA-PG',
      lolaPg(game, { optimizer, estimator, opponentRate }),
      lola({ kind: 'taylorFoerster', opponentRate }),
    ],
    [
      'LOLA-PG, from the same plays',
      lolaPg(game, { optimizer, estimator, opponentRate, sampling: 'same' }),
      lola({ kind: 'taylorFoerster', opponentRate }),
    ],
    [
      'LOLA-PG of order 2',
      lolaPg(game, { optimizer, estimator, opponentRate, order: 2 }),
      hola({ order: 2, opponentRate, kind: 'taylorFoerster' }),
    ],
  ] as never;

  it.each(rows)('%s', (_, learner, rule) => {
    for (const seat of [0, 1]) {
      const step = expectedStep(learner, parameters, seat);
      expect(distance(step, rule.direction(exact, parameters, seat))).toBeLessThan(1e-11);
    }
  });

  it('and without the magic box they do not', () => {
    const wrong = { optimizer, estimator: withoutBox, opponentRate };
    const naively = naive().direction(exact, parameters, 0);
    const step = expectedStep(lolaDice(game, { ...wrong, opponentRate: 0 }), parameters, 0);
    expect(distance(step, naively)).toBeLessThan(1e-11);
    const right = lola({ kind: 'exact', opponentRate }).direction(exact, parameters, 0);
    expect(distance(expectedStep(lolaDice(game, wrong), parameters, 0), right)).toBeGreaterThan(1e-2);
    const taylor = lola({ kind: 'taylorFoerster', opponentRate }).direction(exact, parameters, 0);
    expect(distance(expectedStep(lolaPg(game, wrong), parameters, 0), taylor)).toBeGreaterThan(1e-2);
  });
});

describe('LOLA-PG from two plays at a time', () => {
  // Chicken: in the Prisoner's Dilemma of so few steps there is little to shape.
  const whole = wholeGame('chicken', 2);
  const environment = tracedIteratedMatrixGame({ game: 'chicken', maxSteps: 2, dtype: 'float64' });
  const policies = tabularPolicy(5, 2, { dtype: 'float64' });
  const game = sampledGame({ environment, policies, plays: 2, discount: whole.discount });
  const parameters = [logits(0), logits(1)];
  const rule = lola({ kind: 'taylorFoerster', opponentRate: 0.5 });
  const n = 20_000;

  /** The largest |z| of the mean direction against the exact one. */
  const bias = (sampling: 'fresh' | 'same') => {
    const draw = (k: Tensor) => {
      const options = sampling === 'same' ? { plays: play(game, parameters, k) } : {};
      return reshape(rule.direction(playedGame(game, k, options), parameters, 0) as Tensor, [5]);
    };
    const found = jit(vmap(draw))(split(key(5), n));
    const exact = reshape(rule.direction(exactGame(whole), parameters, 0), [5]);
    const off = sub(found, exact);
    const average = mean(off, 0);
    const variance = mean(mul(sub(off, average), sub(off, average)), 0);
    return Array.from(average.data, (m, i) => Math.abs(m) / Math.sqrt(variance.data[i] / n)).reduce((a, b) =>
      Math.max(a, b),
    );
  };

  it('is unbiased with fresh plays, and biased when both factors come from the same', () => {
    // |z| <= 5 in 5 numbers: false alarm with probability 3e-6.
    expect(bias('fresh')).toBeLessThan(5);
    expect(bias('same')).toBeGreaterThan(5);
  });
});

describe('centred rewards', () => {
  const logProbability = (x: Tensor, a: Tensor) => gather(logSoftmax(stack([mul(x, 0), x])), a);
  /** Two plays of two choices each, 1 with probability sigmoid(x), all that can happen with its probability. */
  const second = (estimator: (r: Rollout) => Tensor) => (chance: Chance) => {
    const x = tensor(0.4, { dtype: 'float64' });
    const draws = [0, 1, 2, 3].map(() => chance.categorical(stack([mul(x, 0), x])));
    const [a, b, c, d] = draws.map((draw) => cast(draw, 'float64'));
    // Payments are far from 0, as the Prisoner's Dilemma has them after some learning.
    const paid = [mul(2, a), mul(2, b), sub(mul(mul(3, a), c), c), sub(mul(mul(3, b), d), d)].map((r) =>
      sub(r, 8),
    );
    const surrogate = (y: Tensor) =>
      sum(
        estimator({
          logProbabilities: reshape(stack(draws.map((draw) => logProbability(y, draw))), [2, 2, 1]),
          rewards: reshape(stack(paid), [2, 2, 1]),
          discount: 0.9,
        }),
      );
    return grad(grad(surrogate))(x);
  };
  const found = (estimator: (r: Rollout) => Tensor) => moments(enumerate(second(estimator)));
  const plain = found((r) => dice().surrogate(r));

  it('leave the mean of second derivatives as it is, and lower their variance', () => {
    const centred = found((r) => centredRewards(dice()).surrogate(r));
    expect(centred.mean.item()).toBeCloseTo(plain.mean.item(), 12);
    expect(centred.variance.item()).toBeLessThan(plain.variance.item() / 2);
  });

  it('which the mean of all plays, the own among them, would shrink', () => {
    const all = found((r) =>
      dice().surrogate({ ...r, rewards: sub(r.rewards, mean(r.rewards, 1, { keepDims: true })) }),
    );
    expect(all.mean.item()).toBeCloseTo(plain.mean.item() / 2, 12);
  });

  it('take no notice of what all plays are paid', () => {
    const slope = (rewards: Tensor) =>
      grad((x: Tensor) =>
        sum(centredRewards(dice()).surrogate({ logProbabilities: x, rewards, discount: 0.9 })),
      );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 5 }),
        fc.double({ min: -10, max: 10, noNaN: true }),
        (seed, steps, plays, same) => {
          const logs = normal(key(seed), [steps, plays, 2], 'float64');
          const rewards = normal(foldIn(key(seed), 1), [steps, plays, 2], 'float64');
          expect(distance(slope(add(rewards, same))(logs), slope(rewards)(logs))).toBeLessThan(1e-12);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('need more than one play', () => {
    const one = { logProbabilities: zeros([1, 1, 1]), rewards: zeros([1, 1, 1]), discount: 1 };
    expect(messageOf(() => centredRewards(dice()).surrogate(one))).toBe(
      'centredRewards: plays must be at least 2 in a batch; got 1',
    );
  });
});
