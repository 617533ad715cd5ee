import {
  type Class2x2,
  checkGame,
  defineGame,
  type Game,
  iteratedGame,
  matrixGame,
  namedPayoffs,
  pennies,
  publicGoodsPayoffs,
  random2x2Payoffs,
  simultaneousGradient,
} from '@descant/autodiff-games';
import { key, square, stack, type Tensor, vmap, zeros } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normals, payoffs, seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { matrixVectors } from './support/matrix-vectors.ts';
import { elements, float64, relativeError } from './support/numbers.ts';

/** The probabilities of all actions, from a player's parameters. */
const strategyOf = (parameters: readonly number[], given: 'logits' | 'probabilities'): number[] => {
  if (given === 'probabilities') {
    return parameters.length === 1 ? [parameters[0], 1 - parameters[0]] : [...parameters];
  }
  const logits = parameters.length === 1 ? [parameters[0], 0] : parameters;
  const weights = logits.map(Math.exp);
  return weights.map((w) => w / weights.reduce((a, b) => a + b, 0));
};

/** The expected payoff by summing over all joint actions. */
const expectation = (nested: unknown, strategies: readonly (readonly number[])[]): number =>
  strategies.length === 0
    ? (nested as number)
    : strategies[0].reduce(
        (total, p, a) => total + p * expectation((nested as unknown[])[a], strategies.slice(1)),
        0,
      );

const gameDraw = fc
  .array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 3 })
  .chain((actions) => fc.record({ actions: fc.constant(actions), payoffs: payoffs(actions), from: seed }));

