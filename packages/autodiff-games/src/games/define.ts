/** Games given by a function. */
import { ArgumentError, at, type FloatType, normal, split, type Tensor } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';

/** Options of `defineGame`. */
export interface DefineGameOptions {
  readonly name: string;
  /** The shape of each player's parameter tensor. */
  readonly shapes: readonly (readonly number[])[];
  /** The values to maximise, scalars, one a player, from the players' parameters. */
  readonly values: (...parameters: Tensor[]) => readonly Tensor[];
}

/**
 * A game from a function of the players' parameters, one tensor each, which start as standard normals.
 *
 * Parameters that are trees, or start elsewhere, need a `Game` object of your own. `checkGame` tests either.
 *
 * @throws ArgumentError when there are no shapes; when played, for parameters of other shapes or another number of
 * values.
 *
 * @example
 * ```ts
 * import { defineGame, simultaneousGradient } from '@descant/autodiff-games';
 * import { mul, neg, square, sum, tensor } from '@descant/tensor-ops';
 * const chase = defineGame({
 *   name: 'chase',
 *   shapes: [[], []],
 *   values: (x, y) => [mul(x, y), neg(square(y))],
 * });
 * simultaneousGradient(chase, [tensor(2), tensor(3)]).map((g) => g.item()); // => [3, -6]
 * ```
 */
export function defineGame({ name, shapes, values }: DefineGameOptions): Game {
  if (!Array.isArray(shapes) || shapes.length === 0) {
    throw new ArgumentError(
      'defineGame',
      'shapes',
      'be an array of shapes, one a player',
      JSON.stringify(shapes),
    );
  }
  const players = shapes.length;
  return {
    name,
    players,
    values(parameters) {
      checkShapes(name, parameters, shapes);
      const found = values(...parameters);
      if (found.length !== players) {
        throw new ArgumentError(name, 'values', `return ${players} scalars, one a player`, `${found.length}`);
      }
      return [...found];
    },
    init(key, dtype: FloatType = 'float32') {
      const keys = split(key, players);
      return shapes.map((shape, player) => normal(at(keys, player), shape, dtype));
    },
  };
}
