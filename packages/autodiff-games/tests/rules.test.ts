import {
  bilinearGame,
  cgd,
  consensus,
  extragradient,
  type Game,
  hola,
  lola,
  lookAhead,
  lss,
  naive,
  quadraticGame,
  type Rule,
  run,
  sga,
  simultaneousGradient,
  sos,
} from '@descant/autodiff-games';
import { key, mapTree, mul, normal, type Tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimensions, normals, quadratic, rate, seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import {
  evaluate,
  ownGradients,
  type Quadratic,
  shaped,
  shapedToFirstOrder,
  solved,
} from './support/linear.ts';
import { matrixVectors } from './support/matrix-vectors.ts';
import { elements, float64, relativeError } from './support/numbers.ts';

const rules: Readonly<Record<string, (alpha: number) => Rule>> = {
  naive: () => naive(),
  'LookAhead(taylor)': (alpha) => lookAhead({ kind: 'taylor', opponentRate: alpha }),
  'LookAhead(exact)': (alpha) => lookAhead({ kind: 'exact', opponentRate: alpha }),
  'LOLA(taylorFoerster)': (alpha) => lola({ kind: 'taylorFoerster', opponentRate: alpha }),
  'LOLA(taylorFull)': (alpha) => lola({ kind: 'taylorFull', opponentRate: alpha }),
  'LOLA(exact)': (alpha) => lola({ kind: 'exact', opponentRate: alpha }),
  HOLA2: (alpha) => hola({ order: 2, opponentRate: alpha }),
  'HOLA2(taylorFoerster)': (alpha) => hola({ order: 2, opponentRate: alpha, kind: 'taylorFoerster' }),
  CGD: (alpha) => cgd({ ownRate: alpha }),
  'CGD(GMRES)': (alpha) => cgd({ ownRate: alpha, gmresIterations: 9 }),
  SOS: (alpha) => sos({ opponentRate: alpha }),
  SGA: (alpha) => sga({ adjustment: alpha }),
};

/** The directions of all players who follow one rule. */
const joint = <P>(rule: Rule, game: Game<P>, x: readonly P[]): number[] =>
  elements(x.map((_, player) => rule.direction(game, x, player)));

/** The game with player order[k] as its player k. */
const relabelled = (game: Game, order: readonly number[]): Game => ({
  name: game.name,
  players: game.players,
  values: (x) => {
    const values = game.values(order.map((_, i) => x[order.indexOf(i)]));
    return order.map((i) => values[i]);
  },
  init: (k, dtype) => {
    const x = game.init(k, dtype);
    return order.map((i) => x[i]);
  },
});

const relabelError = (rule: Rule, game: Game, x: Tensor[], order: number[]): number => {
  const mirror = relabelled(game, order);
  const moved = order.map((i) => x[i]);
  const found = order.map((_, k) => rule.direction(mirror, moved, k));
  return relativeError(elements(order.map((_, i) => found[order.indexOf(i)])), joint(rule, game, x));
};

const randomPlay = quadratic().chain((draw) =>
  fc.record({
    order: fc.shuffledSubarray([...draw.dimensions.keys()], { minLength: draw.dimensions.length }),
    alpha: rate,
    draw: fc.constant(draw),
  }),
);

describe.each(Object.entries(rules))('%s', (name, make) => {
  test('does not depend on the numbering of the players', () => {
    fc.assert(
      fc.property(randomPlay, ({ draw: { game, x }, order, alpha }) => {
        expect(relabelError(make(alpha), game, x, order)).toBeLessThan(1e-10);
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  test('is the simultaneous gradient where the players do not interact', () => {
    fc.assert(
      fc.property(dimensions, seed, rate, (sizes, from, alpha) => {
        const owner = sizes.flatMap((d, i) => Array.from({ length: d }, () => i));
        const draws = normal(
          key(from),
          [sizes.length, owner.length, owner.length],
          'float64',
        ).toArray() as number[][][];
        const own = (i: number) =>
          owner.map((a, r) => owner.map((b, c) => (a === i && b === i ? draws[i][r][c] : 0)));
        const game = quadraticGame({ dimensions: sizes, matrices: sizes.map((_, i) => own(i)) });
        const x = normals(
          from,
          sizes.map((d) => [d]),
        );
        expect(
          relativeError(joint(make(alpha), game, x), elements(simultaneousGradient(game, x))),
        ).toBeLessThan(1e-12);
      }),
      { numRuns: 15, seed: 2 },
    );
    expect(make(1).naiveWithoutInteraction).toBe(true);
  });

  test('is naive learning at rate 0, and only there', () => {
    fc.assert(
      fc.property(quadratic(), ({ game, x }) => {
        const gradient = elements(simultaneousGradient(game, x));
        expect(relativeError(joint(make(0), game, x), gradient)).toBeLessThan(1e-12);
        if (name !== 'naive')
          expect(relativeError(joint(make(0.5), game, x), gradient)).toBeGreaterThan(1e-6);
      }),
      { numRuns: 15, seed: 3 },
    );
  });

  test('gives the same for parameters in trees', () => {
    fc.assert(
      fc.property(quadratic(), rate, ({ game, x }, alpha) => {
        const inTrees: Game<{ readonly inner: readonly Tensor[] }> = {
          name: 'in trees',
          players: game.players,
          values: (trees) => game.values(trees.map((t) => t.inner[0])),
          init: (k, dtype) => game.init(k, dtype).map((leaf) => ({ inner: [leaf] })),
        };
        const trees = x.map((leaf) => ({ inner: [leaf] }));
        expect(joint(make(alpha), inTrees, trees)).toEqual(joint(make(alpha), game, x));
      }),
      { numRuns: 5, seed: 4 },
    );
  });
});

const ofWholeGames = [consensus({ weight: 0.3 }), extragradient({ extrapolationRate: 0.3 }), lss()];
test.each(ofWholeGames)('$name does not depend on the numbering of the players, either', (rule) => {
  const property = fc.property(randomPlay, ({ draw: { game, x }, order }) => {
    expect(relabelError(rule, game, x, order)).toBeLessThan(1e-8);
  });
  fc.assert(property, { numRuns: 15, seed: 2 });
});

test('the numbering test finds a rule that takes player 0 for the opponent', () => {
  const biased: Rule = {
    name: 'biased',
    direction: (game, x, player) =>
      mapTree((d) => mul(d, player === 0 ? 1 : 1.001), naive().direction(game, x, player)),
  };
  const [draw] = fc.sample(quadratic(), { numRuns: 1, seed: 5 });
  const order = [...draw.dimensions.keys()].toReversed();
  expect(relabelError(biased, draw.game, draw.x, order)).toBeGreaterThan(1e-5);
});

/** A quadratic game with its numbers, for closed forms on plain arrays. */
const known = fc.record({ dimensions, from: seed }).map((draw) => {
  const owner = draw.dimensions.flatMap((d, i) => Array.from({ length: d }, () => i));
  const [n, d] = [draw.dimensions.length, owner.length];
  const raw = normal(key(draw.from), [n, d, d], 'float64').toArray() as number[][][];
  const matrices = raw.map((m) => m.map((row, a) => row.map((v, b) => (v + m[b][a]) / 4)));
  const vectors = normal(key(draw.from + 1), [n, d], 'float64').toArray() as number[][];
  const plain: Quadratic = { owner, matrices, vectors };
  const game = quadraticGame({ dimensions: draw.dimensions, matrices, vectors });
  return {
    plain,
    game,
    x: normals(
      draw.from + 2,
      draw.dimensions.map((size) => [size]),
    ),
  };
});

describe('closed forms on quadratic games of two and three players', () => {
  const property = (check: (g: { plain: Quadratic; game: Game; x: Tensor[] }, alpha: number) => void) =>
    fc.assert(fc.property(known, rate, check), { numRuns: 25, seed: 6 });

  test('naive', () => {
    property(({ plain, game, x }) => {
      expect(relativeError(joint(naive(), game, x), evaluate(ownGradients(plain), elements(x)))).toBeLessThan(
        1e-11,
      );
    });
  });

  test('LookAhead(exact) and, as the values are quadratic, LookAhead(taylor)', () => {
    property(({ plain, game, x }, alpha) => {
      const expected = evaluate(shaped(plain, alpha, ownGradients(plain), false), elements(x));
      for (const kind of ['exact', 'taylor'] as const) {
        const found = joint(lookAhead({ kind, opponentRate: alpha }), game, x);
        expect(relativeError(found, expected)).toBeLessThan(1e-11);
      }
      expect(
        relativeError(joint(lola({ kind: 'exact', opponentRate: alpha }), game, x), expected),
      ).toBeGreaterThan(1e-6);
    });
  });

  test('LOLA(exact), HOLA1, HOLA2 and HOLA3', () => {
    property(({ plain, game, x }, alpha) => {
      let inner = ownGradients(plain);
      for (const order of [1, 2, 3]) {
        inner = shaped(plain, alpha, inner, true);
        const expected = evaluate(inner, elements(x));
        expect(relativeError(joint(hola({ order, opponentRate: alpha }), game, x), expected)).toBeLessThan(
          1e-10,
        );
        if (order === 1) {
          expect(
            relativeError(joint(lola({ kind: 'exact', opponentRate: alpha }), game, x), expected),
          ).toBeLessThan(1e-11);
        }
      }
    });
  });

  test('LOLA(taylorFoerster) and the higher orders of its kind', () => {
    property(({ plain, game, x }, alpha) => {
      let inner = ownGradients(plain);
      for (const order of [1, 2, 3]) {
        inner = shapedToFirstOrder(plain, alpha, inner);
        const expected = evaluate(inner, elements(x));
        const found = joint(hola({ order, opponentRate: alpha, kind: 'taylorFoerster' }), game, x);
        expect(relativeError(found, expected)).toBeLessThan(1e-10);
        if (order === 1) {
          const first = joint(lola({ kind: 'taylorFoerster', opponentRate: alpha }), game, x);
          expect(relativeError(first, expected)).toBeLessThan(1e-10);
        }
        const exact = joint(hola({ order, opponentRate: alpha }), game, x);
        expect(relativeError(exact, expected)).toBeGreaterThan(1e-9);
      }
    });
  });

  test('LOLA(taylorFull) is LOLA(exact) to first order in the rate, LOLA(taylorFoerster) lacks the look-ahead term', () => {
    property(({ game, x }) => {
      const directions = (rule: (alpha: number) => Rule, alpha: number) => joint(rule(alpha), game, x);
      const gap = (alpha: number) => {
        const [a, b] = [rules['LOLA(exact)'], rules['LOLA(taylorFull)']].map((rule) =>
          directions(rule, alpha),
        );
        return Math.max(...a.map((v, i) => Math.abs(v - b[i])));
      };
      // The rest of the expansion of a quadratic surrogate is exactly of second order.
      expect(gap(1e-2) / gap(5e-3)).toBeCloseTo(4, 6);
      const [full, foerster, ahead, plainly] = [
        'LOLA(taylorFull)',
        'LOLA(taylorFoerster)',
        'LookAhead(taylor)',
        'naive',
      ].map((name) => directions(rules[name], 0.1));
      expect(
        relativeError(
          full.map((v, i) => v + plainly[i]),
          foerster.map((v, i) => v + ahead[i]),
        ),
      ).toBeLessThan(1e-11);
    });
  });

  test('CGD, with a step size of its own for the player', () => {
    property(({ plain, game, x }, alpha) => {
      const { owner, matrices } = plain;
      const gradient = evaluate(ownGradients(plain), elements(x));
      for (const player of x.keys()) {
        const eta = (b: number) => (owner[b] === player ? alpha : 0.3);
        const system = owner.map((i, a) =>
          owner.map((j, b) => (a === b ? 1 : 0) - (i === j ? 0 : matrices[i][a][b] * eta(b))),
        );
        const expected = solved(system, gradient).filter((_, a) => owner[a] === player);
        for (const solver of [{}, { gmresIterations: owner.length }]) {
          const found = (ownRate: number) =>
            elements(cgd({ ownRate, opponentRate: 0.3, ...solver }).direction(game, x, player));
          expect(relativeError(found(alpha), expected)).toBeLessThan(1e-9);
          expect(relativeError(found(alpha + 0.1), expected)).toBeGreaterThan(1e-6);
        }
        const early = cgd({ ownRate: alpha, opponentRate: 0.3, gmresIterations: 1 });
        expect(relativeError(elements(early.direction(game, x, player)), expected)).toBeGreaterThan(1e-9);
      }
    });
  });
});

test('CGD is finite in zero-sum games of two players at every step size, one parameter or many', () => {
  const finite = fc.record({
    sizes: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    from: seed,
    exponent: fc.integer({ min: -6, max: 6 }),
  });
  fc.assert(
    fc.property(finite, ({ sizes, from, exponent }) => {
      const owner = sizes.flatMap((d, i) => Array.from({ length: d }, () => i));
      const [raw] = normals(from, [[owner.length, owner.length]]);
      const draws = raw.toArray() as number[][];
      const matrix = draws.map((row, a) => row.map((v, b) => v + draws[b][a]));
      const matrices = [matrix, matrix.map((row) => row.map((v) => -v))];
      const game = quadraticGame({ dimensions: sizes, matrices });
      const x = normals(
        from + 1,
        sizes.map((d) => [d]),
      );
      const ownRate = 10 ** exponent;
      // I - eta H, H antisymmetric: the solution is never longer than the gradient.
      const length = Math.hypot(...elements(simultaneousGradient(game, x)));
      for (const solver of [{}, { gmresIterations: owner.length }]) {
        const found = Math.hypot(...joint(cgd({ ownRate, ...solver }), game, x));
        expect(found).toBeGreaterThan(0);
        expect(found).toBeLessThan(length * (1 + 1e-9));
      }
    }),
    { numRuns: 25, seed: 7 },
  );
  // A game of common interest at the step size that makes the system singular.
  const common = quadraticGame({
    dimensions: [1, 1],
    matrices: [0, 1].map(() => [
      [0, 1],
      [1, 0],
    ]),
  });
  expect(joint(cgd({ ownRate: 1 }), common, [float64([1]), float64([1])]).every(Number.isFinite)).toBe(false);
});

test('the traces of figure 1 of IPO', () => {
  for (const { lr, method, start, 'rows[t,theta,phi]': rows } of matrixVectors.cgd_bilinear.traces) {
    for (const rule of method === 'CGD'
      ? [cgd({ ownRate: lr }), cgd({ ownRate: lr, gmresIterations: 2 })]
      : [naive()]) {
      const { parameters } = run(
        bilinearGame(),
        start.map((v) => float64([[v]])),
        { rules: [rule, rule], learningRate: lr, steps: 60, stride: 1 },
      );
      const found = rows.flatMap(([t]) => parameters.map((p) => p.data[t]));
      expect(
        relativeError(
          found,
          rows.flatMap(([, theta, phi]) => [theta, phi]),
        ),
      ).toBeLessThan(1e-11);
    }
  }
});

describe('errors', () => {
  const atLeast = 'must be a finite number of at least 0';
  test.each([
    [() => lola({ kind: 'exact', opponentRate: -1 }), `lola: opponentRate ${atLeast}; got -1`],
    [() => lola({ kind: 'exact', opponentRate: Number.NaN }), `lola: opponentRate ${atLeast}; got NaN`],
    [
      () => lola({ kind: 'taylor' as 'exact', opponentRate: 1 }),
      'lola: kind must be one of taylorFoerster, taylorFull, exact; got taylor',
    ],
    [() => lookAhead({ kind: 'exact', opponentRate: -1 }), `lookAhead: opponentRate ${atLeast}; got -1`],
    [
      () => lookAhead({ kind: 'full' as 'exact', opponentRate: 1 }),
      'lookAhead: kind must be one of taylor, exact; got full',
    ],
    [
      () => hola({ order: 1.5, opponentRate: 1 }),
      'hola: order must be a whole number of at least 0; got 1.5',
    ],
    [
      () => hola({ order: 1, opponentRate: 1, kind: 'taylorFull' as 'exact' }),
      'hola: kind must be exact or taylorFoerster; got taylorFull',
    ],
    [() => hola({ order: 1, opponentRate: -1 }), `hola: opponentRate ${atLeast}; got -1`],
    [
      () => cgd({ ownRate: 1, gmresIterations: 0 }),
      'cgd: gmresIterations must be a whole number of at least 1; got 0',
    ],
    [() => cgd({ ownRate: -1 }), `cgd: ownRate ${atLeast}; got -1`],
    [
      () => cgd({ ownRate: 1, opponentRate: Number.POSITIVE_INFINITY }),
      `cgd: opponentRate ${atLeast}; got Infinity`,
    ],
  ])('%s', (make, message) => {
    expect(messageOf(make)).toBe(message);
  });

  test('a game that gives too few values', () => {
    const broken: Game = { name: 'broken', players: 2, values: ([x]) => [x], init: () => [] };
    const play = () => naive().direction(broken, [float64(1), float64(2)], 1);
    expect(messageOf(play)).toBe('broken: values must return 2 scalars, one a player; got 1');
  });
});
