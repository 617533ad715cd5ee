import {
  bilinearGame,
  defineGame,
  ftpl,
  ftrl,
  iga,
  igaPp,
  initialBatch,
  multiplicativeWeights,
  naive,
  namedPayoffs,
  optimisticGradient,
  type Rule,
  replicator,
  run,
  simultaneousGradient,
  type UpdateRule,
  wolfIga,
  wolfPhc,
} from '@descant/autodiff-games';
import { key, mul, sum, type Tensor, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normals, seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { executors } from './support/executors.ts';
import { matrixVectors } from './support/matrix-vectors.ts';
import { elements, elementsOfPlay, float64, relativeError } from './support/numbers.ts';
import { both, drawnPayoffs, type Path, pathOf, strategies } from './support/strategies.ts';

describe("MATRL's matrix games: the released code's numbers", () => {
  /** The first step after the first at which both are within .05 of an equilibrium, as the code counts. */
  const convergedStep = (path: Path, nash: readonly (readonly number[])[]) => {
    const near = path
      .slice(1)
      .findIndex((x) => nash.some(([p, q]) => Math.abs(x[0][0] - p) < 0.05 && Math.abs(x[1][0] - q) < 0.05));
    return Math.max(0, near);
  };

  describe.each(matrixVectors.matrl_matrix_games.games)('$type, seed $seed', (g) => {
    const game = strategies([g.A, g.B]);
    const path = (rules: readonly UpdateRule[], rate: number, steps = 250) =>
      pathOf(game, [[0.9], [0.2]], rules, rate, steps);
    const error = (found: Path, expected: readonly (readonly number[])[]) =>
      relativeError(found.slice(0, expected.length).flat(2), expected.flat());

    test('IGA', () => {
      const found = path(both(iga()), 0.02);
      expect(error(found, g.first8['iga(incl. init)'])).toBeLessThan(1e-11);
      expect(error(path(both(iga()), 0.0200001, 8), g.first8['iga(incl. init)'])).toBeGreaterThan(1e-9);
      expect(convergedStep(found, g.nash_p0_q0)).toBe(g.converged_step.iga);
    });

    test('IGA-PP', () => {
      const found = path(both(igaPp({ predictionLength: 0.01 })), 0.02);
      expect(error(found, g.first8['iga_pp(incl. init)'])).toBeLessThan(1e-11);
      expect(error(path(both(iga()), 0.02, 8), g.first8['iga_pp(incl. init)'])).toBeGreaterThan(1e-7);
      expect(convergedStep(found, g.nash_p0_q0)).toBe(g.converged_step.iga_pp);
    });

    test('WoLF-IGA', () => {
      const [first] = g.nash_p0_q0;
      const rules = first.map((p) => wolfIga({ equilibrium: [p], losingFactor: 6 }));
      expect(convergedStep(path(rules, 0.01), g.nash_p0_q0)).toBe(g.converged_step.wolf);
    });
  });
});

const tables: Readonly<Record<string, () => Rule | UpdateRule>> = {
  IGA: iga,
  'IGA-PP': () => igaPp({ predictionLength: 0.1 }),
  'WoLF-IGA': () => wolfIga({ equilibrium: [0.2, 0.3, 0.5], losingFactor: 3 }),
  'WoLF-PHC': () => wolfPhc({ losingFactor: 3 }),
  'multiplicative weights': multiplicativeWeights,
  'FTRL(entropy)': () => ftrl({ regulariser: 'entropy' }),
  'FTRL(euclidean)': () => ftrl({ regulariser: 'euclidean' }),
  'FTPL(exponential)': () => ftpl({ noise: 'exponential' }),
  'FTPL(gumbel)': () => ftpl({ noise: 'gumbel' }),
  replicator,
};
const randomised = (name: string) => name.startsWith('FTPL');

describe.each(Object.entries(tables))('%s', (name, make) => {
  const game = strategies(namedPayoffs.rockPaperScissors);
  const options = { rules: both(make()), learningRate: 0.1, steps: 12, stride: 3 };
  const initial = initialBatch(game, key(5), 3, 'float64');

  test.each(executors)('is the same for the same key, alone or in a batch, on $name', (executor) => {
    const found = run(game, initial, { ...options, key: key(1), executor });
    const again = run(game, initial, { ...options, key: key(1), executor });
    expect(elements(again.parameters)).toEqual(elements(found.parameters));
    expect(elements(initial)).toEqual(elements(initialBatch(game, key(5), 3, 'float64')));
    if (!randomised(name)) {
      const alone = run(
        game,
        initial.map((p) => float64([elementsOfPlay(p, 1)])),
        { ...options, executor },
      );
      const expected = elementsOfPlay(found.parameters, 1);
      expect(relativeError(elementsOfPlay(alone.parameters, 0), expected)).toBeLessThan(1e-12);
    } else {
      const other = run(game, initial, { ...options, key: key(2), executor });
      expect(elements(other.parameters)).not.toEqual(elements(found.parameters));
    }
  });

  test('stays in the simplex, and in float32 nearby', () => {
    const found = run(game, initial, { ...options, steps: 60, key: key(1) });
    for (const p of found.parameters) {
      const all = elements(p);
      expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
      for (let k = 0; k < all.length; k += 3) expect(all[k] + all[k + 1] + all[k + 2]).toBeCloseTo(1, 10);
    }
    const single = run(game, initialBatch(game, key(5), 3), { ...options, key: key(1) });
    expect(single.parameters.every((p) => p.dtype === 'float32')).toBe(true);
  });

  test('does not depend on the numbering of the players', () => {
    if (randomised(name)) return;
    fc.assert(
      fc.property(seed, (from) => {
        const r = drawnPayoffs(from, 3, 3);
        const [a, b] = r;
        const transposed = [b, a].map((m) => m[0].map((_, k) => m.map((row) => row[k])));
        const [x, y] = initialBatch(game, key(from), 2, 'float64');
        const settings = { ...options, steps: 6 };
        const found = run(strategies(r), [x, y], settings).parameters;
        const mirrored = run(strategies(transposed), [y, x], settings).parameters;
        expect(relativeError(elements(mirrored), elements([found[1], found[0]]))).toBeLessThan(1e-10);
      }),
      { numRuns: 4, seed: 1 },
    );
  });

  test('agrees on two actions with two actions of three, the third one never played', () => {
    // Euclidean steps of the number p are twice those of the vector (p, 1 - p).
    const euclidean = ['IGA', 'IGA-PP', 'WoLF-IGA', 'FTRL(euclidean)'].includes(name);
    if (euclidean || randomised(name) || name === 'WoLF-PHC') return;
    const two = [
      [2, 0],
      [3, 1],
    ];
    const wide = two.map((row) => [...row, 0]).concat([[0, 0, 0]]);
    const small = pathOf(strategies([two, two]), [[0.3], [0.6]], options.rules, 0.1, 5);
    const large = pathOf(
      strategies([wide, wide]),
      [
        [0.3, 0.7, 0],
        [0.6, 0.4, 0],
      ],
      options.rules,
      0.1,
      5,
    );
    expect(
      relativeError(
        large.flat().map((x) => x[0]),
        small.flat(2),
      ),
    ).toBeLessThan(1e-12);
  });
});

test('the nearest strategy is found: IGA on linear values is the projection by sorting', () => {
  const projected = (v: readonly number[]): number[] => {
    const sorted = v.toSorted((a, b) => b - a);
    let tau = 0;
    let total = 0;
    sorted.forEach((u, k) => {
      total += u;
      if (u - (total - 1) / (k + 1) > 0) tau = (total - 1) / (k + 1);
    });
    return v.map((u) => Math.max(u - tau, 0));
  };
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), seed, (size, from) => {
      const slope = elements(normals(from, [[size]]));
      const game = defineGame({
        name: 'linear',
        shapes: [[size]],
        values: (x) => [sum(mul(x, tensor(slope, { dtype: 'float64' })))],
      });
      const start = slope.map(() => 1 / size);
      const [, [found]] = pathOf(game, [start], [iga()], 0.7, 1);
      const expected = projected(start.map((p, k) => p + 0.7 * slope[k]));
      expect(relativeError(found, expected)).toBeLessThan(1e-12);
    }),
    { numRuns: 40, seed: 2 },
  );
});

