import {
  iteratedGame,
  iteratedMatchingPennies,
  iteratedPrisonersDilemma,
  lola,
  matrixGame,
  naive,
  namedPayoffs,
  publicGoodsPayoffs,
} from '@descant/autodiff-games';
import { metaGame, mFos, mFosSelfPlay, train } from '@descant/marl-algos';
import {
  abs,
  add,
  concat,
  grad,
  jit,
  key,
  max,
  mean,
  mul,
  normal,
  sigmoid,
  square,
  stack,
  sub,
  sum,
  tensor,
  zeros,
} from '@descant/tensor-ops';
import { normal as normalDistribution } from '@descant/tensor-ops/distributions';
import { adam } from '@descant/tensor-ops/optim';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clippedObjective, ppoEpochs, standardised } from '../src/meta-learning/clipped-objective.ts';
import { drawAction, evaluateGaussian, initGaussian } from '../src/meta-learning/gaussian-policy.ts';
import { distance } from './support/distance.ts';
import { messageOf } from './support/errors.ts';

const float64 = (data: number[]) => tensor(data, { dtype: 'float64' });
const chicken = matrixGame({ name: 'Chicken', payoffs: namedPayoffs.chicken });

describe('meta-games', () => {
  const logit = fc.double({ min: -6, max: 6, noNaN: true });
  const vector = fc.array(logit, { minLength: 5, maxLength: 5 }).map(float64);
  const rules = [
    naive(),
    lola({ kind: 'taylorFull', opponentRate: 25 }),
    lola({ kind: 'exact', opponentRate: 25 }),
  ];

  it('step as their equations say', () => {
    fc.assert(
      fc.property(vector, vector, fc.constantFrom(...rules), (x, y, opponent) => {
        for (const game of [iteratedPrisonersDilemma(), iteratedMatchingPennies()]) {
          const shaping = metaGame({ game, opponent, learningRate: 2.5, dtype: 'float64' });
          const { rewards, learner, observation } = shaping.step(y, x);
          expect(distance(rewards, stack(game.values([x, y])))).toBe(0);
          expect(distance(learner, add(y, mul(2.5, opponent.direction(game, [x, y], 1))))).toBe(0);
          expect(distance(observation, sigmoid(concat([x, y])))).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('show the learner as it was before its step', () => {
    const shaping = metaGame({ game: chicken, opponent: naive(), learningRate: 1, dtype: 'float64' });
    const { observation, learner } = shaping.step(float64([0]), float64([0]));
    // Against a coin, swerving is worth (0 - 1) / 2, going straight (1 - 100) / 2; sigma' = 1/4, and (49.5 - 0.5) / 4 = 12.25.
    expect(learner.toArray()).toEqual([12.25]);
    expect(observation.toArray()).toEqual([0.5, 0.5]);
    const start = shaping.start(key(3));
    const [own, before] = chicken.init(key(3), 'float64');
    expect(distance(start.observation, sigmoid(concat([own, before])))).toBe(0);
    expect(distance(start.learner, shaping.step(before, own).learner)).toBe(0);
    expect(distance(start.learner, before)).toBeGreaterThan(0.1);
  });

  it('say what does not fit', () => {
    const three = iteratedGame({ name: 'public goods', payoffs: publicGoodsPayoffs({ players: 3 }) });
    const options = { opponent: naive(), learningRate: 1 };
    expect(messageOf(() => metaGame({ ...options, game: three }))).toBe(
      `metaGame: game must have two players; got public goods with 3`,
    );
    const rockPaperScissors = { ...chicken, name: 'tables', init: () => [zeros([2, 2]), zeros([2, 2])] };
    expect(messageOf(() => metaGame({ ...options, game: rockPaperScissors }))).toBe(
      'metaGame: game must have a vector of parameters a player; got tables with shapes [2, 2] and [2, 2]',
    );
    expect(messageOf(() => metaGame({ ...options, game: chicken, learningRate: Number.NaN }))).toBe(
      'metaGame: learningRate must be a finite number; got NaN',
    );
  });
});

describe('Gaussian meta-policies', () => {
  const parameters = initGaussian(key(0), 3, 4, 2, 'float64');
  const observations = normal(key(1), [7, 5, 3], 'float64');
  const actions = normal(key(2), [7, 5, 2], 'float64');

  it('have the density and the entropy of independent normal distributions', () => {
    const { logProbabilities, entropies, values } = evaluateGaussian(parameters, observations, actions);
    // Networks by hand; the outputs are means and the logarithms of exp(variance) - 1.
    const [first, last] = parameters.actor;
    const layer = ({ weights, bias }: typeof first, x: readonly number[]) =>
      Array.from(bias.data, (b, j) => x.reduce((s, v, i) => s + v * weights.data[i * bias.size + j], b));
    const outputs = (o: readonly number[]) => layer(last, layer(first, o).map(Math.tanh));
    const rows = observations.data.length / 3;
    for (let row = 0; row < rows; row++) {
      const out = outputs(Array.from(observations.data.slice(3 * row, 3 * row + 3)));
      const p = normalDistribution({
        mean: float64(out.slice(0, 2)),
        standardDeviation: float64(out.slice(2).map((v) => Math.sqrt(Math.log1p(Math.exp(v))))),
      });
      const action = float64(Array.from(actions.data.slice(2 * row, 2 * row + 2)));
      expect(logProbabilities.data[row]).toBeCloseTo(sum(p.logProb(action)).item(), 12);
      expect(entropies.data[row]).toBeCloseTo(sum(p.entropy()).item(), 12);
    }
    expect(values.shape).toEqual([7, 5]);
  });

  it('draw what they say', () => {
    const plays = 20_000;
    const seen = add(zeros([plays, 3], 'float64'), float64([0.3, -1, 2]));
    const { action, logProbability } = drawAction(parameters, seen, key(4));
    const { logProbabilities, entropies } = evaluateGaussian(parameters, seen, action);
    expect(distance(logProbability, logProbabilities)).toBe(0);
    // E[-log p] is the entropy; |z| <= 5: false alarm with probability 6e-7.
    const error = add(logProbability, entropies);
    const standardError = Math.sqrt(mean(square(error)).item() / plays);
    expect(Math.abs(mean(error).item())).toBeLessThan(5 * standardError);
    expect(standardError).toBeLessThan(0.01);
  });
});

describe("M-FOS' PPO", () => {
  it('has the gradient of the closed form, with and without the clip', () => {
    // Ratios 1, 1.5, 0.5, 1.5, 0.5 with advantages R - V = 2, 2, 2, -1, -1, and c = 0.2.
    const ratios = [1, 1.5, 0.5, 1.5, 0.5];
    const values = float64([0.5, 0.5, 0.5, 0.5, 0.5]);
    const kept = {
      logProbabilities: zeros([5], 'float64'),
      returns: float64([2.5, 2.5, 2.5, -0.5, -0.5]),
    };
    const x = { logs: float64(ratios.map(Math.log)), values, entropies: float64([1, 1, 1, 1, 1]) };
    const objective = (y: typeof x, clip: number) =>
      clippedObjective({ logProbabilities: y.logs, values: y.values, entropies: y.entropies }, kept, {
        clip,
        entropy: 0.25,
      });
    const slope = grad((y: typeof x) => objective(y, 0.2))(x);
    // Beyond the clip there is nothing to gain: 1.5 with A > 0, and 0.5 with A < 0.
    const expected = [2, 0, 1, -1.5, 0].map((v) => v / 5);
    expect(distance(slope.logs, float64(expected))).toBeLessThan(1e-15);
    expect(distance(slope.values, float64([2, 2, 2, -1, -1].map((v) => v / 5)))).toBeLessThan(1e-15);
    expect(distance(slope.entropies, float64([0.05, 0.05, 0.05, 0.05, 0.05]))).toBeLessThan(1e-15);
    // min: 2, 2.4, 1, -1.5, -0.8; squares 4, 4, 4, 1, 1.
    expect(objective(x, 0.2).item()).toBeCloseTo((2 + 2.4 + 1 - 1.5 - 0.8 - 7 + 1.25) / 5, 12);
    // A clip that never binds leaves the plain ratio.
    const wide = grad((y: typeof x) => objective(y, 9))(x);
    expect(distance(wide.logs, float64([2, 3, 1, -1.5, -0.5].map((v) => v / 5)))).toBeLessThan(1e-15);
  });

  it('starts at the policy gradient of standardised advantages', () => {
    const parameters = initGaussian(key(0), 3, 4, 2, 'float64');
    const observations = normal(key(1), [6, 5, 3], 'float64');
    const actions = normal(key(2), [6, 5, 2], 'float64');
    const returns = standardised(normal(key(3), [6, 5], 'float64'));
    expect(mean(returns).item()).toBeCloseTo(0, 12);
    expect(sum(square(returns)).item()).toBeCloseTo(29, 2);
    const evaluate = (p: typeof parameters) => evaluateGaussian(p, observations, actions);
    const { logProbabilities, values } = evaluate(parameters);
    const kept = { logProbabilities, returns };
    const plain = { init: () => ({}), update: <P>(gradients: P) => ({ updates: gradients, state: {} }) };
    const after = ppoEpochs({ parameters, optimizer: {} }, evaluate, kept, {
      optimizer: plain,
      epochs: 1,
      entropy: 0,
    });
    const reinforce = grad((p: typeof parameters) =>
      mean(mul(evaluate(p).logProbabilities, sub(returns, values))),
    )(parameters);
    const moved = sub(parameters.actor[0].weights, after.parameters.actor[0].weights);
    expect(distance(moved, reinforce.actor[0].weights)).toBeLessThan(1e-12);
    expect(max(abs(moved)).item()).toBeGreaterThan(1e-3);
  });

  it('exploits a naive learner in Chicken, reproducibly', async () => {
    const shaping = metaGame({ game: chicken, opponent: naive(), learningRate: 1 });
    const agent = mFos(shaping, { plays: 64, hidden: 32, optimizer: adam({ learningRate: 0.01 }) });
    const { history } = await train(agent, { key: key(0), updates: 100 });
    // Lu et al. 2022 and the thesis: 0.97 after 1024 updates; going straight always would be 1.
    expect(history[99]['0.reward']).toBeGreaterThan(0.8);
    expect(history[99]['1.reward']).toBeLessThan(-0.8);
    expect(history[0]['0.reward']).toBeLessThan(0.5);
  });
});

describe('M-FOS against itself', () => {
  const game = iteratedMatchingPennies();
  const small = { plays: 4, steps: 3, hidden: 4, learningRate: 2.5 };

  it('practises first, and plays matches later', () => {
    const always = mFosSelfPlay(game, { ...small, annealing: 1 });
    const never = mFosSelfPlay(game, { ...small, annealing: 1e-9 });
    const total = (pair: typeof always) => {
      const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
      return Math.abs(metrics['0.reward'].item() + metrics['1.reward'].item());
    };
    // In a match of a zero-sum game one wins what the other loses; in practice both play against others.
    expect(total(always)).toBeLessThan(1e-6);
    expect(total(never)).toBeGreaterThan(1e-3);
  });

  it('lets both agents learn, and counts updates', () => {
    const pair = mFosSelfPlay(game, { ...small, annealing: 0.5 });
    const start = pair.init(key(0));
    const update = jit(pair.update);
    const once = update(start, key(1)).state;
    expect(once.updates.item()).toBe(1);
    expect(update(once, key(2)).state.updates.item()).toBe(2);
    for (const seat of [0, 1]) {
      const [before, after] = [start, once].map((s) => s.agents[seat].parameters.actor[0].weights);
      expect(distance(before, after)).toBeGreaterThan(0);
    }
  });

  it('says what does not fit', () => {
    const shaping = metaGame({ game, opponent: naive(), learningRate: 1 });
    const cases: [string, () => unknown][] = [
      ['mFos: discount must lie in [0, 1]; got 1.5', () => mFos(shaping, { discount: 1.5 })],
      ['mFos: clip must be positive; got 0', () => mFos(shaping, { clip: 0 })],
      ['mFos: plays must be a whole number of at least 1; got 0', () => mFos(shaping, { plays: 0 })],
      [
        'mFos: plays must be at least 2 with one step, to standardise returns; got 1',
        () => mFos(shaping, { plays: 1, steps: 1 }),
      ],
      [
        'mFosSelfPlay: annealing must be positive; got 0',
        () => mFosSelfPlay(game, { ...small, annealing: 0 }),
      ],
    ];
    for (const [message, make] of cases) expect(messageOf(make)).toBe(message);
  });
});
