/** Games of two players as functions of one array: what networks look at. */
import { ArgumentError, at, type FloatType, key, stack, type Tensor, vmap } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { ravel, sizeOfTree, unravel } from '../parameters.ts';
import { valueGradient } from '../rules/naive.ts';
import type { Rule } from '../rules/rule.ts';

/** A batch of R plays of a game, their positions as one array [2, R, n]: the players' parameters, raveled. */
export interface FlatGame {
  /** n, the number of parameters of each player. */
  readonly size: number;
  /** Initial positions [2, R, n]. */
  init(keys: Tensor): Tensor;
  /** The values [2, R]. */
  values(x: Tensor): Tensor;
  /** grad_i f_i for both players, [2, R, n]. */
  gradients(x: Tensor): Tensor;
  /** The direction [R, n] that a rule gives one player. */
  directions(rule: Rule, x: Tensor, player: number): Tensor;
}

/** @throws ArgumentError when the game does not have two players with equally many parameters. */
export function flatGame<P>(fn: string, game: Game<P>, dtype: FloatType): FlatGame {
  const example = game.init(key(0), dtype);
  const sizes = example.map(sizeOfTree);
  if (sizes.length !== 2 || sizes[0] !== sizes[1]) {
    const expected = 'have two players with equally many parameters';
    throw new ArgumentError(fn, 'game', expected, `${game.name} with [${sizes.join(', ')}]`);
  }
  // Arrays come in and go out player by player; each example is one play.
  const batched =
    (one: (parameters: P[]) => Tensor[]) =>
    (x: Tensor): Tensor => {
      const play = (first: Tensor, second: Tensor) =>
        one([first, second].map((own, player) => unravel(own, example[player])));
      return stack(vmap(play)(at(x, 0), at(x, 1)));
    };
  return {
    size: sizes[0],
    init: (keys) => stack(vmap((k: Tensor) => game.init(k, dtype).map(ravel))(keys)),
    values: batched((parameters) => game.values(parameters)),
    gradients: batched((parameters) =>
      parameters.map((_, i) => ravel(valueGradient(game, parameters, i, i))),
    ),
    directions: (rule, x, player) =>
      at(batched((parameters) => [ravel(rule.direction(game, parameters, player))])(x), 0),
  };
}
