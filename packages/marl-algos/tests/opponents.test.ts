import {
  type CoinGameState,
  coinGame,
  type TracedEnvironment,
  tracedCoinGame,
  tracedIteratedMatrixGame,
} from '@descant/envs';
import {
  coinsTaken,
  constantPolicy,
  estimate,
  type FixedPolicy,
  ownCoinRatio,
  play,
  rewardPerStep,
  sampledGame,
  shortestPathPolicy,
  titForTat,
  uniformPolicy,
} from '@descant/marl-algos';
import { at, expandDims, jit, key, softmax, type Tensor, tensor, vmap } from '@descant/tensor-ops';
import { describe, expect, it } from 'vitest';
import { messageOf } from './support/errors.ts';

const ACTIONS = [0, 1, 2, 3];
const CELLS = Array.from({ length: 9 }, (_, cell) => cell);

/** Where the four moves lead from each cell, by the environment itself. */
const arrivals = CELLS.map((cell) =>
  ACTIONS.map((action) => {
    const game = coinGame();
    game.reset({ options: { state: [cell, 0, 4, 1] } });
    const { observations } = game.step({ agent_0: action, agent_1: 0 });
    return (observations.agent_0 as Float32Array).slice(0, 9).indexOf(1);
  }),
);

/** First moves of the shortest among all ways of up to four moves to a target that never touch an obstacle. */
function firstMoves(cell: number, targets: readonly number[], obstacle: number): number[] {
  const reaches = (from: number, action: number, length: number): boolean => {
    const next = arrivals[from][action];
    if (next === obstacle) return false;
    if (length === 1) return targets.includes(next);
    return ACTIONS.some((a) => reaches(next, a, length - 1));
  };
  for (let length = 1; length <= 4; length++) {
    const good = ACTIONS.filter((action) => reaches(cell, action, length));
    if (good.length > 0) return good;
  }
  return ACTIONS.filter((action) => arrivals[cell][action] !== obstacle);
}

/** All placements of the game with one coin, or every seventh of that with two: [red, blue, coin, second]. */
const placements = (two: boolean): number[][] =>
  CELLS.flatMap((red) =>
    CELLS.flatMap((blue) =>
      CELLS.flatMap((coin) => (two ? CELLS : [0, 1]).map((second) => [red, blue, coin, second])),
    ),
  ).filter((_, i) => !two || i % 7 === 0);

/** In how many placements a policy moves otherwise than along the shortest ways of a seat. */
function mistakes(
  policy: FixedPolicy,
  environment: TracedEnvironment<CoinGameState>,
  seat: number,
  coins: 'any' | 'own',
  two: boolean,
): number {
  const places = placements(two);
  const column = (i: number) =>
    tensor(
      places.map((place) => place[i]),
      { dtype: 'int32' },
    );
  const state = { red: column(0), blue: column(1), coin: column(2), second: column(3), time: column(2) };
  const seen = at(vmap((s: CoinGameState) => environment.observe(s))(state), seat, 1);
  const [chances] = softmax(policy.sequence(null, expandDims(seen, 0))).toArray() as number[][][];
  return places.filter(([red, blue, coin, second], i) => {
    const redCoin = two || second === 1 ? coin : -1;
    const blueCoin = two ? second : second === 0 ? coin : -1;
    const [cell, own, other] = seat === 0 ? [red, redCoin, blueCoin] : [blue, blueCoin, redCoin];
    const good =
      coins === 'any'
        ? firstMoves(cell, [own, other], -1)
        : firstMoves(cell, own === other ? [] : [own], other);
    const expected = ACTIONS.map((a) => (good.includes(a) ? 1 / good.length : 0));
    return expected.some((p, a) => Math.abs(chances[i][a] - p) > 1e-6);
  }).length;
}

describe('shortest ways in the coin game', () => {
  it.each(
    ([0, 1] as const).flatMap((seat) =>
      (['any', 'own'] as const).flatMap((coins) =>
        [false, true].flatMap((egocentric) =>
          (['alternating', 'two'] as const).map((rule) => ({ seat, coins, egocentric, rule })),
        ),
      ),
    ),
  )('seat $seat, $coins coins, egocentric $egocentric, $rule', ({ seat, coins, egocentric, rule }) => {
    const environment = tracedCoinGame({ egocentric, coins: rule });
    const policy = shortestPathPolicy(environment, seat, coins);
    expect(mistakes(policy, environment, seat, coins, rule === 'two')).toBe(0);
  });

  it('are other ways for the other seat and for other coins', () => {
    const environment = tracedCoinGame();
    const red = shortestPathPolicy(environment, 0, 'any');
    expect(mistakes(red, environment, 1, 'any', false)).toBeGreaterThan(500);
    expect(mistakes(red, environment, 0, 'own', false)).toBeGreaterThan(500);
  });
});

const rules = [false, true].flatMap((egocentric) =>
  (['both', 'red'] as const).flatMap((ties) =>
    (['alternating', 'two'] as const).map((coins) => ({ egocentric, ties, coins })),
  ),
);

/** Coins that both players took in all plays, own and other, counted from moves and places. */
function countCoins(observations: Tensor, actions: Tensor, redFirst: boolean): number[] {
  const seen = observations.toArray() as number[][][][][][];
  const moves = actions.toArray() as number[][][];
  const count = [0, 0, 0, 0];
  seen.forEach((plays, t) => {
    plays.forEach(([planes], b) => {
      const [red, blue, ...coins] = planes.map((plane) => plane.flat().indexOf(1));
      const [redTo, blueTo] = [red, blue].map((cell, seat) => arrivals[cell][moves[t][b][seat]]);
      coins.forEach((coin, colour) => {
        if (coin < 0) return;
        if (redTo === coin) count[colour === 0 ? 0 : 2] += 1;
        if (blueTo === coin && !(redFirst && redTo === coin)) count[colour === 1 ? 1 : 3] += 1;
      });
    });
  });
  return count;
}

