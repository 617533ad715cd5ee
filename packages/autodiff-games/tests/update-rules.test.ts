import {
  bilinearGame,
  defineGame,
  ftpl,
  ftrl,
  type Game,
  iga,
  igaPp,
  initialBatch,
  matrixGame,
  multiplicativeWeights,
  naive,
  namedPayoffs,
  optimisticGradient,
  type Rule,
  random2x2Payoffs,
  replicator,
  run,
  simultaneousGradient,
  type UpdateRule,
  wolfIga,
  wolfPhc,
} from '@descant/autodiff-games';
import { at, key, mul, sum, type Tensor, tensor, uniform } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normals, seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { executors } from './support/executors.ts';
import { matrixVectors } from './support/matrix-vectors.ts';
import { elements, elementsOfPlay, float64, relativeError } from './support/numbers.ts';

type Path = number[][][];

/** The strategies [time][player][...] of one play. */
function pathOf(
  game: Game,
  start: readonly (readonly number[])[],
  rules: readonly (Rule | UpdateRule)[],
  learningRate: number,
  steps: number,
): Path {
  const initial = start.map((p) => float64([[...p]]));
  const { parameters } = run(game, initial, { rules, learningRate, steps, stride: 1, key: key(0) });
  return Array.from({ length: steps + 1 }, (_, t) => parameters.map((p) => elements(at(at(p, 0), t))));
}

/** Payoffs [2, A, B], uniform in [-3, 3]. */
const drawnPayoffs = (from: number, rows: number, columns: number): number[][][] =>
  uniform(key(from), [2, rows, columns], { dtype: 'float64', low: -3, high: 3 }).toArray() as number[][][];

const strategies = (r: readonly unknown[]) => matrixGame({ payoffs: r, strategies: 'probabilities' });
const both = <R>(rule: R): R[] => [rule, rule];

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

/** How much more the best fixed action would have earned than player i's strategies did, over a path. */
function regret(game: Game, path: Path, player: number): number {
  const sums: number[] = [];
  let earned = 0;
  for (const x of path) {
    const u = elements(
      simultaneousGradient(
        game,
        x.map((p) => float64(p)),
      )[player],
    );
    earned += x[player].reduce((total, p, a) => total + p * u[a], 0);
    u.forEach((v, a) => {
      sums[a] = (sums[a] ?? 0) + v;
    });
  }
  return Math.max(...sums) - earned;
}

describe('no regret', () => {
  const steps = 200;
  const draw = seed.map((from) => ({ r: drawnPayoffs(from, 3, 4) }));
  // Payoffs in [-3, 3] have range 6: the bound ln A / eta + eta T / 8 for [0, 1] becomes 6 times that with eta 6.
  const eta = Math.sqrt((8 * Math.log(4)) / steps) / 6;
  const uniformStart = [3, 4].map((a) => Array.from({ length: a }, () => 1 / a));

  test('multiplicative weights keeps its bound; the worst action does not', () => {
    const bound = 6 * Math.sqrt((steps * Math.log(4)) / 2);
    let badBreaks = false;
    fc.assert(
      fc.property(draw, ({ r }) => {
        const game = strategies(r);
        const path = pathOf(game, uniformStart, both(multiplicativeWeights()), eta, steps - 1);
        for (const player of [0, 1]) expect(regret(game, path, player)).toBeLessThan(bound);
        const still = path.map(() => uniformStart.map((p) => p.map((_, a) => (a === 0 ? 1 : 0))));
        badBreaks ||= regret(game, still, 0) > bound;
      }),
      { numRuns: 10, seed: 3 },
    );
    expect(badBreaks).toBe(true);
  });

  test('FTRL with entropy is multiplicative weights; with the Euclidean distance it keeps its own bound', () => {
    fc.assert(
      fc.property(draw, ({ r }) => {
        const game = strategies(r);
        const [a, b] = [multiplicativeWeights(), ftrl({ regulariser: 'entropy' })].map((rule) =>
          pathOf(game, uniformStart, both(rule), eta, 50),
        );
        expect(relativeError(a.flat(2), b.flat(2))).toBeLessThan(1e-11);
        const path = pathOf(game, uniformStart, both(ftrl({ regulariser: 'euclidean' })), eta, steps - 1);
        expect(relativeError(path.slice(0, 51).flat(2), a.flat(2))).toBeGreaterThan(1e-4);
        // |p - p_0|^2 / (2 eta) + eta T G^2 / 2, with |g| <= 3 sqrt(A)
        for (const player of [0, 1]) {
          const actions = uniformStart[player].length;
          const bound = 1 / (2 * eta) + (eta * steps * 9 * actions) / 2;
          expect(regret(game, path, player)).toBeLessThan(bound);
        }
      }),
      { numRuns: 6, seed: 4 },
    );
  });

  test('FTPL with Gumbel noise draws the actions of multiplicative weights', () => {
    // After one step from uniform strategies: n = 4000 plays, z of the first action's frequency; |z| <= 5 fails by
    // chance once in 1.7 million. Exponential noise draws others.
    const n = 4000;
    const r = [
      [
        [0, 1, 2],
        [1, 0, 0],
      ],
      [
        [1, 2, 0],
        [0, 1, 1],
      ],
    ];
    const game = strategies(r);
    const start = [
      tensor(
        Array.from({ length: n }, () => [0.5]),
        { dtype: 'float64' },
      ),
      tensor(
        Array.from({ length: n }, () => [1 / 3, 1 / 3, 1 / 3]),
        { dtype: 'float64' },
      ),
    ];
    const z = (noise: 'gumbel' | 'exponential') => {
      const { parameters } = run(game, start, {
        rules: both(ftpl({ noise })),
        learningRate: 1.5,
        steps: 1,
        key: key(7),
      });
      const expected = pathOf(game, [[0.5], [1 / 3, 1 / 3, 1 / 3]], both(multiplicativeWeights()), 1.5, 1)[1];
      return parameters.map((p, i) => {
        const q = expected[i][0];
        const actions = i === 0 ? 1 : 3;
        const drawn = Array.from({ length: n }, (_, k) => p.data[(2 * k + 1) * actions]);
        const frequency = drawn.reduce((a, b) => a + b, 0) / n;
        return (frequency - q) / Math.sqrt((q * (1 - q)) / n);
      });
    };
    expect(Math.max(...z('gumbel').map(Math.abs))).toBeLessThan(5);
    expect(Math.max(...z('exponential').map(Math.abs))).toBeGreaterThan(5);
  });
});

