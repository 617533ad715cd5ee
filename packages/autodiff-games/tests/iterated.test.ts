import { type Game, iteratedGame, iteratedPrisonersDilemma } from '@descant/autodiff-games';
import { gather, type Tensor, tensor } from '@descant/tensor-ops';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { normals, payoffs, seed } from './support/arbitraries.ts';
import { messageOf } from './support/errors.ts';
import { elements, relativeError } from './support/numbers.ts';
import { policyOf, rolloutValues } from './support/rollout.ts';

const valuesOf = (game: Game, x: readonly Tensor[]) => elements(game.values(x));

/** The shapes of the parameters: one logit a state for two actions. */
const shapesOf = (actions: readonly number[]) => {
  const states = 1 + actions.reduce((a, b) => a * b, 1);
  return actions.map((a) => (a === 2 ? [states] : [states, a]));
};

const perspective = fc.constantFrom('own' as const, 'joint' as const);
const discount = fc.double({ min: 0, max: 0.9, noNaN: true });

describe.each([
  { actions: [2, 2] },
  { actions: [2, 3] },
  { actions: [3, 2] },
  { actions: [2, 2, 2] },
  { actions: [2, 3, 2] },
  { actions: [2] },
])('actions $actions', ({ actions }) => {
  const draw = fc.record({ payoffs: payoffs(actions), discount, perspective, from: seed });

  const rollout = (
    d: { payoffs: readonly unknown[]; discount: number; perspective: 'own' | 'joint' },
    x: Tensor[],
  ) => {
    const policies = x.map((logits, i) => policyOf(elements(logits), actions, i, d.perspective));
    // 0.9^400 is 5e-19.
    return rolloutValues(d.payoffs, actions, d.discount, 400, (i, state, a) => policies[i](state, a));
  };

  test('the closed form is the sum of discounted payoffs', () => {
    fc.assert(
      fc.property(draw, (d) => {
        const x = normals(d.from, shapesOf(actions));
        const game = iteratedGame({ ...d, normalised: false });
        expect(relativeError(valuesOf(game, x), rollout(d, x))).toBeLessThan(1e-10);
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  test('normalised values are 1 - discount times the others', () => {
    fc.assert(
      fc.property(draw, (d) => {
        const x = normals(d.from, shapesOf(actions));
        const [plain, normalised] = [false, true].map((n) =>
          valuesOf(iteratedGame({ ...d, normalised: n }), x),
        );
        expect(
          relativeError(
            normalised,
            plain.map((v) => (1 - d.discount) * v),
          ),
        ).toBeLessThan(1e-12);
      }),
      { numRuns: 25, seed: 2 },
    );
  });
});

test('the sum of payoffs tells perspectives and discounts apart', () => {
  const [actions, x] = [[2, 2], normals(3, [[5], [5]])];
  const table = [
    [
      [-1, -3],
      [0, -2],
    ],
    [
      [-1, 0],
      [-3, -2],
    ],
  ];
  const value = (discountOf: number, view: 'own' | 'joint') => {
    const policies = x.map((logits, i) => policyOf(elements(logits), actions, i, view));
    return rolloutValues(table, actions, discountOf, 400, (i, state, a) => policies[i](state, a));
  };
  const game = iteratedPrisonersDilemma({ discount: 0.9, normalised: false });
  expect(relativeError(valuesOf(game, x), value(0.9, 'own'))).toBeLessThan(1e-12);
  expect(relativeError(valuesOf(game, x), value(0.9, 'joint'))).toBeGreaterThan(1e-4);
  expect(relativeError(valuesOf(game, x), value(0.8999, 'own'))).toBeGreaterThan(1e-4);
});

test('with joint states player 2 reads its AB logit where with own states it reads BA', () => {
  fc.assert(
    fc.property(payoffs([2, 2]), seed, (table, from) => {
      const [first, second] = normals(from, [[5], [5]]);
      const swapped = gather(second, tensor([0, 1, 3, 2, 4], { dtype: 'int32' }));
      const [own, joint] = (['own', 'joint'] as const).map((view) =>
        iteratedGame({ payoffs: table, perspective: view }),
      );
      expect(relativeError(valuesOf(own, [first, second]), valuesOf(joint, [first, swapped]))).toBeLessThan(
        1e-12,
      );
    }),
    { numRuns: 50, seed: 4 },
  );
});

test('relabelling the players relabels the values, with own states and not with joint ones', () => {
  const transposed = (table: readonly unknown[]) =>
    (table as number[][][]).toReversed().map((rows) => rows[0].map((_, b) => rows.map((row) => row[b])));
  const error = (view: 'own' | 'joint', table: readonly unknown[], from: number) => {
    const x = normals(from, [[5], [5]]);
    const [game, mirror] = [table, transposed(table)].map((p) =>
      iteratedGame({ payoffs: p, perspective: view }),
    );
    return relativeError(valuesOf(mirror, x.toReversed()).toReversed(), valuesOf(game, x));
  };
  fc.assert(
    fc.property(payoffs([2, 2]), seed, (table, from) => {
      expect(error('own', table, from)).toBeLessThan(1e-12);
    }),
    { numRuns: 50, seed: 5 },
  );
  expect(
    error(
      'joint',
      [
        [
          [-1, -3],
          [0, -2],
        ],
        [
          [-1, 0],
          [-3, -2],
        ],
      ],
      5,
    ),
  ).toBeGreaterThan(1e-3);
});

test('pairs of payoffs and nested payoffs are the same game', () => {
  const x = normals(6, [[5], [5]]);
  const pairs = iteratedGame({
    payoffs: [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  });
  const nested = iteratedGame({
    payoffs: [
      [
        [1, 3],
        [5, 7],
      ],
      [
        [2, 4],
        [6, 8],
      ],
    ],
  });
  expect(valuesOf(pairs, x)).toEqual(valuesOf(nested, x));
});

describe('errors', () => {
  const ipd = {
    payoffs: [
      [-1, -1],
      [-3, 0],
      [0, -3],
      [-2, -2],
    ],
  };
  const shape =
    'iteratedGame: payoffs must be finite numbers of shape [players, actions of player 1, actions of player 2, ...], or [4, 2]';

  test.each([
    [
      {
        payoffs: [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
      },
      `${shape}; got [2, 4]`,
    ],
    [
      {
        payoffs: [
          [[1, 2], [3]],
          [
            [1, 2],
            [3, 4],
          ],
        ],
      },
      `${shape}; got ragged arrays or other values`,
    ],
    [
      {
        payoffs: [
          [0, 0],
          [0, Number.NaN],
          [0, 0],
          [0, 0],
        ],
      },
      `${shape}; got ragged arrays or other values`,
    ],
    [{ payoffs: [] }, `${shape}; got [0]`],
    [{ payoffs: [[]] }, `${shape}; got [1, 0]`],
    [{ ...ipd, discount: 1 }, 'iteratedGame: discount must lie in [0, 1); got 1'],
    [{ ...ipd, discount: -0.1 }, 'iteratedGame: discount must lie in [0, 1); got -0.1'],
    [{ ...ipd, discount: Number.NaN }, 'iteratedGame: discount must lie in [0, 1); got NaN'],
    [{ ...ipd, perspective: 'their' as 'own' }, 'iteratedGame: perspective must be own or joint; got their'],
  ])('%j', (options, message) => {
    expect(messageOf(() => iteratedGame(options))).toBe(message);
  });

  test.each([
    [[[5]], 'IPD: parameters must be an array of 2, one a player; got 1'],
    [[[5], [4]], 'IPD: parameters[1] must have shape [5] (batches go through vmap); got [4]'],
    [
      [
        [7, 5],
        [7, 5],
      ],
      'IPD: parameters[0] must have shape [5] (batches go through vmap); got [7, 5]',
    ],
  ])('parameters of shapes %j', (shapes, message) => {
    expect(messageOf(() => iteratedPrisonersDilemma().values(normals(0, shapes)))).toBe(message);
  });
});
