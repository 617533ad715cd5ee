import { add, at, jsExecutor, key, mul, normal, stack, sub, type Tensor, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bilinearGame,
  type ColaSettings,
  cola,
  colaTraining,
  hola,
  logisticGame,
  naive,
  type Rule,
  randomQuadraticGame,
} from '../src/index.ts';
import { flatGame } from '../src/networks/flat-game.ts';
import { shapingGradients } from '../src/rules/cola/consistency.ts';
import { seed } from './support/arbitraries.ts';

const full2 = (alpha: number, plays: number) => tensor(Array(plays).fill(alpha), { dtype: 'float64' });
const worst = (a: Tensor, b: Tensor) =>
  Math.max(...a.data.map((v: number, i: number) => Math.abs(v - b.data[i]) / (1 + Math.abs(b.data[i]))));

describe('shapingGradients', () => {
  test('makes HOLA(n + 1) of HOLA(n)', () => {
    fc.assert(
      fc.property(
        seed,
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.integer({ min: 0, max: 1 }),
        (from, alpha, order) => {
          const game = randomQuadraticGame(key(from), { dimensions: [2, 2], kind: 'generalSum' });
          const flat = flatGame('test', game, 'float64');
          const x = normal(key(from + 1), [2, 3, 2], 'float64');
          const field = (rule: Rule) => (y: Tensor) =>
            stack([0, 1].map((player) => flat.directions(rule, y, player)));
          const shaped = shapingGradients(
            flat,
            field(hola({ order, opponentRate: alpha })),
            x,
            full2(alpha, 3),
          );
          expect(worst(shaped, field(hola({ order: order + 1, opponentRate: alpha }))(x))).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('leaves the consistent directions of the bilinear game as they are', () => {
    // f_1 = x y = -f_2. Of g_1 = a x + b y and g_2 = -b x + a y the equation asks a = -2 alpha b and b = 1 + alpha a.
    const alpha = 0.3;
    const b = 1 / (1 + 2 * alpha ** 2);
    const a = -2 * alpha * b;
    const game = flatGame('test', bilinearGame(), 'float64');
    const x = normal(key(0), [2, 4, 1], 'float64');
    const linear = (p: number, q: number) => (y: Tensor) =>
      stack([add(mul(p, at(y, 0)), mul(q, at(y, 1))), sub(mul(p, at(y, 1)), mul(q, at(y, 0)))]);
    const rates = full2(alpha, 4);
    expect(worst(shapingGradients(game, linear(a, b), x, rates), linear(a, b)(x))).toBeLessThan(1e-12);
    expect(worst(shapingGradients(game, linear(a, 1), x, rates), linear(a, 1)(x))).toBeGreaterThan(1e-3);
  });
});

const settings: ColaSettings = {
  opponentRates: [0, 1],
  batch: 16,
  gradient: 'both',
  adam: { learningRate: 3e-3, beta2: 0.99, weightDecay: 0 },
  network: {
    units: 8,
    residualBlocks: 1,
    encoder: 'thesis',
    input: 'parameters',
    last: 'gelu',
    symmetric: true,
  },
};

describe('colaTraining', () => {
  test('learns: the two sides of the equation come closer', () => {
    const training = colaTraining(logisticGame(), settings, { updates: 300 });
    const { losses } = training.run(training.init(key(0)));
    const average = (from: number) =>
      Array.from(losses.data.slice(from, from + 30)).reduce((a, l) => a + l, 0) / 30;
    expect(average(270)).toBeLessThan(average(0) / 3);
  });

  test('the same key trains alike, and what is held constant does not learn', () => {
    const losses = (gradient: ColaSettings['gradient'], seed: number) => {
      const training = colaTraining(
        logisticGame(),
        { ...settings, batch: 3, gradient },
        { updates: 3, executor: jsExecutor },
      );
      return [...training.run(training.init(key(seed))).losses.data];
    };
    expect(losses('both', 0)).toEqual(losses('both', 0));
    expect(losses('both', 0)).not.toEqual(losses('both', 1));
    expect(losses('left', 0)[0]).toBe(losses('both', 0)[0]);
    expect(losses('left', 0)[2]).not.toBe(losses('both', 0)[2]);
  });

  test('its rule gives what the network says, and naive learning is another rule', () => {
    const training = colaTraining(logisticGame(), settings, { executor: jsExecutor });
    const { parameters } = training.init(key(0));
    const x = [tensor([3]), tensor([-1])];
    const rates = tensor([[0.5], [0.5]]);
    const outputs = training.network.outputs(parameters, tensor([[[3]], [[-1]]]), rates);
    const rule = cola({ network: training.network, parameters, opponentRate: 0.5 });
    for (const player of [0, 1]) {
      const direction = rule.direction(logisticGame(), x, player);
      expect(direction.data[0]).toBeCloseTo(outputs.data[player], 6);
      expect(direction.data[0]).not.toBeCloseTo(naive().direction(logisticGame(), x, player).data[0], 4);
    }
  });

  test('refuses settings that do not fit', () => {
    const refusal = (change: Partial<ColaSettings>) => () =>
      colaTraining(logisticGame(), { ...settings, ...change });
    expect(refusal({ opponentRates: [1, 1] })).toThrow(
      'colaTraining: opponentRates must be two finite numbers of at least 0, ascending; got 1, 1',
    );
    expect(refusal({ batch: 0 })).toThrow('colaTraining: batch must be a whole number of at least 1; got 0');
    expect(() =>
      cola({
        network: colaTraining(logisticGame(), settings).network,
        parameters: colaTraining(logisticGame(), settings).init(key(0)).parameters,
        opponentRate: -1,
      }),
    ).toThrow('cola: opponentRate must be a finite number of at least 0; got -1');
  });
});