test('WoLF-PHC, written out on plain numbers', () => {
  fc.assert(
    fc.property(seed, (from) => {
      const game = strategies(drawnPayoffs(from, 3, 3));
      const start = initialBatch(game, key(from), 1, 'float64').map((p) => elements(p));
      let x = start;
      const averages = start.map((p) => p.map(() => 0));
      const expected = [x];
      for (let t = 1; t <= 10; t++) {
        const q = simultaneousGradient(
          game,
          x.map((p) => float64(p)),
        ).map((u) => elements(u));
        x = x.map((pi, i) => {
          averages[i] = averages[i].map((m, a) => m + (pi[a] - m) / t);
          const value = (p: readonly number[]) => p.reduce((total, v, a) => total + v * q[i][a], 0);
          const delta = value(pi) > value(averages[i]) ? 0.05 : 0.15;
          const best = q[i].indexOf(Math.max(...q[i]));
          const given = pi.map((p, a) => (a === best ? 0 : Math.min(p, delta / 2)));
          return pi.map((p, a) => (a === best ? p + given.reduce((s, v) => s + v, 0) : p - given[a]));
        });
        expected.push(x);
      }
      const found = pathOf(game, start, both(wolfPhc({ losingFactor: 3 })), 0.05, 10);
      expect(relativeError(found.flat(2), expected.flat(2))).toBeLessThan(1e-9);
    }),
    { numRuns: 10, seed: 6 },
  );
});