describe('measures of the coin game', () => {
  it.each(rules)('coins taken: egocentric $egocentric, ties $ties, coins $coins', (options) => {
    const environment = tracedCoinGame(options);
    const policies = [0, 1].map((seat) => uniformPolicy(environment, seat));
    const game = sampledGame({ environment, policies, plays: 32 });
    const plays = jit((k: Tensor) => play(game, [null, null], k))(key(1));
    const { own, other } = coinsTaken(plays);
    const total = (x: Tensor, seat: number) =>
      Array.from({ length: 32 }, (_, b) => x.data[2 * b + seat]).reduce((a, b) => a + b, 0);
    const taken = [total(own, 0), total(own, 1), total(other, 0), total(other, 1)];
    expect(taken).toEqual(countCoins(plays.observations, plays.actions, options.ties === 'red'));
    // With the wrong rule of ties the counts are others.
    expect(taken).not.toEqual(countCoins(plays.observations, plays.actions, options.ties !== 'red'));
  });

  it('always-cooperate takes its own coins only, and always-defect lives on it', () => {
    const environment = tracedCoinGame();
    const policies = [shortestPathPolicy(environment, 0, 'own'), shortestPathPolicy(environment, 1, 'any')];
    const game = sampledGame({ environment, policies, plays: 256 });
    const plays = jit((k: Tensor) => play(game, [null, null], k))(key(0));
    const [red, blue] = estimate(ownCoinRatio(plays));
    expect(red.mean).toBe(1);
    expect(blue.mean).toBeLessThan(0.7);
    const [loser, winner] = estimate(rewardPerStep(plays));
    expect(loser.mean ?? 0).toBeLessThan(-0.1);
    expect(winner.mean ?? 0).toBeGreaterThan(0.3);
  });
});

describe('opponents of matrix games', () => {
  const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 });
  const rewards = (...policies: FixedPolicy[]) => {
    const game = sampledGame({ environment, policies, plays: 1 });
    return (play(game, [null, null], key(0)).rewards.toArray() as number[][][]).map(([pair]) => pair);
  };
  const defect = constantPolicy(environment, 0, 1);

  it('tit-for-tat does what the other did, from both seats', () => {
    expect(rewards(defect, titForTat(environment, 1))).toEqual([[0, -3], ...Array(3).fill([-2, -2])]);
    expect(rewards(titForTat(environment, 0), titForTat(environment, 1))).toEqual(Array(4).fill([-1, -1]));
    const joint = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4, perspective: 'joint' });
    expect(rewards(defect, titForTat(joint, 1))).not.toEqual(rewards(defect, titForTat(environment, 1)));
    const policies = [defect, titForTat(joint, 1)];
    const game = sampledGame({ environment: joint, policies, plays: 1 });
    expect(play(game, [null, null], key(0)).rewards.toArray()).toEqual([
      [[0, -3]],
      ...Array(3).fill([[-2, -2]]),
    ]);
    const cynic = titForTat(environment, 0, { first: 1 });
    // Each does what the other did: the one defection goes back and forth.
    expect(rewards(cynic, titForTat(environment, 1))).toEqual([
      [0, -3],
      [-3, 0],
      [0, -3],
      [-3, 0],
    ]);
  });

  it('random takes each action as often', () => {
    const plays = 4096;
    const policies = [uniformPolicy(environment, 0), defect];
    const game = sampledGame({ environment, policies, plays });
    const { actions } = jit((k: Tensor) => play(game, [null, null], k))(key(1));
    const n = 4 * plays;
    const ones = Array.from({ length: n }, (_, i) => actions.data[2 * i]).reduce((a, b) => a + b, 0);
    // |z| <= 5: false alarm with probability 6e-7.
    expect(Math.abs(ones - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4));
    expect(Array.from({ length: n }, (_, i) => actions.data[2 * i + 1])).toEqual(Array(n).fill(1));
  });

  it('says what does not fit', () => {
    expect(messageOf(() => uniformPolicy(environment, 2))).toBe(
      'uniformPolicy: seat must be a whole number below 2; got 2',
    );
    expect(messageOf(() => constantPolicy(environment, 0, 2))).toBe(
      'constantPolicy: action must be a whole number below 2; got 2',
    );
    expect(messageOf(() => titForTat(tracedCoinGame() as TracedEnvironment, 0))).toBe(
      'titForTat: environment must be a matrix game of two players with the same actions who see the last joint ' +
        'action; got coin-game with observations [4, 3, 3]',
    );
    const matrix = environment as unknown as TracedEnvironment<CoinGameState>;
    expect(messageOf(() => shortestPathPolicy(matrix, 0, 'any'))).toBe(
      `shortestPathPolicy: environment must be a coin game; got ${environment.name}`,
    );
    const game = sampledGame({ environment, policies: [defect, defect], plays: 2 });
    expect(messageOf(() => coinsTaken(play(game, [null, null], key(0))))).toBe(
      'coinsTaken: plays must be plays of a coin game, [T, B, 2, 4, 3, 3]; got [4, 2, 2, 5]',
    );
  });
});