test('replicator is multiplicative weights for small steps', () => {
  const gap = (eta: number) => {
    const r = [namedPayoffs.rockPaperScissors[0], namedPayoffs.rockPaperScissors[0]];
    const start = [
      [0.5, 0.3, 0.2],
      [0.1, 0.6, 0.3],
    ];
    const [a, b] = [replicator(), multiplicativeWeights()].map((rule) =>
      pathOf(strategies(r), start, both<Rule | UpdateRule>(rule), eta, 1),
    );
    return Math.max(...a.flat(2).map((v, k) => Math.abs(v - b.flat(2)[k])));
  };
  expect(gap(1e-3) / gap(5e-4)).toBeCloseTo(4, 1);
});

describe('convergence in games of two players with two actions', () => {
  /** The largest distance to the mixed equilibrium in the last tenth of a path. */
  const distance = (path: Path, equilibrium: readonly number[]) =>
    Math.max(
      ...path
        .slice(-path.length / 10)
        .map((x) => Math.hypot(x[0][0] - equilibrium[0], x[1][0] - equilibrium[1])),
    );

  test('WoLF-IGA and IGA-PP converge in cyclic games, IGA does not', () => {
    fc.assert(
      fc.property(seed, (from) => {
        const r = random2x2Payoffs(key(from), 'cyclic');
        const [[[a, b], [c, d]], [[e, g], [f, h]]] = r;
        const equilibrium = [(h - f) / (e - g - f + h), (d - b) / (a - b - c + d)];
        const game = strategies(r);
        const found = (rules: readonly UpdateRule[], rate: number) =>
          distance(pathOf(game, [[0.9], [0.2]], rules, rate, 8000), equilibrium);
        const wolf = equilibrium.map((p) => wolfIga({ equilibrium: [p], losingFactor: 6 }));
        expect(found(wolf, 0.01)).toBeLessThan(1e-6);
        expect(found(both(igaPp({ predictionLength: 0.5 })), 0.05)).toBeLessThan(1e-6);
        // Near the border of the square there is room for small circles only.
        expect(found(both(iga()), 0.05)).toBeGreaterThan(1e-3);
      }),
      { numRuns: 5, seed: 5 },
    );
  });

  test('WoLF-PHC circles ever closer in matching pennies', () => {
    const game = strategies(namedPayoffs.matchingPennies);
    const far = (rule: UpdateRule) =>
      distance(pathOf(game, [[0.9], [0.2]], both(rule), 0.002, 20000), [0.5, 0.5]);
    expect(far(wolfPhc({ losingFactor: 4 }))).toBeLessThan(0.1);
    expect(far(wolfPhc({ losingFactor: 1 }))).toBeGreaterThan(0.3);
  });

  test('all find the dominant actions of the prisoners, and an equilibrium of the stag hunt', () => {
    const rules = [
      iga(),
      igaPp({ predictionLength: 0.1 }),
      wolfPhc({ losingFactor: 2 }),
      multiplicativeWeights(),
    ];
    for (const rule of rules) {
      const end = (r: readonly unknown[], start: number[][]) =>
        pathOf(strategies(r), start, both(rule), 0.05, 400).at(-1);
      expect(
        end(namedPayoffs.prisonersDilemma, [[0.9], [0.2]])
          ?.flat()
          .every((p) => p < 0.01),
      ).toBe(true);
      expect(
        end(namedPayoffs.stagHunt, [[0.6], [0.6]])
          ?.flat()
          .every((p) => p > 0.99),
      ).toBe(true);
      expect(
        end(namedPayoffs.stagHunt, [[0.4], [0.4]])
          ?.flat()
          .every((p) => p < 0.01),
      ).toBe(true);
    }
  });
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
      'wolfIga: equilibrium must have the 1 parameters of player 0; got 2',
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