describe.each(['logits', 'probabilities'] as const)('a matrix game of %s', (strategies) => {
  const worst = (shift: number) => {
    let error = 0;
    fc.assert(
      fc.property(gameDraw, ({ actions, payoffs: r, from }) => {
        const x = normals(
          from,
          actions.map((a) => [a === 2 ? 1 : a]),
        );
        const mixed = x.map((p) => strategyOf(elements(p), strategies));
        const expected = r.map((own) => expectation(own, mixed) + shift);
        const found = elements(matrixGame({ payoffs: r, strategies }).values(x));
        error = Math.max(error, Math.max(...expected.map((v, i) => Math.abs(v - found[i]))));
      }),
      { numRuns: 40, seed: 1 },
    );
    return error;
  };

  test('has the expected payoffs of one to three players', () => {
    expect(worst(0)).toBeLessThan(1e-11);
    expect(worst(1e-9)).toBeGreaterThan(1e-10);
  });

  test.each(Object.keys(namedPayoffs))('%s passes checkGame', (name) => {
    const game = matrixGame({ name, payoffs: namedPayoffs[name as keyof typeof namedPayoffs], strategies });
    expect(checkGame(game)).toEqual([]);
  });

  test('starts in the simplex, at logits or strategies of the right shapes', () => {
    const game = matrixGame({ payoffs: namedPayoffs.rockPaperScissors, strategies });
    const start = game.init(key(3), 'float64');
    expect(start.map((p) => p.shape)).toEqual([[3], [3]]);
    if (strategies === 'probabilities') {
      for (const p of start) {
        expect(elements(p).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        expect(Math.min(...elements(p))).toBeGreaterThan(0);
      }
    }
  });
});

test('strategies start uniformly on the simplex', () => {
  // The first of three probabilities has mean 1/3 and variance 1/18: n = 2000 keys, standard error .0053; |z| <= 5
  // fails by chance once in 1.7 million.
  const game = matrixGame({ payoffs: namedPayoffs.rockPaperScissors, strategies: 'probabilities' });
  const n = 1000;
  const firsts = Array.from({ length: n }, (_, i) =>
    game.init(key(i), 'float64').map((p) => elements(p)[0]),
  ).flat();
  const mean = firsts.reduce((a, b) => a + b) / firsts.length;
  const square = firsts.reduce((a, b) => a + b * b, 0) / firsts.length;
  expect(Math.abs(mean - 1 / 3) / Math.sqrt(1 / 18 / firsts.length)).toBeLessThan(5);
  // E p^2 = 1/6; a uniform draw followed by division, for instance, gives about .13 (and a variance of about .02).
  expect(square).toBeCloseTo(1 / 6, 1);
  expect(Math.abs(square - 1 / 6)).toBeLessThan(0.016);
});

test('payoffs may be a tensor, and a batch of games', () => {
  const both = [namedPayoffs.stagHunt, namedPayoffs.hawkDove];
  const x = [float64([0.2]), float64([-1])];
  const values = vmap((payoffs: Tensor) => stack(matrixGame({ payoffs }).values(x)))(float64(both));
  const expected = both.map((payoffs) => elements(matrixGame({ payoffs }).values(x)));
  expect(relativeError(elements(values), expected.flat())).toBeLessThan(1e-14);
  expect(relativeError(elements(values), expected.toReversed().flat())).toBeGreaterThan(0.1);
  expect(messageOf(() => matrixGame({ payoffs: zeros([2, 2]) }))).toBe(
    'matrixGame: payoffs must have the shape [players, actions of player 1, actions of player 2, ...]; got [2, 2]',
  );
});

describe('named games', () => {
  const { games } = matrixVectors.games2x2;

  test.each([
    ['matching_pennies', 'matchingPennies'],
    ['rotation', 'rotation'],
    ['stag_hunt', 'stagHunt'],
  ] as const)('%s has the reference payoffs', (theirs, ours) => {
    expect(namedPayoffs[ours]).toEqual([games[theirs].A, games[theirs].B]);
  });

  test('the gradient vanishes or points outwards exactly at the reference equilibria', () => {
    for (const { A, B, nash } of Object.values(games)) {
      const game = matrixGame({ payoffs: [A, B], strategies: 'probabilities' });
      const gain = (p: number, q: number) => {
        const [g, h] = simultaneousGradient(game, [float64([p]), float64([q])]).map((d) => elements(d)[0]);
        return Math.max(g > 0 ? g * (1 - p) : -g * p, h > 0 ? h * (1 - q) : -h * q);
      };
      for (const [[p], [q]] of nash) {
        expect(gain(p, q)).toBeLessThan(1e-12);
        expect(gain(p === 0 ? 0.1 : p - 0.1, q === 0 ? 0.1 : q - 0.1)).toBeGreaterThan(0.001);
      }
    }
  });

  test('one-shot games are iterated games with discount 0', () => {
    for (const r of Object.values(namedPayoffs).filter((two) => two[0].length === 2)) {
      const once = matrixGame({ payoffs: r }).values([float64([0.3]), float64([-1.1])]);
      const logits = (l: number) => float64([l, 0, 0, 0, 0]);
      const repeated = iteratedGame({ payoffs: r, discount: 0 }).values([logits(0.3), logits(-1.1)]);
      expect(relativeError(elements(once), elements(repeated))).toBeLessThan(1e-13);
    }
  });

  test('public goods of two players is the contribution game of POLA', () => {
    const cf = 1.33;
    expect(publicGoodsPayoffs()).toEqual([
      [
        [cf - 1, cf / 2 - 1],
        [cf / 2, 0],
      ],
      [
        [cf - 1, cf / 2],
        [cf / 2 - 1, 0],
      ],
    ]);
  });

  test('public goods of n players: defecting pays 1 - factor / n whatever the others do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.double({ min: 0.1, max: 4, noNaN: true }),
        seed,
        (n, factor, from) => {
          const game = matrixGame({
            payoffs: publicGoodsPayoffs({ players: n, factor }),
            strategies: 'probabilities',
          });
          const x = normals(
            from,
            Array.from({ length: n }, () => [1]),
          );
          const found = elements(simultaneousGradient(game, x));
          expect(Math.max(...found.map((g) => Math.abs(g - (factor / n - 1))))).toBeLessThan(1e-10);
        },
      ),
      { numRuns: 20, seed: 2 },
    );
    expect(checkGame(iteratedGame({ payoffs: publicGoodsPayoffs({ players: 3 }) }))).toEqual([]);
  });
});

