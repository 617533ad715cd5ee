import {
  type Class2x2,
  iga,
  matrixGame,
  nashEquilibria2x2,
  numpyUniform,
  random2x2Payoffs,
  type UpdateRule,
  wolfIga,
} from '@descant/autodiff-games';
import { at, jit, key, scan, stack, type Tensor, vmap } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { float64 } from './support/numbers.ts';

/**
 * The share of 1000 random games (seeds 0-999 of numpy) in which both players come within .05 of an equilibrium in 1000
 * steps, and the mean step at which they do, counted as by MATRL's released code: the first step is number 0, and a
 * game that has converged there counts when it is near at a later one.
 */
function converged(kind: Class2x2, rulesOf: (equilibrium: Tensor) => UpdateRule[], learningRate: number) {
  const games = Array.from({ length: 1000 }, (_, s) => random2x2Payoffs(numpyUniform(s, 9), kind));
  const equilibria = games.map((payoffs) => nashEquilibria2x2(payoffs).map(([p, q]) => [p[0], q[0]]));
  const play = (payoffs: Tensor, equilibrium: Tensor): Tensor => {
    const game = matrixGame({ payoffs, strategies: 'probabilities' });
    const step = (x: Tensor[]) =>
      rulesOf(equilibrium).map(
        (rule, i) => rule.update(game, x, i, rule.init(game, x, i, key(0)), learningRate).parameters,
      );
    const start = step([float64([0.9]), float64([0.2])]);
    const next = (x: Tensor[]): [Tensor[], Tensor] => [x, stack(x)];
    return scan((x: Tensor[], _: null) => next(step(x)), start, null, { length: 999 })[1];
  };
  const { data } = jit(vmap(play))(float64(games), float64(equilibria.map(([first]) => first)));
  const steps = equilibria.flatMap((points, g) => {
    for (let t = 1; t < 1000; t++) {
      const [p, q] = [0, 1].map((i) => data[(g * 999 + t - 1) * 2 + i]);
      if (points.some(([a, b]) => Math.abs(p - a) < 0.05 && Math.abs(q - b) < 0.05)) return [t];
    }
    return [];
  });
  return { rate: steps.length / 1000, mean: steps.reduce((a, b) => a + b, 0) / steps.length };
}

describe("MATRL's table 1, the row of WoLF that the paper left out, as its code gives it", () => {
  const wolf = (equilibrium: Tensor) =>
    [0, 1].map((i) => wolfIga({ equilibrium: stack([at(equilibrium, i)]), losingFactor: 6 }));

  test.each([
    ['coordination', 0.997, 74.8],
    ['antiCoordination', 0.988, 48.3],
    ['cyclic', 0.948, 168.4],
  ] as const)('%s', (kind, rate, mean) => {
    const found = converged(kind, wolf, 0.01);
    expect(found.rate).toBeCloseTo(rate, 6);
    expect(found.mean.toFixed(1)).toBe(mean.toFixed(1));
  });

  test('IGA has another row', () => {
    const found = converged('cyclic', () => [iga(), iga()], 0.02);
    expect(found.rate).toBeLessThan(0.8);
    expect(found.mean).toBeGreaterThan(400);
  });
});

describe("numpy's uniform numbers", () => {
  test('are those of numpy 1.24, past the first 624 words, too', () => {
    // numpy.random.seed(s); numpy.random.random_sample(1000)[[0, 311, 312, 999]]
    const some = (s: number) => [0, 311, 312, 999].map((i) => numpyUniform(s, 1000)[i]);
    expect(some(0)).toEqual([
      0.5488135039273248, 0.14694664540037505, 0.07952208258675575, 0.6771411441114241,
    ]);
    expect(some(2 ** 32 - 1)).toEqual([
      0.0976320289940138, 0.2845819535787153, 0.89887815082878, 0.556626859384112,
    ]);
  });
  test.each([
    [-1, 0, 'numpyUniform: seed must be a whole number in [0, 2^32); got -1'],
    [2 ** 32, 0, 'numpyUniform: seed must be a whole number in [0, 2^32); got 4294967296'],
    [0, 1.5, 'numpyUniform: count must be a whole number of at least 0; got 1.5'],
  ])('%s, %s is an error', (s, count, message) => {
    expect(() => numpyUniform(s, count)).toThrow(message);
  });
});