describe('optimistic gradient', () => {
  test('is the recursion x + eta (2 g_t - g_(t-1)), and converges on bilinear games', () => {
    const eta = 0.1;
    let [x, y] = [1, -0.5];
    let last = [y, -x];
    for (let t = 0; t < 2000; t++) {
      const now = [y, -x];
      [x, y] = [x + eta * (2 * now[0] - last[0]), y + eta * (2 * now[1] - last[1])];
      last = now;
      if (t === 9) {
        const found = pathOf(bilinearGame(), [[1], [-0.5]], both(optimisticGradient()), eta, 10).at(-1) ?? [];
        expect(relativeError(found.flat(), [x, y])).toBeLessThan(1e-12);
      }
    }
    expect(Math.hypot(x, y)).toBeLessThan(1e-4);
    const end = (rule: Rule | UpdateRule) =>
      Math.hypot(...(pathOf(bilinearGame(), [[1], [-0.5]], both(rule), eta, 2000).at(-1) ?? []).flat());
    expect(end(optimisticGradient())).toBeLessThan(1e-4);
    expect(end(naive())).toBeGreaterThan(100);
  });
});

describe('errors', () => {
  const chicken = strategies(namedPayoffs.chicken);
  const play = (rule: UpdateRule, options: { key?: Tensor } = {}) =>
    run(chicken, [float64([[0.5]]), float64([[0.5]])], {
      rules: both(rule),
      learningRate: 1,
      steps: 1,
      ...options,
    });
  const matrices = defineGame({ name: 'matrices', shapes: [[1, 1]], values: (x) => [sum(x)] });

  test.each([
    [
      () => play(ftpl({ noise: 'gumbel' })),
      'run: key must be given, because FTPL(gumbel) draws random numbers; got none',
    ],
    [
      () => run(matrices, [float64([[[1]]])], { rules: [iga()], learningRate: 1, steps: 1 }),
      'iga: parameters must be mixed strategies, of shape [1] (two actions) or [A]; got [1, 1]',
    ],
    [
      () => play(wolfIga({ equilibrium: [0.5, 0.5], losingFactor: 2 })),
      'wolfIga: equilibrium must have the 1 parameters of player 0; got [2]',
    ],
    [
      () => wolfIga({ equilibrium: [], losingFactor: 2 }),
      'wolfIga: equilibrium must hold finite numbers; got []',
    ],
    [
      () => wolfIga({ equilibrium: [1], losingFactor: 0.5 }),
      'wolfIga: losingFactor must be a finite number of at least 1; got 0.5',
    ],
    [
      () => wolfPhc({ losingFactor: 0 }),
      'wolfPhc: losingFactor must be a finite number of at least 1; got 0',
    ],
    [
      () => igaPp({ predictionLength: -1 }),
      'igaPp: predictionLength must be a finite number of at least 0; got -1',
    ],
    [
      () => ftrl({ regulariser: 'l1' as 'entropy' }),
      'ftrl: regulariser must be entropy or euclidean; got l1',
    ],
    [() => ftpl({ noise: 'normal' as 'gumbel' }), 'ftpl: noise must be exponential or gumbel; got normal'],
  ])('%#', (make, message) => {
    expect(messageOf(make)).toBe(message);
  });
});