describe('random 2x2 games', () => {
  /** The classes whose inequalities the payoffs satisfy. */
  const classes = ([
    [[a, b], [c, d]],
    [[e, g], [f, h]],
  ]: readonly (readonly (readonly number[])[])[]): Class2x2[] => {
    const [row, column] = [
      [a > c, d > b],
      [e > g, h > f],
    ];
    const same = (pair: boolean[], value: boolean) => pair.every((v) => v === value);
    if (same(row, true) && same(column, true)) return ['coordination'];
    if (same(row, false) && same(column, false)) return ['antiCoordination'];
    return same(row, row[0]) && same(column, column[0]) ? ['cyclic'] : [];
  };

  test.each(['coordination', 'antiCoordination', 'cyclic'] as const)('are of the class %s', (kind) => {
    fc.assert(
      fc.property(seed, (from) => {
        expect(classes(random2x2Payoffs(key(from), kind))).toEqual([kind]);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  test("numpy's draws give the games of MATRL's code", () => {
    // numpy.random.seed(0); numpy.random.random_sample(9)
    const draws = [
      0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969, 0.4236547993389047,
      0.6458941130666561, 0.4375872112626925, 0.8917730007820798, 0.9636627605010293,
    ];
    const [{ A, B }] = matrixVectors.matrl_matrix_games.games;
    const found = random2x2Payoffs(draws, 'coordination');
    expect(relativeError(found.flat(2), [A, B].flat(2))).toBeLessThan(1e-11);
    const swapped = random2x2Payoffs(draws.toReversed(), 'coordination');
    expect(relativeError(swapped.flat(2), [A, B].flat(2))).toBeGreaterThan(0.01);
  });
});

describe('matching pennies of FTNPL', () => {
  test('L is 4 times the product of the first centred strategies', () => {
    fc.assert(
      fc.property(seed, (from) => {
        const x = normals(from, [[2], [2]]);
        const [s, t] = x.map((p) => strategyOf(elements(p), 'logits')[0] - 0.5);
        const loss = 4 * s * t;
        expect(relativeError(elements(pennies({ convex: true }).values(x)), [-loss, loss])).toBeLessThan(
          1e-12,
        );
        const found = elements(pennies({ convex: false }).values(x));
        expect(relativeError(found, [-loss, -Math.max(0, -loss)])).toBeLessThan(1e-12);
      }),
      { numRuns: 30, seed: 4 },
    );
  });

  test('both pass checkGame', () => {
    expect(checkGame(pennies({ convex: true }))).toEqual([]);
    // No play of this key lies at the kink of the ReLU, where finite differences fail, and some lie where it is 0.
    expect(checkGame(pennies({ convex: false }), { key: key(1), plays: 6 })).toEqual([]);
  });
});

test('defineGame makes a game that passes checkGame, and checks what it is given', () => {
  const values = (x: Tensor, y: Tensor) => [square(x), square(y)];
  const game = defineGame({
    name: 'mine',
    shapes: [[], []],
    values: (x, y) => values(y, x).map((v, i) => (i === 0 ? v : square(v))),
  });
  expect(checkGame(game)).toEqual([
    'the value of player 0 must depend on its own parameters',
    'the value of player 1 must depend on its own parameters',
  ]);
  const short: Game = defineGame({ name: 'short', shapes: [[], []], values: (x) => [x] });
  expect(messageOf(() => short.values([float64(1), float64(1)]))).toBe(
    'short: values must return 2 scalars, one a player; got 1',
  );
});

describe('errors', () => {
  test.each([
    [
      () => matrixGame({ payoffs: [[1, 2], 3] }),
      'matrixGame: payoffs must be finite numbers of shape [players, actions of player 1, actions of player 2, ...], or [4, 2]; got ragged arrays or other values',
    ],
    [
      () => matrixGame({ payoffs: namedPayoffs.chicken, strategies: 'mixed' as 'logits' }),
      'matrixGame: strategies must be logits or probabilities; got mixed',
    ],
    [
      () =>
        matrixGame({
          payoffs: [
            [[1], [2]],
            [[1], [2]],
          ],
        }),
      'matrixGame: payoffs must give every player two or more actions; got 1 for player 1',
    ],
    [
      () => matrixGame({ name: 'pd', payoffs: namedPayoffs.chicken }).values([zeros([1]), zeros([2])]),
      'pd: parameters[1] must have shape [1] (batches go through vmap); got [2]',
    ],
    [
      () => publicGoodsPayoffs({ players: 1 }),
      'publicGoodsPayoffs: players must be a whole number of at least 2; got 1',
    ],
    [
      () => publicGoodsPayoffs({ factor: 0 }),
      'publicGoodsPayoffs: factor must be a finite number above 0; got 0',
    ],
    [
      () => random2x2Payoffs(key(0), 'zeroSum' as 'cyclic'),
      'random2x2Payoffs: kind must be one of coordination, antiCoordination, cyclic; got zeroSum',
    ],
    [
      () => random2x2Payoffs([0.5], 'cyclic'),
      'random2x2Payoffs: draws must be a key or 9 or more numbers in [0, 1); got [0.5]',
    ],
    [
      () => defineGame({ name: 'none', shapes: [], values: () => [] }),
      'defineGame: shapes must be an array of shapes, one a player; got []',
    ],
  ])('%#', (make, message) => {
    expect(messageOf(make)).toBe(message);
  });
});
