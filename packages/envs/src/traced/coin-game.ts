/** The coin game as functions of tensors. */
import {
  add,
  arange,
  at,
  bits,
  cast,
  concat,
  equal,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mod,
  mul,
  notEqual,
  reshape,
  stack,
  sub,
  type Tensor,
  where,
} from '@descant/tensor-ops';
import { CELLS, type CoinGameOptions, coinGameOptions } from '../environments/coin-game.ts';
import { bit, checkDtype, int, never, truncation } from './helpers.ts';
import type { TracedEnvironment, TracedOptions } from './traced.ts';

/** The state, all int32 scalars: cells of the players and of the coins, and steps since the beginning. */
export interface CoinGameState {
  readonly red: Tensor;
  readonly blue: Tensor;
  /** With one coin: its cell. With two: the cell of the red one. */
  readonly coin: Tensor;
  /** With one coin: 1 when it is red. With two: the cell of the blue one. */
  readonly second: Tensor;
  readonly time: Tensor;
}

/** The cell reached from a cell of the torus: 0 right, 1 left, 2 down, 3 up. */
function move(cell: Tensor, action: Tensor): Tensor {
  const row = add(bit(greaterEqual(cell, 3)), bit(greaterEqual(cell, 6)));
  const column = sub(cell, mul(row, 3));
  const wrap = (x: Tensor) => where(greaterEqual(x, 3), 0, where(less(x, 0), 2, x));
  const step = (plus: number, minus: number) => sub(bit(equal(action, plus)), bit(equal(action, minus)));
  return add(mul(wrap(add(row, step(2, 3))), 3), wrap(add(column, step(0, 1))));
}

/** A cell without a player, chosen by a random word. */
function freeCell(word: Tensor, red: Tensor, blue: Tensor): Tensor {
  const together = equal(red, blue);
  const choices = where(together, CELLS - 1, CELLS - 2);
  const k = cast(mod(word, cast(choices, 'uint32')), 'int32');
  const cell = add(k, bit(greaterEqual(k, minimum(red, blue))));
  return add(cell, bit(logicalAnd(greaterEqual(cell, maximum(red, blue)), notEqual(red, blue))));
}

const cellOf = (word: Tensor): Tensor => cast(mod(word, cast(int(CELLS), 'uint32')), 'int32');

/**
 * The coin game as pure functions of tensors; the rules are those of `coinGame`, step for step.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { foldIn, jit, key, scan, sum, type Tensor, tensor, vmap } from '@descant/tensor-ops';
 * const game = tracedCoinGame();
 * const episode = (e: Tensor) => {
 *   const right = tensor([0, 0], { dtype: 'int32' });
 *   type Carry = { state: ReturnType<typeof game.reset>; t: Tensor };
 *   const [, rewards] = scan<Carry, null, Tensor>(
 *     ({ state }) => {
 *       const step = game.step(state, right, foldIn(e, state.time));
 *       return [{ state: step.state, t: step.state.time }, step.rewards];
 *     },
 *     { state: game.reset(foldIn(e, 0)), t: tensor(0, { dtype: 'int32' }) },
 *     null,
 *     { length: 50 },
 *   );
 *   return sum(rewards, 0);
 * };
 * jit(episode)(key(0)).shape; // => [2]
 * ```
 */
export function tracedCoinGame(
  options: CoinGameOptions & TracedOptions = {},
): TracedEnvironment<CoinGameState> {
  const { dtype = 'float32', ...rules } = options;
  checkDtype('tracedCoinGame', dtype);
  const { maxSteps, egocentric, ties, coins } = coinGameOptions('tracedCoinGame', rules);
  const two = coins === 'two';
  const redFirst = ties === 'red';
  return {
    name: 'coin-game',
    agents: 2,
    actions: [4, 4],
    observationShape: [4, 3, 3],
    dtype,
    maxSteps,
    reset(key) {
      const words = bits(key, [4]);
      const [red, blue] = [cellOf(at(words, 0)), cellOf(at(words, 1))];
      const second = two ? cellOf(at(words, 3)) : cast(mod(at(words, 3), cast(int(2), 'uint32')), 'int32');
      const coin = two ? cellOf(at(words, 2)) : freeCell(at(words, 2), red, blue);
      return { red, blue, coin, second, time: int(0) };
    },
    step(state, actions, key) {
      const red = move(state.red, at(actions, 0));
      const blue = move(state.blue, at(actions, 1));
      const redFirstTakes = equal(red, state.coin);
      const blueFirstTakes = withTies(equal(blue, state.coin), redFirstTakes, redFirst);
      const time = add(state.time, 1);
      const ended = never(2);
      const rest = { terminated: ended, truncated: truncation(time, maxSteps, ended) };
      const taken = logicalOr(redFirstTakes, blueFirstTakes);
      if (two) {
        const redTakesBlue = equal(red, state.second);
        const blueTakesBlue = withTies(equal(blue, state.second), redTakesBlue, redFirst);
        const words = bits(key, [2]);
        const rewards = stack([
          sub(add(bit(redFirstTakes), bit(redTakesBlue)), mul(2, bit(blueFirstTakes))),
          sub(add(bit(blueFirstTakes), bit(blueTakesBlue)), mul(2, bit(redTakesBlue))),
        ]);
        const coin = where(taken, cellOf(at(words, 0)), state.coin);
        const second = where(logicalOr(redTakesBlue, blueTakesBlue), cellOf(at(words, 1)), state.second);
        return { state: { red, blue, coin, second, time }, rewards: cast(rewards, dtype), ...rest };
      }
      const isRed = equal(state.second, 1);
      const rewards = stack([
        sub(bit(redFirstTakes), mul(2, bit(logicalAnd(isRed, blueFirstTakes)))),
        sub(bit(blueFirstTakes), mul(2, bit(logicalAnd(logicalNot(isRed), redFirstTakes)))),
      ]);
      const coin = where(taken, freeCell(at(bits(key, [1]), 0), red, blue), state.coin);
      const second = where(taken, sub(1, state.second), state.second);
      return { state: { red, blue, coin, second, time }, rewards: cast(rewards, dtype), ...rest };
    },
    observe({ red, blue, coin, second }) {
      const plane = (cell: Tensor) => cast(equal(arange(0, CELLS), cell), dtype);
      const coinPlane = plane(coin);
      const isRed = cast(second, dtype);
      const [redCoin, blueCoin] = two
        ? [coinPlane, plane(second)]
        : [mul(coinPlane, isRed), mul(coinPlane, sub(1, isRed))];
      const [r, b] = [plane(red), plane(blue)];
      const first = concat([r, b, redCoin, blueCoin]);
      const other = egocentric ? concat([b, r, blueCoin, redCoin]) : first;
      return reshape(stack([first, other]), [2, 4, 3, 3]);
    },
  };
}

/** Whether blue takes a coin that it stands on. */
const withTies = (blue: Tensor, red: Tensor, redFirst: boolean): Tensor =>
  redFirst ? logicalAnd(blue, logicalNot(red)) : blue;
