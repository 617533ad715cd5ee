/** Arithmetic on parameters, which are trees of tensors, one tree for each player. */
import {
  ArgumentError,
  add,
  concat,
  flatten,
  mapTree,
  mul,
  reshape,
  splitAxis,
  sum,
  Tensor,
  unflatten,
} from '@descant/tensor-ops';
import type { Game } from './game.ts';

/** The parameters of all players with one player's replaced. */
export const replaced = <P>(parameters: readonly P[], player: number, own: P): P[] =>
  parameters.map((x, i) => (i === player ? own : x));

/** x + rate d, leaf by leaf. */
export const stepped = <P>(x: P, rate: number, direction: P): P =>
  mapTree((leaf, d) => add(leaf, mul(d, rate)), x, direction);

/** The inner product of two trees of one structure. */
export function innerProduct<P>(a: P, b: P): Tensor {
  const [left, right] = [flatten(a).leaves, flatten(b).leaves];
  return left.map((leaf, i) => sum(mul(leaf, right[i]))).reduce((total, term) => add(total, term));
}

/** The number of elements in all leaves of a tree. */
export const sizeOfTree = (tree: unknown): number =>
  flatten(tree).leaves.reduce((total, leaf) => total + leaf.size, 0);

/** All elements of a tree as one vector, in the order of its leaves. */
export function ravel(tree: unknown): Tensor {
  const { leaves } = flatten(tree);
  return concat(leaves.map((leaf) => reshape(leaf, [leaf.size])));
}

/** The tree like `like` whose elements are those of a vector: the inverse of `ravel`. */
export function unravel<T>(vector: Tensor, like: T): T {
  const { leaves, structure } = flatten(like);
  const pieces = splitAxis(
    vector,
    leaves.map((leaf) => leaf.size),
  );
  return unflatten<T>(
    structure,
    leaves.map((leaf, i) => reshape(pieces[i], leaf.shape)),
  );
}

/** Checks that there is one tensor of the expected shape for each player. */
export function checkShapes(
  game: string,
  parameters: readonly Tensor[],
  shapes: readonly (readonly number[])[],
): void {
  if (!Array.isArray(parameters) || parameters.length !== shapes.length) {
    const received = Array.isArray(parameters) ? `${parameters.length}` : typeof parameters;
    throw new ArgumentError(game, 'parameters', `be an array of ${shapes.length}, one a player`, received);
  }
  parameters.forEach((x, i) => {
    const shape = x instanceof Tensor ? `[${x.shape.join(', ')}]` : typeof x;
    const expected = `[${shapes[i].join(', ')}]`;
    if (shape !== expected) {
      throw new ArgumentError(
        game,
        `parameters[${i}]`,
        `have shape ${expected} (batches go through vmap)`,
        shape,
      );
    }
  });
}

/** One player's value; checks that the game gives as many values as it has players. */
export function playerValue<P>(game: Game<P>, parameters: readonly P[], player: number): Tensor {
  const values = game.values(parameters);
  if (values.length !== game.players) {
    throw new ArgumentError(
      game.name,
      'values',
      `return ${game.players} scalars, one a player`,
      `${values.length}`,
    );
  }
  return values[player];
}
