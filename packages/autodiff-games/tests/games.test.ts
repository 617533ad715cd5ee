import {
  bilinearGame,
  cgd,
  type Game,
  gameHessian,
  initialBatch,
  logisticGame,
  lola,
  naive,
  type QuadraticKind,
  quadraticGame,
  type Rule,
  randomQuadraticGame,
  run,
  simultaneousGradient,
  tandemGame,
} from '@descant/autodiff-games';
import { key, reshape, type Tensor, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normals, quadratic, seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { executors } from './support/executors.ts';
import { elements, float64, relativeError } from './support/numbers.ts';

describe('quadratic games', () => {
  /** How far the game Hessian is from symmetric (sign 1) or antisymmetric (sign -1). */
  const asymmetry = (kind: QuadraticKind, sign: number) =>
    quadratic(kind).map(({ game, x }) => {
      const hessian = gameHessian(game, x).toArray() as number[][];
      return Math.max(...hessian.flatMap((row, a) => row.map((v, b) => Math.abs(v - sign * hessian[b][a]))));
    });
  const settings = { numRuns: 30, seed: 1 };

  test('potential games have symmetric Hessians, Hamiltonian games antisymmetric ones', () => {
    fc.assert(
      fc.property(asymmetry('potential', 1), (gap) => gap < 1e-14),
      settings,
    );
    fc.assert(
      fc.property(asymmetry('hamiltonian', -1), (gap) => gap < 1e-14),
      settings,
    );
  });

  test('other games do not', () => {
    fc.assert(
      fc.property(asymmetry('generalSum', 1), (gap) => gap > 1e-3),
      settings,
    );
    fc.assert(
      fc.property(asymmetry('generalSum', -1), (gap) => gap > 1e-3),
      settings,
    );
    fc.assert(
      fc.property(asymmetry('hamiltonian', 1), (gap) => gap > 1e-3),
      settings,
    );
  });

  test('the value, written out', () => {
    const matrices = [
      [
        [2, 1, 0],
        [1, 4, -1],
        [0, -1, 6],
      ],
      [
        [0, 3, 1],
        [3, 0, 1],
        [1, 1, 0],
      ],
    ];
    const game = quadraticGame({
      dimensions: [1, 2],
      matrices,
      vectors: [
        [1, 0, 2],
        [0, -1, 0],
      ],
    });
    const value = game.values([float64([3]), float64([1, -2])]);
    // x'Qx / 2 = (18 + 6 + 4 + 4 + 24) / 2, b'x = 3 - 4; and (18 - 12 - 4) / 2 - 1.
    expect(elements(value)).toEqual([27, 0]);
  });

  test('the same key gives the same game, another key another one', () => {
    const hessian = (from: number) => {
      const game = randomQuadraticGame(key(from), { dimensions: [1, 2], kind: 'generalSum' });
      return elements(gameHessian(game, normals(0, [[1], [2]])));
    };
    expect(hessian(7)).toEqual(hessian(7));
    expect(hessian(8)).not.toEqual(hessian(7));
  });
});

describe('the bilinear game', () => {
  const steps = 40;
  /** |x| at every step of learning on x' M y from a random start. */
  const norms = (
    rule: Rule,
    game: Game,
    sizes: readonly number[],
    from: number,
    learningRate: number,
  ): number[] => {
    const start = normals(
      from,
      sizes.map((d) => [1, d]),
    );
    const { parameters } = run(game, start, { rules: [rule, rule], learningRate, steps, stride: 1 });
    const paths = parameters.map((p, i) => reshape(p, [steps + 1, sizes[i]]).toArray() as number[][]);
    return paths[0].map((x, t) => Math.hypot(...x, ...paths[1][t]));
  };
  const ratios = (path: readonly number[]) => path.slice(1).map((v, t) => v / path[t]);
  const draw = fc.record({
    dimension: fc.integer({ min: 1, max: 4 }),
    from: seed,
    eta: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
  });
  const settings = { numRuns: 8, seed: 2 };

  test('simultaneous gradient ascent grows by sqrt(1 + eta^2) a step', () => {
    fc.assert(
      fc.property(draw, ({ dimension, from, eta }) => {
        const found = ratios(norms(naive(), bilinearGame({ dimension }), [dimension, dimension], from, eta));
        expect(
          relativeError(
            found,
            found.map(() => Math.sqrt(1 + eta ** 2)),
          ),
        ).toBeLessThan(1e-11);
      }),
      settings,
    );
  });

  test('competitive gradient descent shrinks by 1 / sqrt(1 + eta^2) a step, and not with another opponent rate', () => {
    fc.assert(
      fc.property(draw, ({ dimension, from, eta }) => {
        const found = (rule: Rule) =>
          ratios(norms(rule, bilinearGame({ dimension }), [dimension, dimension], from, eta));
        const expected = found(naive()).map(() => 1 / Math.sqrt(1 + eta ** 2));
        expect(relativeError(found(cgd({ ownRate: eta })), expected)).toBeLessThan(1e-11);
        expect(relativeError(found(cgd({ ownRate: eta, opponentRate: 2 * eta })), expected)).toBeGreaterThan(
          1e-6,
        );
      }),
      settings,
    );
  });

  test('with a matrix, only what it connects moves, by its singular value', () => {
    const [rule, eta] = [cgd({ ownRate: 0.1 }), 0.1];
    const options = { rules: [rule, rule], learningRate: eta, steps: 1 };
    const start = normals(5, [
      [1, 1],
      [1, 3],
    ]);
    const { parameters } = run(bilinearGame({ matrix: [[0, 3, 0]] }), start, options);
    const [[before, after], [first, second]] = parameters.map((p) => (p.toArray() as number[][][])[0]);
    const shrinking = Math.hypot(after[0], second[1]) / Math.hypot(before[0], first[1]);
    expect(shrinking).toBeCloseTo(1 / Math.sqrt(1 + (3 * eta) ** 2), 12);
    expect([second[0], second[2]]).toEqual([first[0], first[2]]);
  });
});

describe('the logistic game', () => {
  const gradientAt = (x: number) =>
    elements(simultaneousGradient(logisticGame(), [float64([x]), float64([x])]));

  test('has its fixed points A and B at +-5.03070988 on the diagonal', () => {
    for (const x of [5.03070988, -5.03070988])
      expect(Math.max(...gradientAt(x).map(Math.abs))).toBeLessThan(1e-9);
    expect(Math.abs(gradientAt(5.0307)[0])).toBeGreaterThan(1e-8);
  });

  test('starts uniformly on (-8, 8)', () => {
    const pairs = 4096;
    const x = initialBatch(logisticGame(), key(3), pairs, 'float64').flatMap(elements);
    expect(Math.max(...x)).toBeLessThan(8);
    expect(Math.min(...x)).toBeGreaterThanOrEqual(-8);
    // Mean 0 with standard error (16 / sqrt 12) / sqrt 8192 = 0.051: |z| > 5 has probability 6e-7.
    expect(Math.abs(x.reduce((a, b) => a + b) / x.length)).toBeLessThan(5 * 0.051);
  });

  test.each(executors)('has the basins of thesis figure 6.2 on $name', (executor) => {
    const axis = Array.from({ length: 29 }, (_, i) => -10 + (20 * i) / 28);
    const grid = [
      tensor(
        axis.flatMap((x) => axis.map(() => [x])),
        { dtype: 'float64' },
      ),
      tensor(
        axis.flatMap(() => axis.map((y) => [y])),
        { dtype: 'float64' },
      ),
    ];
    const inQuadrant = (rule: Rule) => {
      const { parameters } = run(logisticGame(), grid, {
        rules: [rule, rule],
        learningRate: 1,
        steps: 200,
        executor,
      });
      const [x, y] = parameters.map((p) => elements(p).filter((_, i) => i % 2 === 1));
      return x.filter((v, i) => v > 0 && y[i] > 0).length;
    };
    // Cells with x = -y depend on rounding: three cells are allowed. Naive and LOLA with rate 10 differ by ten.
    expect(Math.abs(inQuadrant(naive()) - 425)).toBeLessThanOrEqual(3);
    expect(Math.abs(inQuadrant(lola({ kind: 'exact', opponentRate: 10 })) - 435)).toBeLessThanOrEqual(3);
  });
});

test('naive learners of the tandem game settle on x + y = 1', () => {
  const start = initialBatch(tandemGame(), key(4), 5, 'float64');
  const { parameters } = run(tandemGame(), start, {
    rules: [naive(), naive()],
    learningRate: 0.1,
    steps: 200,
  });
  const [x, y] = parameters.map((p) => (p.toArray() as number[][][]).map((times) => times[1][0]));
  x.forEach((v, i) => {
    expect(v + y[i]).toBeCloseTo(1, 10);
  });
});

test('starting values are standard normals, of all players independently', () => {
  const pairs = 4096;
  const draws: Tensor[] = initialBatch(bilinearGame({ dimension: 1 }), key(5), pairs, 'float64');
  const [x, y] = draws.map(elements);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / pairs;
  // Standard errors 1, 1 and sqrt 2 over sqrt 4096 = 64: |z| > 5 has probability 6e-7 each.
  expect(Math.abs(mean(x)) * 64).toBeLessThan(5);
  expect(Math.abs(mean(x.map((v, i) => v * y[i]))) * 64).toBeLessThan(5);
  expect((Math.abs(mean(x.map((v) => v * v)) - 1) * 64) / Math.SQRT2).toBeLessThan(5);
});

describe('errors', () => {
  const one = [[[1]]];
  test.each([
    [
      () => bilinearGame({ dimension: 0 }),
      'bilinearGame: dimension must be a whole number of at least 1; got 0',
    ],
    [
      () => bilinearGame({ matrix: [[1], [1, 2]] }),
      'bilinearGame: matrix must be rows of equally many finite numbers; got [[1],[1,2]]',
    ],
    [
      () => bilinearGame({ matrix: [] }),
      'bilinearGame: matrix must be rows of equally many finite numbers; got []',
    ],
    [
      () => bilinearGame({ dimension: 1, matrix: [[1]] }),
      'bilinearGame: options must hold a dimension or a matrix; got both',
    ],
    [
      () => quadraticGame({ dimensions: [0], matrices: one }),
      'quadraticGame: dimensions must be an array of whole numbers of at least 1, one a player; got [0]',
    ],
    [
      () => quadraticGame({ dimensions: [1, 1], matrices: one }),
      'quadraticGame: matrices must hold finite numbers of shape [2, 2, 2]; got [1, 1, 1]',
    ],
    [
      () => quadraticGame({ dimensions: [1], matrices: [[[Number.NaN]]] }),
      'quadraticGame: matrices must hold finite numbers of shape [1, 1, 1]; got NaN or Infinity',
    ],
    [
      () => quadraticGame({ dimensions: [1], matrices: one, vectors: [1] }),
      'quadraticGame: vectors must hold finite numbers of shape [1, 1]; got [1]',
    ],
    [
      () => randomQuadraticGame(key(0), { dimensions: [1], kind: 'zeroSum' as 'potential' }),
      'randomQuadraticGame: kind must be one of generalSum, potential, hamiltonian; got zeroSum',
    ],
    [
      () => logisticGame().values([float64([1, 2]), float64([1])]),
      'logistic: parameters[0] must have shape [1] (batches go through vmap); got [2]',
    ],
    [
      () => tandemGame().values([float64([1])]),
      'tandem: parameters must be an array of 2, one a player; got 1',
    ],
    [
      () => bilinearGame({ matrix: [[1, 2]] }).values([float64([1]), float64([1])]),
      'bilinear: parameters[1] must have shape [2] (batches go through vmap); got [1]',
    ],
  ])('%s', (make, message) => {
    expect(messageOf(make)).toBe(message);
  });
});
