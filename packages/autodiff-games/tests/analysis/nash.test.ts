import {
  namedPayoffs,
  nashConv,
  nashEquilibria,
  nashEquilibria2x2,
  nashEquilibriaTwoActions,
  paretoSet,
  pureEquilibria,
  supportEnumeration,
} from '@descant/autodiff-games';
import { describe, expect, test } from 'vitest';
import { difference, expectedPayoff, largestGain } from '../support/equilibria.ts';
import { messageOf } from '../support/errors.ts';
import { matrixVectors } from '../support/matrix-vectors.ts';

/** Three players; each gets a point for differing from the next. */
const cyclic3 = [0, 1, 2].map((i) =>
  [0, 1].map((a) => [0, 1].map((b) => [0, 1].map((c) => ([a, b, c][i] === [a, b, c][(i + 1) % 3] ? 0 : 1)))),
);

const methods = { nashEquilibria2x2, supportEnumeration, nashEquilibriaTwoActions, nashEquilibria };

describe.each(Object.entries(methods))('%s on 2 x 2 games', (_, solve) => {
  test.each(Object.entries(matrixVectors.games2x2.games))('reference game %s', (_, { A, B, nash }) => {
    expect(difference(solve([A, B]), nash)).toBeLessThan(1e-12);
  });

  test.each(matrixVectors.matrl_matrix_games.games)('random game of MATRL, $type $seed', (game) => {
    const expected = game.nash_p0_q0.map((p) => p.map((a) => [a, 1 - a]));
    // The file has 12 digits.
    expect(difference(solve([game.A, game.B]), expected)).toBeLessThan(1e-10);
  });

  test.each(matrixVectors.matrl_exact_meta_games.cases)('meta-game of $game', (meta) => {
    const found = solve([meta['meta_A(row0=current,row1=predicted)'], meta.meta_B]);
    expect(difference(found, meta.meta_nash)).toBeLessThan(1e-12);
  });

  test('a wrong equilibrium would be noticed', () => {
    const { A, B } = matrixVectors.games2x2.games.rotation;
    expect(
      difference(solve([B, A]), [
        [
          [0.5, 0.5],
          [0.4, 0.6],
        ],
      ]),
    ).toBeGreaterThan(0.05);
    expect(difference(solve([A, B]), [])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('meta-games of MATRL', () => {
  const base = matrixVectors.games2x2.games;
  test.each(matrixVectors.matrl_exact_meta_games.cases)(
    'payoffs of $game are gains over the current',
    (meta) => {
      // The meta-game's rows and columns are the current and the predicted strategies.
      const { A, B } = base[meta.game];
      const [current, predicted] = [meta.pi, meta['pi_hat(lr .02)']];
      const mixed = (p: number) => [p, 1 - p];
      const gains = (payoff: unknown) =>
        [current[0], predicted[0]].map((p) =>
          [current[1], predicted[1]].map(
            (q) =>
              expectedPayoff(payoff, [mixed(p), mixed(q)]) -
              expectedPayoff(payoff, [mixed(current[0]), mixed(current[1])]),
          ),
        );
      const stated = [meta['meta_A(row0=current,row1=predicted)'], meta.meta_B];
      expect(
        Math.max(...[gains(A), gains(B)].flat(2).map((v, i) => Math.abs(v - stated.flat(2)[i]))),
      ).toBeLessThan(1e-12);
    },
  );
});

describe('known games', () => {
  const third = [1 / 3, 1 / 3, 1 / 3];

  test('battle of the sexes has three equilibria', () => {
    const expected = [
      [
        [1, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 1],
      ],
      [
        [2 / 3, 1 / 3],
        [1 / 3, 2 / 3],
      ],
    ];
    expect(difference(nashEquilibria(namedPayoffs.battleOfTheSexes), expected)).toBeLessThan(1e-12);
  });

  test('rock, paper, scissors has one', () => {
    expect(difference(nashEquilibria(namedPayoffs.rockPaperScissors), [[third, third]])).toBeLessThan(1e-12);
  });

  test('a game of 3 x 2 actions (after von Stengel 2007)', () => {
    const rows = [
      [3, 3],
      [2, 5],
      [0, 6],
    ];
    const columns = [
      [3, 2],
      [2, 6],
      [3, 1],
    ];
    const expected = [
      [
        [1, 0, 0],
        [1, 0],
      ],
      [
        [4 / 5, 1 / 5, 0],
        [2 / 3, 1 / 3],
      ],
      [
        [0, 1 / 3, 2 / 3],
        [1 / 3, 2 / 3],
      ],
    ];
    expect(difference(supportEnumeration([rows, columns]), expected)).toBeLessThan(1e-12);
  });

  test('an equilibrium in the mixed strategies of three players (each differs from the next)', () => {
    const half = [0.5, 0.5];
    expect(difference(nashEquilibria(cyclic3), [[half, half, half]])).toBeLessThan(1e-12);
  });

  test('three players with an irrational equilibrium: a stag hunt that needs all', () => {
    // Hare is worth 0.5, stag 1 if all hunt: the mixed equilibrium has p^2 = 1/2.
    const all = (i: number) =>
      [0, 1].map((a) =>
        [0, 1].map((b) => [0, 1].map((c) => ([a, b, c][i] === 1 ? 0.5 : a + b + c === 0 ? 1 : 0))),
      );
    const p = Math.SQRT1_2;
    const expected = [
      [
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      [
        [0, 1],
        [0, 1],
        [0, 1],
      ],
      [
        [p, 1 - p],
        [p, 1 - p],
        [p, 1 - p],
      ],
    ];
    expect(difference(nashEquilibria([all(0), all(1), all(2)]), expected)).toBeLessThan(1e-12);
  });

  test('the Pareto set of the prisoner’s dilemma is all but mutual defection', () => {
    const outcomes = [
      [-1, -1],
      [-3, 0],
      [0, -3],
      [-2, -2],
    ];
    expect(paretoSet(outcomes)).toEqual([0, 1, 2]);
    expect(
      paretoSet([
        [1, 1],
        [1, 1],
        [1, 0],
      ]),
    ).toEqual([0, 1]);
    expect(paretoSet([])).toEqual([]);
  });
});

describe('degenerate games', () => {
  /** Player 2 does not care: against column 2 neither does player 1, and the equilibria form segments. */
  const segments = [
    [
      [1, 0],
      [0, 0],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ];

  test('two players: the corners of the sets of equilibria', () => {
    // Equilibria: row 1 with any column strategy; any rows with column 2.
    const corners = [
      [
        [1, 0],
        [1, 0],
      ],
      [
        [1, 0],
        [0, 1],
      ],
      [
        [0, 1],
        [0, 1],
      ],
    ];
    expect(difference(nashEquilibria2x2(segments), corners)).toBe(0);
    expect(difference(supportEnumeration(segments), corners)).toBe(0);
  });

  test('all payoffs equal: all corners', () => {
    const flat = [
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ];
    expect(supportEnumeration(flat)).toHaveLength(6);
    expect(
      nashEquilibria2x2([
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ]),
    ).toHaveLength(4);
    expect(pureEquilibria(flat)).toHaveLength(6);
  });

  test('a mixed corner between two best responses (after von Stengel 2007)', () => {
    // As the game above, but row 1 pays 3 in both columns to player 2: x ranges over a segment against column 1.
    const rows = [
      [3, 3],
      [2, 5],
      [0, 6],
    ];
    const columns = [
      [3, 3],
      [2, 6],
      [3, 1],
    ];
    const found = supportEnumeration([rows, columns]);
    for (const profile of found) expect(largestGain([rows, columns], profile)).toBeLessThan(1e-12);
    const expected = [
      [
        [1, 0, 0],
        [1, 0],
      ],
      [
        [1, 0, 0],
        [2 / 3, 1 / 3],
      ],
      [
        [0, 1 / 3, 2 / 3],
        [1 / 3, 2 / 3],
      ],
    ];
    expect(difference(found, expected)).toBeLessThan(1e-12);
  });

  test('more players: an error that says so', () => {
    const flat = [0, 1, 2].map(() => [0, 1].map(() => [0, 1].map(() => [0, 0])));
    expect(messageOf(() => nashEquilibriaTwoActions(flat))).toBe(
      'nashEquilibriaTwoActions: payoffs must have isolated equilibria; got a continuum or a double point where players [3] mix',
    );
    expect(pureEquilibria(flat)).toHaveLength(8);
  });
});

describe('errors', () => {
  test.each([
    [
      () => nashEquilibria([[[[1]]], [[[1]]], [[[1]]]]),
      'nashEquilibria: payoffs must be of 2 players, or have 2 actions a player; got 1 x 1 x 1',
    ],
    [
      () => nashEquilibria2x2(namedPayoffs.rockPaperScissors),
      'nashEquilibria2x2: payoffs must be of 2 x 2 actions; got 3 x 3',
    ],
    [() => supportEnumeration(cyclic3), 'supportEnumeration: payoffs must be of 2 players; got 3'],
    [
      () => nashEquilibriaTwoActions(namedPayoffs.rockPaperScissors),
      'nashEquilibriaTwoActions: payoffs must have two actions a player; got 3 x 3',
    ],
    [
      () => nashConv(cyclic3, [[1, 0]]),
      'bestResponseGains: profile must be an array of 3, one a player; got 1',
    ],
    [
      () =>
        nashConv(namedPayoffs.stagHunt, [
          [1, 0],
          [0.5, 0.6],
        ]),
      'bestResponseGains: profile[1] must be 2 probabilities that sum to 1; got [0.5,0.6]',
    ],
    [
      () => paretoSet([[1, 2], [3]]),
      'paretoSet: outcomes must be rows of equally many numbers; got [[1,2],[3]]',
    ],
  ])('%#', (call, message) => {
    expect(messageOf(call)).toBe(message);
  });
});
