/** Opponents and measures of the coin game. */
import type { CoinGameState, TracedEnvironment } from '@descant/envs';
import {
  ArgumentError,
  add,
  at,
  cast,
  concat,
  expandDims,
  gather,
  mul,
  reshape,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import type { Plays } from '../plays/play.ts';
import type { Share } from './measures.ts';
import { checkSeat, type FixedPolicy, fixedPolicy, NEVER } from './opponents.ts';

const SIDE = 3;
const CELLS = SIDE * SIDE;
/** A coin that is not on the board. */
const NOWHERE = -1;

/** The cells to the right, left, below and above. */
function neighbours(cell: number): number[] {
  const [row, column] = [Math.floor(cell / SIDE), cell % SIDE];
  const at = (r: number, c: number) => ((r + SIDE) % SIDE) * SIDE + ((c + SIDE) % SIDE);
  return [at(row, column + 1), at(row, column - 1), at(row + 1, column), at(row - 1, column)];
}

/** Moves from each cell to the nearest target on a way without obstacles: breadth-first search from the targets. */
function distances(targets: readonly number[], obstacle: number): number[] {
  const steps = Array.from({ length: CELLS }, () => Number.POSITIVE_INFINITY);
  const queue = targets.filter((cell) => cell !== obstacle);
  for (const cell of queue) steps[cell] = 0;
  for (const cell of queue) {
    for (const next of neighbours(cell)) {
      if (next === obstacle || steps[next] <= steps[cell] + 1) continue;
      steps[next] = steps[cell] + 1;
      queue.push(next);
    }
  }
  return steps;
}

/** Logits of the four moves: 0 for those that begin a shortest way, never the others. */
function moves(cell: number, targets: readonly number[], obstacle: number): number[] {
  const steps = distances(targets, obstacle);
  const lengths = neighbours(cell).map((next) => (next === obstacle ? Number.NaN : steps[next]));
  const shortest = Math.min(...lengths.filter((length) => !Number.isNaN(length)));
  return lengths.map((length) => (length === shortest ? 0 : NEVER));
}

/** Logits for each own cell and place of one's own coin and the other's: row `cell * 100 + (own + 1) * 10 + other + 1`. */
const wayTable = (coins: 'any' | 'own'): number[][] =>
  Array.from({ length: CELLS * 100 }, (_, row) => {
    const [cell, own, other] = [Math.floor(row / 100), (Math.floor(row / 10) % 10) - 1, (row % 10) - 1];
    const onBoard = (coin: number) => (coin === NOWHERE ? [] : [coin]);
    return coins === 'any'
      ? moves(cell, [...onBoard(own), ...onBoard(other)], NOWHERE)
      : moves(cell, onBoard(own), other);
  });

/** Whether player 2 sees its own planes first: looked up in an observation, because no state tells. */
function isEgocentric(environment: TracedEnvironment<CoinGameState>): boolean {
  const int = (value: number) => tensor(value, { dtype: 'int32' });
  const state = { red: int(0), blue: int(1), coin: int(2), second: int(1), time: int(0) };
  const seen = environment.observe(state);
  return seen.data[4 * CELLS + 1] === 1;
}

function checkCoinGame(fn: string, environment: TracedEnvironment): void {
  if (environment.name === 'coin-game') return;
  throw new ArgumentError(fn, 'environment', 'be a coin game', environment.name);
}

/**
 * A player of the coin game that takes the shortest way, any of them with the same probability.
 *
 * `any` is always-defect: to the nearest coin of whatever colour. `own` is always-cooperate: to the coin of its own
 * colour, around the other's; while there is none it moves at random, but never onto the other's coin (there is no
 * action to stay).
 *
 * Source: Aghajohari et al. 2024 (BRS), section 5.5.2: "the shortest path towards its associated coin but never picks
 * up the agent's associated coin". What it does meanwhile is not said there.
 *
 * @param seat - 0 is red, 1 blue.
 * @throws ArgumentError when the environment is no coin game or has no such seat.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { shortestPathPolicy } from '@descant/marl-algos';
 * import { expandDims, slice, softmax, tensor } from '@descant/tensor-ops';
 * const environment = tracedCoinGame();
 * const int = (x: number) => tensor(x, { dtype: 'int32' });
 * // Red at cell 0, blue at 4, a blue coin at 1: one step to the right of red.
 * const state = { red: int(0), blue: int(4), coin: int(1), second: int(0), time: int(0) };
 * const seen = slice(environment.observe(state), [0, 0, 0, 0], [1, -1, -1, -1]);
 * const defect = shortestPathPolicy(environment, 0, 'any').sequence(null, expandDims(seen, 0));
 * softmax(defect).toArray(); // => [[[1, 0, 0, 0]]]
 * const cooperate = shortestPathPolicy(environment, 0, 'own').sequence(null, expandDims(seen, 0));
 * softmax(cooperate).toArray(); // => [[[0, 0.3333333, 0.3333333, 0.3333333]]]
 * ```
 */
export function shortestPathPolicy(
  environment: TracedEnvironment<CoinGameState>,
  seat: number,
  coins: 'any' | 'own',
): FixedPolicy {
  const fn = 'shortestPathPolicy';
  checkCoinGame(fn, environment);
  checkSeat(fn, environment, seat);
  const first = seat === 0 || isEgocentric(environment);
  const cells = Array.from({ length: CELLS }, (_, cell) => cell);
  const self = cells.map((cell) => cell * 100);
  const none = cells.map(() => 0);
  const own = cells.map((cell) => (cell + 1) * 10);
  const other = cells.map((cell) => cell + 1);
  const planes = first ? [self, none, own, other] : [none, self, other, own];
  const places = tensor(planes.flat(), { dtype: 'int32' });
  const table = tensor(wayTable(coins), { dtype: environment.dtype });
  return fixedPolicy(coins === 'any' ? 'always defect' : 'always cooperate', environment, seat, (seen) => {
    const planesLast = reshape(seen, [...seen.shape.slice(0, -3), 4 * CELLS]);
    return gather(table, sum(mul(cast(planesLast, 'int32'), places), -1));
  });
}

/** Coins taken in each play, [B, N]. */
export interface CoinsTaken {
  /** Of the player's own colour. */
  readonly own: Tensor;
  /** Of the other's colour. */
  readonly other: Tensor;
}

/**
 * The coins that each player took in each play of the coin game, by whose they were.
 *
 * Red takes where it arrives. What blue took follows from the rewards, red's own minus 2 for each red coin that blue
 * took, and the like for blue: so all rules about ties and numbers of coins are covered.
 *
 * @throws ArgumentError when the plays are not of a coin game.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { coinsTaken, play, sampledGame, shortestPathPolicy } from '@descant/marl-algos';
 * import { jit, key, sum, type Tensor } from '@descant/tensor-ops';
 * const environment = tracedCoinGame();
 * const policies = [0, 1].map((seat) => shortestPathPolicy(environment, seat, 'own'));
 * const game = sampledGame({ environment, policies, plays: 16 });
 * const count = jit((k: Tensor) => coinsTaken(play(game, [null, null], k)));
 * sum(count(key(0)).other).item(); // => 0
 * ```
 */
export function coinsTaken(plays: Pick<Plays, 'observations' | 'finalObservations' | 'rewards'>): CoinsTaken {
  const { observations, finalObservations, rewards } = plays;
  if (observations.rank !== 6 || observations.shape.slice(2).join() !== '2,4,3,3') {
    const expected = 'be plays of a coin game, [T, B, 2, 4, 3, 3]';
    throw new ArgumentError('coinsTaken', 'plays', expected, `[${observations.shape.join(', ')}]`);
  }
  const red = at(observations, 0, 2);
  const later = concat(
    [slice(red, [1, 0, 0, 0, 0], [-1, -1, -1, -1, -1]), expandDims(at(finalObservations, 0, 1), 0)],
    0,
  );
  const arrival = at(later, 0, 2);
  const redTakes = (coin: number) => sum(mul(arrival, at(red, coin, 2)), [2, 3]);
  const [redRed, redBlue] = [redTakes(2), redTakes(3)];
  const [redReward, blueReward] = [at(rewards, 0, 2), at(rewards, 1, 2)];
  const blueRed = mul(sub(add(redRed, redBlue), redReward), 0.5);
  const blueBlue = sub(add(blueReward, mul(redBlue, 2)), blueRed);
  const perPlay = (pair: readonly Tensor[]) => sum(stack(pair, 2), 0);
  return { own: perPlay([redRed, blueBlue]), other: perPlay([redBlue, blueRed]) };
}

/**
 * The share of the coins taken that are of one's own colour, as a measure of plays.
 *
 * Source: Zhao et al. 2022 (POLA), figure 3, and Foerster et al. 2018 (LOLA), figure 5: P(own coin).
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { estimate, ownCoinRatio, play, sampledGame, shortestPathPolicy } from '@descant/marl-algos';
 * import { jit, key, type Tensor } from '@descant/tensor-ops';
 * const environment = tracedCoinGame();
 * const policies = [shortestPathPolicy(environment, 0, 'own'), shortestPathPolicy(environment, 1, 'any')];
 * const game = sampledGame({ environment, policies, plays: 64 });
 * const [red, blue] = estimate(jit((k: Tensor) => ownCoinRatio(play(game, [null, null], k)))(key(0)));
 * red.mean; // => 1
 * (blue.mean ?? 0) < 0.7; // => true
 * ```
 */
export function ownCoinRatio(plays: Plays): Share {
  const { own, other } = coinsTaken(plays);
  return { part: own, whole: add(own, other) };
}
