/** Stability, basins and tournaments. */
import {
  basinsOfAttraction,
  bilinearGame,
  fixedPointStability,
  ftpl,
  type Game,
  iga,
  iteratedPrisonersDilemma,
  logisticGame,
  lola,
  matrixGame,
  naive,
  namedPayoffs,
  quadraticGame,
  roundRobin,
  run,
  tandemGame,
} from '@descant/autodiff-games';
import { jsExecutor, key, matmul, type Tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../support/errors.ts';
import { elements, float64 } from '../support/numbers.ts';

describe('stability of fixed points', () => {
  const entry = fc.double({ min: -2, max: 2, noNaN: true });
  /** A game of two players with one parameter each and the Hessian [[a, b], [c, d]], at its fixed point 0. */
  const planar = ([a, b, c, d]: readonly number[]) =>
    quadraticGame({
      dimensions: [1, 1],
      matrices: [
        [
          [a, b],
          [b, 0],
        ],
        [
          [0, c],
          [c, d],
        ],
      ],
    });
  const origin = [float64([0]), float64([0])];
  /** The distance from 0 after many steps from a point at distance 1. */
  const distanceAfter = (game: Game, learningRate: number, steps: number) => {
    const start = [float64([[0.6]]), float64([[0.8]])];
    const rules = [naive(), naive()];
    const { parameters } = run(game, start, { rules, learningRate, steps, executor: jsExecutor });
    return Math.hypot(...parameters.map((p) => elements(p)[1]));
  };

  test('eigenvalues by the characteristic polynomial', () => {
    fc.assert(
      fc.property(fc.tuple(entry, entry, entry, entry), ([a, b, c, d]) => {
        const { eigenvalues, gradientNorm } = fixedPointStability(planar([a, b, c, d]), origin);
        const [first, second] = eigenvalues;
        expect(first.real + second.real).toBeCloseTo(a + d, 9);
        const product = first.real * second.real - first.imaginary * second.imaginary;
        expect(product).toBeCloseTo(a * d - b * c, 9);
        expect(gradientNorm).toBe(0);
      }),
      { numRuns: 100, seed: 5, endOnFailure: true },
    );
  });

  test('simulation agrees: approach below the largest learning rate, departure above it', () => {
    fc.assert(
      fc.property(fc.tuple(entry, entry, entry, entry), (hessian) => {
        const game = planar(hessian);
        const { kind, largestLearningRate, eigenvalues } = fixedPointStability(game, origin);
        fc.pre(Math.abs(eigenvalues[0].real) > 0.1 && Math.hypot(...hessian) > 0.5);
        if (kind === 'stable') {
          expect(distanceAfter(game, 0.8 * largestLearningRate, 2000)).toBeLessThan(1e-3);
          expect(distanceAfter(game, 1.2 * largestLearningRate, 2000)).toBeGreaterThan(10);
        } else {
          expect(kind).toBe('unstable');
          expect(distanceAfter(game, 0.1, 2000)).toBeGreaterThan(10);
        }
      }),
      { numRuns: 12, seed: 5, endOnFailure: true },
    );
  });

  test('the bilinear game is undecided, the tandem game too along its line of fixed points', () => {
    expect(fixedPointStability(bilinearGame(), origin).kind).toBe('undecided');
    const tandem = fixedPointStability(tandemGame(), [float64([0.25]), float64([0.75])]);
    expect(tandem.kind).toBe('undecided');
    expect(tandem.gradientNorm).toBe(0);
    // xi = -2 (x + y) + 2 for both: eigenvalues 0 and -4.
    expect(tandem.eigenvalues.map(({ real }) => Math.round(real * 1e9) / 1e9 + 0)).toEqual([0, -4]);
  });

  test('the logistic game: both ends of the diagonal are stable, the point between them is not', () => {
    const at = (x: number) => fixedPointStability(logisticGame(), [float64([x]), float64([x])]);
    expect([-5.03070988, 0, 5.03070988].map((x) => at(x).kind)).toEqual(['stable', 'unstable', 'stable']);
    expect(at(5.03070988).gradientNorm).toBeLessThan(1e-8);
    expect(at(4).gradientNorm).toBeGreaterThan(0.01);
  });
});

describe('basins of attraction', () => {
  const quadrant = (end: readonly number[]) => (end.every((x) => x > 0) ? 'B' : 'elsewhere');
  const axis = [-7.5, -2.5, 2.5, 7.5];

  test('each cell is what a run from its start gives', () => {
    const options = { rules: [naive(), naive()], learningRate: 1, steps: 50, executor: jsExecutor };
    const cells = basinsOfAttraction(logisticGame(), {
      ...options,
      axes: [axis, axis.slice(1)],
      classify: quadrant,
    });
    expect(cells).toHaveLength(12);
    for (const { start, end, basin } of [cells[1], cells[6], cells[11]]) {
      const { parameters } = run(
        logisticGame(),
        start.map((x) => float64([[x]])),
        options,
      );
      expect(end).toEqual(parameters.map((p) => elements(p)[1]));
      expect(basin).toBe(quadrant(end));
    }
    expect(new Set(cells.map(({ basin }) => basin)).size).toBe(2);
    expect(cells[1].start).toEqual([-7.5, 2.5]);
  });

  test('players with several parameters, and classes from numbers that are not finite', () => {
    const game = quadraticGame({
      dimensions: [2, 1],
      matrices: [
        [
          [1, 0, 0],
          [0, -1, 0],
          [0, 0, 0],
        ],
        [
          [0, 0, 0],
          [0, 0, 0],
          [0, 0, -1],
        ],
      ],
    });
    const cells = (steps: number) =>
      basinsOfAttraction(game, {
        rules: [naive(), naive()],
        learningRate: 10,
        steps,
        executor: jsExecutor,
        axes: [[0, 1], [0], [0, 2]],
        classify: (end) => end.filter((x) => Math.abs(x) < 10).length,
      });
    // 1 + 10 and 1 - 10 to the power 20 are large, from 0 they stay; after 2000 steps 0 times infinity is NaN.
    expect(cells(20).map(({ basin }) => basin)).toEqual([3, 2, 2, 1]);
    expect(cells(2000).map(({ basin }) => basin)).toEqual([3, 0, 0, 0]);
    expect(cells(1).map(({ start }) => start)).toEqual([
      [0, 0, 0],
      [0, 0, 2],
      [1, 0, 0],
      [1, 0, 2],
    ]);
  });

  test('errors', () => {
    const options = {
      rules: [naive(), naive()],
      learningRate: 1,
      steps: 1,
      axes: [axis],
      classify: quadrant,
    };
    expect(messageOf(() => basinsOfAttraction(logisticGame(), options))).toBe(
      'basinsOfAttraction: axes must be 2 arrays of starting values, one a parameter; got arrays of lengths [4]',
    );
  });
});

describe('tournaments', () => {
  const rules = [naive(), lola({ kind: 'exact', opponentRate: 25 })];
  const options = { learningRate: 25, steps: 60, pairs: 64, key: key(1) };

  test('means and standard errors of independent plays; the same key gives the same table', () => {
    const first = roundRobin(iteratedPrisonersDilemma(), rules, options);
    expect(roundRobin(iteratedPrisonersDilemma(), rules, options)).toEqual(first);
    expect(first.matches.map(({ seats }) => seats)).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(
      first.matches.every(({ diverged, returns }) => diverged === 0 && returns.every(({ n }) => n === 64)),
    ).toBe(true);
    // LOLA's self-play is far from naive self-play: -1.1 and -2 (spec/games.md), standard errors of about .02.
    const [naiveSelf, , , lolaSelf] = first.matches.map(({ returns }) => returns[0]);
    expect(naiveSelf.mean).toBeLessThan(-1.8);
    expect(lolaSelf.mean).toBeGreaterThan(-1.4);
    const mean = first.matches.flatMap(({ seats, returns }) =>
      returns.filter((_, i) => seats[i] === 1).map((r) => r.mean),
    );
    expect(first.scores[1].mean).toBeCloseTo(mean.reduce((a, b) => a + b, 0) / 4, 12);
    expect(first.scores[1].n).toBe(4);
    expect(roundRobin(iteratedPrisonersDilemma(), rules, { ...options, key: key(2) })).not.toEqual(first);
  });

  test('standard errors cover: 32 tournaments of an exactly known mean', () => {
    // f = x for both players and start N(0, 1): the mean of x + steps eta is 3. z of 32 means has variance 1 + 2/61;
    // the mean of 32 z^2 lies in (0.3, 2.2) but for a probability of 2e-4.
    const linear = quadraticGame({
      dimensions: [1, 1],
      matrices: [
        [
          [0, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
        ],
      ],
      vectors: [
        [1, 0],
        [0, 1],
      ],
    });
    const scores = Array.from({ length: 32 }, (_, k) => {
      const { matches } = roundRobin(linear, [naive()], {
        learningRate: 1,
        steps: 3,
        pairs: 64,
        key: key(k),
        executor: jsExecutor,
      });
      const { mean, standardError } = matches[0].returns[0];
      return ((mean - 3) / standardError) ** 2;
    });
    const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
    expect(mean).toBeGreaterThan(0.3);
    expect(mean).toBeLessThan(2.2);
    // Standard errors half as large would not cover.
    expect(4 * mean).toBeGreaterThan(2.2);
  });

  test('rules that draw random numbers take part; both seats defect', () => {
    const dilemma = matrixGame({ payoffs: namedPayoffs.prisonersDilemma, strategies: 'probabilities' });
    const { matches } = roundRobin(dilemma, [ftpl({ noise: 'exponential' }), iga()], {
      ...options,
      learningRate: 1,
      steps: 40,
      executor: jsExecutor,
    });
    const means = matches.flatMap(({ returns }) => returns.map(({ mean }) => mean));
    expect(means).toEqual(means.map(() => -2));
  });

  test('diverged plays are counted, not averaged', () => {
    const unstable: Game = {
      name: 'unstable',
      players: 1,
      values: ([x]: readonly Tensor[]) => [matmul(x, x)],
      init: (from, dtype) => logisticGame().init(from, dtype).slice(0, 1),
    };
    const { matches } = roundRobin(unstable, [naive()], {
      learningRate: 10,
      steps: 1000,
      pairs: 4,
      key: key(0),
      executor: jsExecutor,
    });
    expect(matches[0].diverged).toBe(4);
    expect(matches[0].returns[0].mean).toBeNaN();
  });

  test('errors', () => {
    const game = iteratedPrisonersDilemma();
    expect(messageOf(() => roundRobin(game, [], options))).toBe(
      'roundRobin: rules must hold at least one rule; got 0',
    );
    expect(messageOf(() => roundRobin(game, rules, { ...options, pairs: 1 }))).toBe(
      'roundRobin: pairs must be a whole number of at least 2; got 1',
    );
  });
});
