/** Checking a user's own game. */
import {
  add,
  at,
  type FloatType,
  flatten,
  jit,
  matmul,
  normal,
  split,
  stack,
  type Tensor,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { checkGradients } from '@descant/tensor-ops/debug';
import type { Game } from '../game.ts';
import { ravel, unravel } from '../parameters.ts';
import { valueGradient } from '../rules/naive.ts';
import {
  allFinite,
  attempt,
  type CheckOptions,
  checkOptions,
  describe,
  disagreement,
  distance,
  drawPlays,
  firstProblems,
  type Plays,
  PRECISIONS,
} from './compare.ts';

/** Directions along which derivatives are compared with finite differences, in each play. */
const DIRECTIONS = 3;

function initProblems<P>(game: Game<P>, key: Tensor, dtype: FloatType): string[] {
  const drawn = game.init(key, dtype);
  if (!Array.isArray(drawn) || drawn.length !== game.players) {
    return [`init must return ${game.players} trees, one a player; got ${drawn?.length}`];
  }
  const wrong = flatten(drawn).leaves.find((leaf) => leaf.dtype !== dtype);
  if (wrong) return [`init must return ${dtype} tensors when asked for ${dtype}; got ${wrong.dtype}`];
  if (!allFinite(drawn)) return [`init must return finite numbers; got others in ${dtype}`];
  const again = game.init(key, dtype);
  return distance(again, drawn) === 0 ? [] : ['init must return the same parameters for the same key'];
}

function valueProblems<P>(game: Game<P>, { single }: Plays<P>, dtype: FloatType): string[] {
  const expected = `values must return one ${dtype} scalar a player, ${game.players} in all`;
  for (const parameters of single) {
    const values = game.values(parameters);
    if (!Array.isArray(values) || values.length !== game.players)
      return [`${expected}; got ${values?.length}`];
    const wrong = values.find((v) => describe(v) !== `${dtype}[]`);
    if (wrong) return [`${expected}; got ${describe(wrong)}`];
    if (!allFinite(values)) {
      return [`values must be finite where init starts; got ${values.map((v) => v.item()).join(', ')}`];
    }
  }
  return [];
}

function compilationProblems<P>(game: Game<P>, { batch, single }: Plays<P>, tolerance: number): string[] {
  const values = (x: readonly P[]) => stack(game.values(x));
  const expected = stack(single.map(values));
  return [
    ...disagreement(
      'values of a batch (vmap) must equal those of single plays',
      vmap(values)(batch),
      expected,
      tolerance,
    ),
    ...disagreement(
      'compiled values (jit) must equal those not compiled',
      jit(vmap(values))(batch),
      expected,
      tolerance,
    ),
  ];
}

function gradientProblems<P>(game: Game<P>, { single }: Plays<P>, key: Tensor): string[] {
  return firstProblems(
    single.map((parameters, play) => () => {
      const start = ravel(parameters);
      const directions = normal(at(split(key, single.length), play), [DIRECTIONS, start.size], 'float64');
      const values = (along: Tensor) =>
        stack(game.values(unravel(add(start, matmul(along, directions)), parameters)));
      return attempt('derivatives of the values must equal finite differences', () => {
        checkGradients(values, [zeros([DIRECTIONS], 'float64')]);
        return [];
      });
    }),
  );
}

function interactionProblems<P>(game: Game<P>, { single }: Plays<P>): string[] {
  const players = Array.from({ length: game.players }, (_, i) => i);
  const depends = (of: number, by: number) =>
    single.some((x) =>
      flatten(valueGradient(game, x, of, by)).leaves.some((leaf) => leaf.data.some((g: number) => g !== 0)),
    );
  return players.flatMap((player) => {
    const others = players.filter((other) => other !== player);
    const own = depends(player, player)
      ? []
      : [`the value of player ${player} must depend on its own parameters`];
    return others.length === 0 || others.some((other) => depends(other, player))
      ? own
      : [...own, `some other player's value must depend on the parameters of player ${player}`];
  });
}

/**
 * Checks a game of your own: a list of readable problems, empty when there are none.
 *
 * In float32 and float64: `init` draws finite parameters of the dtype asked for, one tree a player, the same for the
 * same key; `values` returns one finite scalar of that dtype a player; a batch (`vmap`) and compiled code (`jit`)
 * give what single plays give. In float64: derivatives agree with finite differences; every player's value depends
 * on its own parameters, and its parameters on some other player's value (a game of one player excepted).
 *
 * @param options.key - Draws the plays that are tried; default `key(0)`.
 * @param options.plays - How many; default 4.
 * @throws ArgumentError when `plays` is not a whole number of at least 1. Errors of the game become problems.
 *
 * @example
 * ```ts
 * import { checkGame, type Game, iteratedPrisonersDilemma } from '@descant/autodiff-games';
 * import { mul, normal, tensor } from '@descant/tensor-ops';
 * checkGame(iteratedPrisonersDilemma()); // => []
 * const lonely: Game = {
 *   name: 'lonely',
 *   players: 1,
 *   values: ([x]) => [mul(x, tensor(2, { dtype: 'float64' }))],
 *   init: (key, dtype) => [normal(key, [], dtype)],
 * };
 * checkGame(lonely); // => ['values must return one float32 scalar a player, 1 in all; got float64[]']
 * ```
 */
export function checkGame<P>(game: Game<P>, options: CheckOptions = {}): string[] {
  const settings = checkOptions('checkGame', options);
  const { key } = settings;
  const basics = PRECISIONS.flatMap(({ dtype, tolerance }) =>
    firstProblems([
      () => attempt('init fails', () => initProblems(game, key, dtype)),
      () => attempt('values fails', () => valueProblems(game, drawPlays(game, settings, dtype), dtype)),
      () =>
        attempt('vmap or jit of values fails', () =>
          compilationProblems(game, drawPlays(game, settings, dtype), tolerance),
        ),
    ]),
  );
  if (basics.length > 0) return [...new Set(basics)];
  const plays = drawPlays(game, settings, 'float64');
  return attempt('the gradient of a value fails', () => [
    ...gradientProblems(game, plays, key),
    ...interactionProblems(game, plays),
  ]);
}
