import {
  defineGame,
  type FtnplMediator,
  type FtnplOptions,
  matrixGame,
  namedPayoffs,
  pennies,
  runFtnpl,
} from '@descant/autodiff-games';
import { at, grad, key, mul, sum, tensor, zeros } from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { logProbability, type Policy } from '../src/rules/ftnpl-mediator.ts';
import { normals } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { executors } from './support/executors.ts';
import { elements, relativeError } from './support/numbers.ts';

const convex = pennies({ convex: true });
const options: FtnplOptions = {
  mediator: 'learned',
  codes: 'mean',
  learningRate: 0.05,
  mediatorRate: 0.1,
  steps: 20,
  stride: 1,
  key: key(1),
  pairs: 3,
  dtype: 'float64',
};

/** The first probabilities of both players in one pair, at each recorded time. */
const path = ({ strategies }: ReturnType<typeof runFtnpl>, pair: number) =>
  elements(at(at(strategies[0], pair), 0, 1)).map((p, t) => [
    p,
    elements(at(at(strategies[1], pair), 0, 1))[t],
  ]);

describe('with codes that never change, the steps written out on plain numbers', () => {
  /** Logits (z, 0) of both players from their strategies. */
  const writtenOut = (
    start: readonly number[],
    steps: number,
    queueSize: number,
    rate: number,
    game: 'convex' | 'not',
  ) => {
    const sigma = (z: number) => 1 / (1 + Math.exp(-z));
    const queues = start.map((p) => [Math.log(p / (1 - p))]);
    const out = [[...start]];
    for (let t = 0; t < steps; t++) {
      const latest = queues.map((q) => q[q.length - 1]);
      const [s, u] = latest.map((z) => sigma(z) - 0.5);
      const moved = queues.map((queue, i) => {
        const used = queue.slice(-queueSize);
        const gradients = used.map((z) => {
          const own = sigma(z);
          // f_1 = -4 s u; f_2 = 4 s u, or min(0, 4 s u); the difference of the two logits moves twice as far as one.
          const slope = i === 0 ? -4 * u : game === 'convex' || s * (own - 0.5) < 0 ? 4 * s : 0;
          return 2 * slope * own * (1 - own);
        });
        return latest[i] + (rate * gradients.reduce((a, b) => a + b, 0)) / used.length;
      });
      for (const [i, z] of moved.entries()) queues[i].push(z);
      out.push(moved.map(sigma));
    }
    return out;
  };

  test.each([
    ['zeroCode', 1, true],
    ['zeroCode', 5, true],
    ['zeroCode', 3, false],
  ] as const)('%s, queue of %s, convex: %s', (mediator, queueSize, isConvex) => {
    const codeSize = 2;
    const found = runFtnpl(pennies({ convex: isConvex }), { ...options, mediator, queueSize, codeSize });
    for (const pair of [0, 1, 2]) {
      const all = path(found, pair);
      const expected = writtenOut(all[0], 20, queueSize, 0.05, isConvex ? 'convex' : 'not');
      expect(relativeError(all.flat(), expected.flat())).toBeLessThan(1e-11);
      const other = writtenOut(all[0], 20, queueSize + 1, 0.05, isConvex ? 'convex' : 'not');
      expect(relativeError(all.flat(), other.flat())).toBeGreaterThan(1e-9);
    }
    expect(elements(found.codes).every((c) => c === 0)).toBe(true);
  });
});

describe.each(executors)('runs on $name', (executor) => {
  test('are the same for the same key, differ by key, and hold strategies', () => {
    const found = runFtnpl(convex, { ...options, codes: 'sampled', executor });
    expect(elements(runFtnpl(convex, { ...options, codes: 'sampled', executor }))).toEqual(elements(found));
    expect(elements(runFtnpl(convex, { ...options, codes: 'sampled', executor, key: key(2) }))).not.toEqual(
      elements(found),
    );
    expect(elements(sum(found.strategies[0], -1)).every((s) => Math.abs(s - 1) < 1e-12)).toBe(true);
    expect(elements(found.codes).every((c) => Math.abs(c) < 1)).toBe(true);
    expect(found.steps).toEqual(Array.from({ length: 21 }, (_, t) => t));
  });
});

