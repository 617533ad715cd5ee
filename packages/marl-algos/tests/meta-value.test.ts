import { type Game, lambdaReturns, metaValue, pairNetwork } from '@descant/autodiff-games';
import { tracedIteratedMatrixGame } from '@descant/envs';
import { dice } from '@descant/estimators';
import {
  centredRewards,
  gruNetwork,
  metaValueLearning,
  sampledGame,
  tabularPolicy,
  train,
} from '@descant/marl-algos';
import {
  at,
  expandDims,
  foldIn,
  full,
  grad,
  jit,
  key,
  mean,
  mul,
  normal,
  reshape,
  stack,
  sub,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { adamw } from '@descant/tensor-ops/optim';
import { describe, expect, it } from 'vitest';
import { joined, separated } from '../src/meta-learning/flat-parameters.ts';
import { estimationOf, surrogateDirections } from '../src/meta-learning/meta-value-ascent.ts';
import { distance } from './support/distance.ts';
import { exactValues, wholeGame } from './support/enumeration.ts';
import { messageOf } from './support/errors.ts';

const small = {
  units: 8,
  residualBlocks: 1,
  encoder: 'thesis',
  input: 'probabilities',
  last: 'tanh',
  symmetric: false,
} as const;

/** Values per step of a game of two steps, known exactly. */
const whole = wholeGame('prisonersDilemma', 2);
const known: Game<Tensor> = {
  name: 'two steps',
  players: 2,
  values: (x) => {
    const values = mul(exactValues(whole, separated(whole, x)), 1 / 1.9);
    return [at(values, 0), at(values, 1)];
  },
  init: () => [normal(key(0), [5], 'float64'), normal(key(1), [5], 'float64')],
};
const slopesAt = (x: readonly Tensor[]) =>
  x.map((own, i) => grad((y: Tensor) => known.values(x.with(i, y))[i])(own));

describe('meta-values on plays', () => {
  it('are climbed as the rule for known values does, given its gradients', () => {
    const network = pairNetwork({ ...small, size: 5, outputs: 3 });
    const parameters = network.init(key(2), 'float64');
    const x = known.init(key(0));
    for (const discount of [0, 0.4, 1]) {
      const rule = metaValue({ network, parameters, formulation: 'U', discount });
      const directions = surrogateDirections(expandDims(stack(x), 1), expandDims(stack(slopesAt(x)), 1), {
        network,
        parameters,
        discounts: full([2, 1], discount, 'float64'),
      });
      [0, 1].forEach((i) => {
        expect(distance(reshape(at(directions, i), [5]), rule.direction(known, x, i))).toBeLessThan(1e-12);
      });
    }
  });

  it.each([
    ['dice', dice()],
    ['centred dice', centredRewards(dice())],
  ])('see a game as its values and gradients are in the mean (%s)', (_, estimator) => {
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2, dtype: 'float64' });
    const policies = tabularPolicy(5, 2, { dtype: 'float64' });
    const game = sampledGame({ environment, policies, plays: 8, discount: 0.9 });
    const x = known.init(key(0));
    const n = 2000;
    // n copies of one position: as many independent estimates.
    const copies = stack(x.map((own) => mul(full([n, 1], 1, 'float64'), own)));
    const estimate = jit((k: Tensor) => estimationOf(game, estimator)(copies, k));
    const { values, slopes } = estimate(key(7));
    const exact = slopesAt(x);
    const close = (found: Tensor, truth: number) => {
      const average = mean(found).item();
      const deviation = Math.sqrt(mean(mul(sub(found, average), sub(found, average))).item());
      // |z| <= 5: false alarm with probability 6e-7.
      expect(Math.abs(average - truth)).toBeLessThan((5 * deviation) / Math.sqrt(n) + 1e-12);
      expect(deviation / Math.sqrt(n)).toBeLessThan(0.02);
    };
    [0, 1].forEach((i) => {
      close(at(values, i), known.values(x)[i].item());
      for (let logit = 0; logit < 5; logit++) close(at(at(slopes, i), logit, 1), exact[i].data[logit]);
    });
  });

  it('learn the values of positions that do not move', async () => {
    // With alpha = 0 the process earns f(x) for ever, whatever gamma: U = f.
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 1 });
    const game = sampledGame({ environment, policies: tabularPolicy(5, 2, { scale: 2 }), plays: 8 });
    const network = { ...small, units: 16 };
    const meva = metaValueLearning(game, {
      learningRate: 0,
      opponent: 'metaValue',
      pairs: 32,
      horizon: 4,
      stride: 2,
      quantiles: 4,
      inertia: 0.9,
      optimizer: adamw({ learningRate: 5e-3, weightDecay: 0 }),
      network,
    });
    const { state, history } = await train(meva, { key: key(0), updates: 250 });
    const read = pairNetwork({ ...network, size: 5, outputs: 4 });
    const error = (parameters: typeof state.target) => {
      const errors = Array.from({ length: 40 }, (_, i) => {
        const x = joined(game, foldIn(key(9), i));
        const own = [0, 1].map((player) => 1 / (1 + Math.exp(-at(x, player).data[0])));
        const values = mean(read.outputs(parameters, expandDims(x, 1), tensor([[0.3], [0.9]])), -1);
        // Payoffs -1, -3, 0, -2: f_i = -2 + p_i (-1) + 2 p_j.
        return [0, 1].map((i) => Math.abs(values.data[i] - (-2 - own[i] + 2 * own[1 - i])));
      });
      return errors.flat().reduce((a, b) => a + b, 0) / 80;
    };
    expect(error(state.target)).toBeLessThan(0.25);
    expect(error(meva.init(key(0)).target)).toBeGreaterThan(0.8);
    expect(history[249].loss).toBeLessThan(history[0].loss);
  });

  it('have targets that are linear in rewards, so that noise does not bias them', () => {
    const values = normal(key(0), [4, 2, 3, 5], 'float64');
    const discounts = full([2, 3], 0.7, 'float64');
    const targets = (rewards: Tensor) => lambdaReturns({ rewards, values, discounts, lambda: 0.9 });
    const [a, b] = [1, 2].map((seed) => normal(key(seed), [3, 2, 3], 'float64'));
    const middle = mul(0.5, sub(a, mul(-1, b)));
    expect(distance(mul(0.5, sub(targets(a), mul(-1, targets(b)))), targets(middle))).toBeLessThan(1e-12);
  });

  it('say what does not fit', () => {
    const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2 });
    const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 8 });
    const options = {
      learningRate: 1,
      opponent: 'naive',
      optimizer: adamw({ learningRate: 1e-3 }),
      network: small,
    } as const;
    const make = (change: object) => messageOf(() => metaValueLearning(game, { ...options, ...change }));
    expect(make({ stride: 7 })).toBe('metaValueLearning: horizon must be a multiple of stride = 7; got 100');
    expect(make({ lambda: 2 })).toBe('metaValueLearning: lambda must lie in [0, 1]; got 2');
    expect(make({ pairs: 0 })).toBe('metaValueLearning: pairs must be a whole number of at least 1; got 0');
    expect(make({ opponent: 'LOLA' })).toBe(
      'metaValueLearning: opponent must be metaValue or naive; got LOLA',
    );
    expect(make({ learningRate: Number.NaN })).toBe(
      'metaValueLearning: learningRate must be a finite number; got NaN',
    );
    const unequal = sampledGame({
      environment,
      policies: [tabularPolicy(5, 2), gruNetwork({ inputShape: [5], units: 2, outputs: 2 })],
      plays: 8,
    });
    expect(messageOf(() => metaValueLearning(unequal, options))).toMatch(
      /^metaValueLearning: game must have two seats with equally many parameters; got \[5, \d+\]$/,
    );
  });
});
