import {
  ftpl,
  ftrl,
  type Game,
  iga,
  igaPp,
  multiplicativeWeights,
  namedPayoffs,
  type Rule,
  random2x2Payoffs,
  replicator,
  run,
  simultaneousGradient,
  type UpdateRule,
  wolfIga,
  wolfPhc,
} from '@descant/autodiff-games';
import { key, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seed } from './support/arbitraries.ts';
import { elements, float64, relativeError } from './support/numbers.ts';
import { both, drawnPayoffs, type Path, pathOf, strategies } from './support/strategies.ts';

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