describe('the mediator', () => {
  test('follows the score of a Gaussian in what it sees', () => {
    // Small enough that the log standard deviations are not clipped.
    const stdWeights = mul(normals(4, [[2, 4]])[0], 0.1);
    const [meanWeights, sight, draw] = normals(3, [[2, 4], [4], [2]]);
    const bias = tensor([0.1, -0.2], { dtype: 'float64' });
    const policy: Policy = { mean: { weights: meanWeights, bias }, logStd: { weights: stdWeights, bias } };
    const score = grad((p: Policy) => logProbability(p, sight, draw))(policy);
    const rows = (w: typeof meanWeights) => w.toArray() as number[][];
    const affine = (w: number[][]) =>
      w.map((row, i) => row.reduce((t, v, k) => t + v * elements(sight)[k], elements(bias)[i]));
    const z = affine(rows(meanWeights)).map((m, i) => elements(draw)[i] - m);
    const variance = affine(rows(stdWeights)).map((l) => Math.exp(2 * Math.max(-20, Math.min(2, l))));
    expect(
      relativeError(
        elements(score.mean.bias),
        z.map((v, i) => v / variance[i]),
      ),
    ).toBeLessThan(1e-12);
    expect(
      relativeError(
        elements(score.logStd.bias),
        z.map((v, i) => v ** 2 / variance[i] - 1),
      ),
    ).toBeLessThan(1e-12);
    const outer = z.flatMap((v, i) => elements(sight).map((o) => (v / variance[i]) * o));
    expect(relativeError(elements(score.mean.weights), outer)).toBeLessThan(1e-12);
  });

  test('gives a draw its density, not its code: the reference value of tanh Gaussians', () => {
    // tanh_gaussian of the project's reference vectors; the released code of FTNPL has the second number.
    const [mean, logStd, eps] = [
      [0.3, -0.8],
      [-0.5, 0.2],
      [0.7, -1.1],
    ];
    const bias = (values: number[]) => ({
      weights: zeros([2, 4], 'float64'),
      bias: tensor(values, { dtype: 'float64' }),
    });
    const policy: Policy = { mean: bias(mean), logStd: bias(logStd) };
    const draw = mean.map((m, i) => m + Math.exp(logStd[i]) * eps[i]);
    const codes = draw.map(Math.tanh);
    const densityAt = (point: number[]) =>
      logProbability(policy, zeros([4], 'float64'), tensor(point, { dtype: 'float64' })).item();
    // From the draw's density to the code's, as the reference has it.
    const change = codes.reduce((sum, y) => sum - Math.log(1 - y ** 2 + 1e-6), 0);
    const constant = densityAt(draw) + change - 1.0248172499;
    // Ours leaves out what does not depend on the parameters.
    expect(constant).toBeCloseTo(Math.log(2 * Math.PI), 9);
    expect(densityAt(codes) + change - constant).toBeCloseTo(1.72585595609, 9);
  });

  test('earns nothing and stays when players do not move; otherwise it learns', () => {
    const codes = (change: Partial<FtnplOptions>) =>
      elements(runFtnpl(convex, { ...options, ...change }).codes);
    const still = { learningRate: 0 };
    expect(codes(still)).toEqual(codes({ ...still, mediator: 'frozen' }));
    const moving = { learningRate: 1, mediatorRate: 10 };
    expect(relativeError(codes(moving), codes({ ...moving, mediator: 'frozen' }))).toBeGreaterThan(1e-3);
  });
});

describe('matching pennies, 8 pairs, 20000 steps', () => {
  /** The largest distance of the strategies to the equilibrium at the end. */
  const worst = (isConvex: boolean, mediator: FtnplMediator, codes: 'mean' | 'sampled') => {
    const found = runFtnpl(pennies({ convex: isConvex }), {
      ...options,
      mediator,
      codes,
      learningRate: isConvex ? 0.05 : [0.1, 0.05],
      steps: 20000,
      stride: 20000,
      pairs: 8,
    });
    return Math.max(
      ...Array.from({ length: 8 }, (_, pair) => {
        const [, [p, q]] = path(found, pair);
        return Math.hypot(p - 0.5, q - 0.5);
      }),
    );
  };

  test('convex: converges with the mediator, learned or frozen, and not with zero or constant codes', () => {
    expect(worst(true, 'learned', 'mean')).toBeLessThan(1e-3);
    expect(worst(true, 'frozen', 'mean')).toBeLessThan(1e-3);
    expect(worst(true, 'zeroCode', 'mean')).toBeGreaterThan(0.3);
    expect(worst(true, 'constantCode', 'mean')).toBeGreaterThan(0.3);
  });

  test('non-convex: converges with sampled codes, and without any', () => {
    for (const mediator of ['learned', 'frozen', 'zeroCode', 'constantCode'] as const) {
      expect(worst(false, mediator, 'sampled')).toBeLessThan(1e-3);
    }
  });
});

test('plays games of three actions', () => {
  const game = matrixGame({ payoffs: namedPayoffs.rockPaperScissors });
  const { strategies, codes } = runFtnpl(game, { ...options, codeSize: 1, pairs: 2 });
  expect(strategies.map((s) => s.shape)).toEqual([
    [2, 21, 3],
    [2, 21, 3],
  ]);
  expect(codes.shape).toEqual([2, 21, 1]);
});

describe('errors', () => {
  const matrices = defineGame({ name: 'matrices', shapes: [[1]], values: (x) => [sum(x)] });
  test.each([
    [{ queueSize: 0 }, 'runFtnpl: queueSize must be a whole number of at least 1; got 0'],
    [{ stride: 3 }, 'runFtnpl: stride must divide steps = 20; got 3'],
    [
      { learningRate: [1, 2, 3] },
      'runFtnpl: learningRate must be a finite number of at least 0, or 2 of them; got 1, 2, 3',
    ],
    [{ mediatorRate: -1 }, 'runFtnpl: mediatorRate must be a finite number of at least 0; got -1'],
    [
      { mediator: 'none' as 'frozen' },
      'runFtnpl: mediator must be one of learned, frozen, zeroCode, constantCode; got none',
    ],
    [{ codes: 'both' as 'mean' }, 'runFtnpl: codes must be mean or sampled; got both'],
  ])('%o', (change, message) => {
    expect(messageOf(() => runFtnpl(convex, { ...options, ...change }))).toBe(message);
  });

  test('a game without logits', () => {
    expect(messageOf(() => runFtnpl(matrices, { ...options, learningRate: 1 }))).toBe(
      'runFtnpl: game must have the logits of two or more actions for its parameters, shape [A]; got [1] for player 0',
    );
  });
});
