import {
  bilinearGame,
  cgd,
  checkGame,
  checkRule,
  type Game,
  hola,
  iteratedChicken,
  iteratedGame,
  iteratedMatchingPennies,
  iteratedPrisonersDilemma,
  logisticGame,
  lola,
  lookAhead,
  naive,
  quadraticGame,
  type Rule,
  randomQuadraticGame,
  tandemGame,
} from '@descant/autodiff-games';
import {
  cast,
  customGradient,
  key,
  log,
  mapTree,
  mul,
  reshape,
  stack,
  stopGradient,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support/errors.ts';

const publicGoods = [0, 1, 2].map((i) =>
  [1, 0].map((a) => [1, 0].map((b) => [1, 0].map((c) => (1.6 * (a + b + c)) / 3 - [a, b, c][i]))),
);

const games: readonly Game[] = [
  iteratedPrisonersDilemma(),
  iteratedMatchingPennies({ perspective: 'joint' }),
  iteratedChicken({ normalised: false, discount: 0.9 }),
  iteratedGame({ name: 'public goods of three', payoffs: publicGoods }),
  logisticGame(),
  tandemGame(),
  bilinearGame({ matrix: [[1, 2, 3]] }),
  quadraticGame({ dimensions: [1], matrices: [[[-1]]] }),
  randomQuadraticGame(key(1), { dimensions: [2, 1, 3], kind: 'generalSum' }),
];

const rules: readonly Rule[] = [
  naive(),
  lookAhead({ kind: 'taylor', opponentRate: 0.5 }),
  lookAhead({ kind: 'exact', opponentRate: 0.5 }),
  lola({ kind: 'taylorFoerster', opponentRate: 0.5 }),
  lola({ kind: 'taylorFull', opponentRate: 0.5 }),
  lola({ kind: 'exact', opponentRate: 0.5 }),
  hola({ order: 2, opponentRate: 0.5 }),
  cgd({ ownRate: 0.1, opponentRate: 0.2 }),
];

describe('what the package offers has no problems', () => {
  test.each(games)('$name', (game) => {
    expect(checkGame(game)).toEqual([]);
  });

  test.each(rules)('$name', (rule) => {
    expect(checkRule(rule)).toEqual([]);
  });

  test('rules on three players', () => {
    const three = randomQuadraticGame(key(2), { dimensions: [2, 1, 3], kind: 'generalSum' });
    for (const rule of rules) expect(checkRule(rule, [three], { plays: 2 }), rule.name).toEqual([]);
  });
});

describe('problems of games', () => {
  const base = bilinearGame();
  const broken = (change: Partial<Game>): Game => ({ ...base, ...change });
  /** x with a derivative that is 1 % wrong. */
  const biased = customGradient(
    (x: Tensor) => mul(x, 1),
    (_x, _y, cotangent) => mul(cotangent, 1.01),
  );
  let calls = 0;

  test.each<[string, Partial<Game>, string[]]>([
    [
      'one tree too few',
      { init: (k) => base.init(k).slice(1) },
      ['init must return 2 trees, one a player; got 1'],
    ],
    [
      'the dtype ignored',
      { init: (k) => base.init(k, 'float32') },
      ['init must return float64 tensors when asked for float64; got float32'],
    ],
    [
      'infinite starts',
      { init: (k, dtype) => base.init(k, dtype).map((x) => mul(x, Number.POSITIVE_INFINITY)) },
      [
        'init must return finite numbers; got others in float32',
        'init must return finite numbers; got others in float64',
      ],
    ],
    [
      'randomness from elsewhere',
      { init: (_k, dtype) => base.init(key(calls++), dtype) },
      ['init must return the same parameters for the same key'],
    ],
    [
      'an error in init',
      {
        init: () => {
          throw new Error('out of order');
        },
      },
      ['init fails: out of order'],
    ],
    [
      'one value too few',
      { values: (x) => base.values(x).slice(1) },
      [
        'values must return one float32 scalar a player, 2 in all; got 1',
        'values must return one float64 scalar a player, 2 in all; got 1',
      ],
    ],
    [
      'values that are vectors',
      { values: (x) => base.values(x).map((v) => reshape(v, [1])) },
      [
        'values must return one float32 scalar a player, 2 in all; got float32[1]',
        'values must return one float64 scalar a player, 2 in all; got float64[1]',
      ],
    ],
    [
      'values of one precision',
      { values: (x) => base.values(x).map((v) => cast(v, 'float32')) },
      ['values must return one float64 scalar a player, 2 in all; got float32[]'],
    ],
    [
      'the value of a tensor read',
      { values: ([x, y]) => [mul(sum(y), x.data[0]), sum(mul(x, y))] },
      ['float32', 'float64'].map((dtype) =>
        expect.stringMatching(
          `^vmap or jit of values fails: data: a ${dtype} tensor of shape \\[1\\] has no value yet`,
        ),
      ),
    ],
    [
      'a wrong derivative',
      { values: (x) => base.values(x.map(biased)) },
      [expect.stringMatching(/^derivatives of the values must equal finite differences: /)],
    ],
    [
      'a player that cannot change its value',
      { values: ([x, y]) => [sum(y), sum(mul(x, y))] },
      ['the value of player 0 must depend on its own parameters'],
    ],
    [
      'a player that nobody notices',
      { values: ([x, y]) => [sum(mul(x, y)), sum(y)] },
      ["some other player's value must depend on the parameters of player 0"],
    ],
    [
      'a gradient that was stopped',
      { values: ([x, y]) => [sum(mul(x, y)), sum(mul(stopGradient(x), y))] },
      [
        expect.stringMatching(/^derivatives of the values must equal finite differences: /),
        "some other player's value must depend on the parameters of player 0",
      ],
    ],
  ])('%s', (_, change, problems) => {
    expect(checkGame(broken(change))).toEqual(problems);
  });

  test('values that are not finite', () => {
    const negative = broken({
      init: (_k, dtype = 'float32') => [-2, 3].map((v) => tensor([v], { dtype })),
      values: ([x, y]) => [sum(log(x)), sum(mul(x, y))],
    });
    expect(checkGame(negative)).toEqual(['values must be finite where init starts; got NaN, -6']);
  });

  test('values that differ in a batch', () => {
    const moody = broken({ values: ([x, y]) => [mul(sum(mul(x, y)), x.isConcrete ? 1 : 1.1), sum(x)] });
    const found = checkGame(moody);
    expect(found).toHaveLength(4);
    expect(found[0]).toMatch(
      /^values of a batch \(vmap\) must equal those of single plays; they differ by \d/,
    );
    expect(found[1]).toMatch(/^compiled values \(jit\) must equal those not compiled; they differ by \d/);
  });

  test('plays', () => {
    expect(messageOf(() => checkGame(base, { plays: 0 }))).toBe(
      'checkGame: plays must be a whole number of at least 1; got 0',
    );
  });
});

describe('problems of rules', () => {
  const rule = (direction: (x: Tensor, player: number) => Tensor, change: Partial<Rule> = {}): Rule => ({
    name: 'mine',
    direction: (_game, parameters, player) => mapTree((x) => direction(x, player), parameters[player]),
    ...change,
  });
  const problems = (mine: Rule) => checkRule(mine, [tandemGame()], { plays: 2 });
  const tandem = (player: number, dtype: string) => `tandem, player ${player}, ${dtype}`;

  test('another shape', () => {
    expect(problems(rule((x) => stack([x, x])))[0]).toBe(
      `${tandem(0, 'float32')}: the direction must be a tree like the parameters, float32[1]; got float32[2, 1]`,
    );
  });

  test('another dtype, for one player only', () => {
    expect(problems(rule((x, player) => (player === 1 ? cast(x, 'float32') : x)))[0]).toBe(
      `${tandem(1, 'float64')}: the direction must be a tree like the parameters, float64[1]; got float32[1]`,
    );
  });

  test('another structure', () => {
    const listed: Rule = {
      name: 'listed',
      direction: <P>(_game: Game<P>, parameters: readonly P[], player: number) => [parameters[player]] as P,
    };
    expect(problems(listed)[0]).toBe(
      `${tandem(0, 'float32')}: the direction must be a tree like the parameters, float32[1]; got [*] of float32[1]`,
    );
  });

  test('not finite', () => {
    expect(problems(rule((x) => mul(x, Number.NaN)))).toContain(
      `${tandem(0, 'float32')}: the direction must be finite`,
    );
  });

  test('an error', () => {
    const failing = rule(() => {
      throw new Error('no idea');
    });
    expect(problems(failing)[0]).toBe(`${tandem(0, 'float32')}: direction fails: no idea`);
  });

  test('the value of a tensor read', () => {
    expect(problems(rule((x) => mul(x, x.data[0])))[0]).toMatch(
      /^tandem, player 0, float32: vmap or jit of direction fails: data: .* has no value yet/,
    );
  });

  test('a batch that differs from single plays', () => {
    expect(problems(rule((x) => mul(x, x.isConcrete ? 1 : 1.1)))[0]).toMatch(
      /^tandem, player 0, float32: a batch \(vmap\) must give the directions of single plays; they differ by \d/,
    );
  });

  test('a false claim of the own gradient', () => {
    const own = naive();
    const doubled: Rule = {
      ...own,
      direction: (game, x, player) => mapTree((d) => mul(d, 2), own.direction(game, x, player)),
    };
    const found = problems(doubled);
    expect(found).toHaveLength(4);
    expect(found[0]).toMatch(
      /^game without interaction, player 0, float32: without interaction the direction must be the own gradient, as naiveWithoutInteraction claims; they differ by \d/,
    );
    expect(problems({ ...doubled, naiveWithoutInteraction: false })).toEqual([]);
  });

  test('a rule for two players on three', () => {
    const { game, twoOnly } = {
      game: randomQuadraticGame(key(3), { dimensions: [1, 1, 1], kind: 'potential' }),
      twoOnly: rule((x) => x),
    };
    const strict: Rule = {
      ...twoOnly,
      direction: (g, x, player) => {
        if (g.players !== 2) throw new Error('mine: game must have 2 players');
        return twoOnly.direction(g, x, player);
      },
    };
    expect(checkRule(strict, [game], { plays: 1 })[0]).toMatch(
      /direction fails: mine: game must have 2 players$/,
    );
    expect(checkRule(strict)).toEqual([]);
  });
});
