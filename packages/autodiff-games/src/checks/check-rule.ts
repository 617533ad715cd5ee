/** Checking a user's own learning rule. */
import {
  at,
  type FloatType,
  jit,
  mapTree,
  mul,
  normal,
  sin,
  split,
  square,
  sub,
  sum,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { bilinearGame } from '../games/bilinear.ts';
import { iteratedPrisonersDilemma } from '../games/iterated.ts';
import { tandemGame } from '../games/tandem.ts';
import { valueGradient } from '../rules/naive.ts';
import type { Rule, UpdateRule } from '../rules/rule.ts';
import {
  allFinite,
  attempt,
  type CheckOptions,
  checkOptions,
  describe,
  disagreement,
  drawPlays,
  firstProblems,
  type Plays,
  PRECISIONS,
} from './compare.ts';
import { updateRuleProblems } from './update-rule.ts';

/** The parameters of the game without interaction: a tree, so that rules meet one. */
interface SoloParameters {
  readonly place: Tensor;
  readonly height: Tensor;
}

/** A game in which nobody's value depends on the others: f_i = sum sin(place_i) - |place_i|^2 / 4 - (height_i - 1)^2. */
const withoutInteraction: Game<SoloParameters> = {
  name: 'game without interaction',
  players: 2,
  values: (parameters) =>
    parameters.map(({ place, height }) =>
      sub(sum(sub(sin(place), mul(square(place), 0.25))), square(sub(height, 1))),
    ),
  init: (key, dtype = 'float32') =>
    [2, 3].map((size, player) => {
      const keys = split(at(split(key, 2), player), 2);
      return { place: normal(at(keys, 0), [size], dtype), height: normal(at(keys, 1), [], dtype) };
    }),
};

function directionProblems<P>(rule: Rule, game: Game<P>, { single }: Plays<P>, player: number): string[] {
  for (const parameters of single) {
    const direction = rule.direction(game, parameters, player);
    const [expected, received] = [parameters[player], direction].map(describe);
    if (received !== expected)
      return [`the direction must be a tree like the parameters, ${expected}; got ${received}`];
    if (!allFinite(direction)) return ['the direction must be finite'];
  }
  return [];
}

function compilationProblems<P>(
  rule: Rule,
  game: Game<P>,
  { batch, single }: Plays<P>,
  player: number,
  tolerance: number,
): string[] {
  const direction = (x: readonly P[]) => rule.direction(game, x, player);
  const batched = vmap(direction)(batch);
  const ofPlay = (k: number) => mapTree((leaf) => at(leaf, k), batched);
  return firstProblems([
    ...single.map(
      (x, k) => () =>
        disagreement(
          'a batch (vmap) must give the directions of single plays',
          ofPlay(k),
          direction(x),
          tolerance,
        ),
    ),
    () =>
      disagreement(
        'compiled directions (jit) must equal those not compiled',
        jit(vmap(direction))(batch),
        batched,
        tolerance,
      ),
  ]);
}

/** Tests the claim of `naiveWithoutInteraction` where it applies. */
function claimProblems<P>(
  rule: Rule,
  game: Game<P>,
  plays: Plays<P>,
  player: number,
  tolerance: number,
): string[] {
  if ((game as Game<unknown>) !== withoutInteraction || rule.naiveWithoutInteraction !== true) return [];
  return firstProblems(
    plays.single.map(
      (x) => () =>
        disagreement(
          'without interaction the direction must be the own gradient, as naiveWithoutInteraction claims',
          rule.direction(game, x, player),
          valueGradient(game, x, player, player),
          tolerance,
        ),
    ),
  );
}

/** The problems of a rule with one game in one dtype, for each player. */
function problemsWith<P>(
  rule: Rule,
  game: Game<P>,
  options: Required<CheckOptions>,
  dtype: FloatType,
  tolerance: number,
): string[] {
  const plays = drawPlays(game, options, dtype);
  return plays.batch.flatMap((_, player) =>
    firstProblems([
      () => attempt('direction fails', () => directionProblems(rule, game, plays, player)),
      () =>
        attempt('vmap or jit of direction fails', () =>
          compilationProblems(rule, game, plays, player, tolerance),
        ),
      () => claimProblems(rule, game, plays, player, tolerance),
    ]).map((problem) => `${game.name}, player ${player}, ${dtype}: ${problem}`),
  );
}

/**
 * Checks a learning rule of your own on some games: a list of readable problems, empty when there are none.
 *
 * Both float dtypes are tried, and every player. Of a rule that is a direction: it is a finite tree like the player's
 * parameters; a batch (`vmap`) and compiled code (`jit`) give what single plays give. A game without interaction, whose
 * parameters are trees, is always among the games; there a rule with `naiveWithoutInteraction` must give the own
 * gradient. Of a rule with memory (`init` and `update`): parameters and state keep their form and stay finite, a rule
 * that is not `randomised` does not depend on the key, and three steps of all players are the same batched and compiled.
 *
 * @param games - The games to try; default: the Iterated Prisoner's Dilemma, tandem, a bilinear game and one whose
 * parameters are trees. Rules that keep strategies in the simplex need games with strategies: name some.
 * @param options.key - Draws the plays that are tried; default `key(0)`.
 * @param options.plays - How many; default 4.
 * @throws ArgumentError when `plays` is not a whole number of at least 1. Errors of the rule become problems.
 *
 * @example
 * ```ts
 * import { checkRule, iga, lola, matrixGame, namedPayoffs, type Rule, simultaneousGradient } from '@descant/autodiff-games';
 * import { mapTree, mul } from '@descant/tensor-ops';
 * checkRule(lola({ kind: 'exact', opponentRate: 1 })); // => []
 * const cautious: Rule = {
 *   name: 'half a step',
 *   direction: (game, x, player) => mapTree((g) => mul(g, 0.5), simultaneousGradient(game, x)[player]),
 * };
 * checkRule(cautious); // => []
 * checkRule({ ...cautious, naiveWithoutInteraction: true }).length; // => 4
 * const pennies = matrixGame({ payoffs: namedPayoffs.matchingPennies, strategies: 'probabilities' });
 * checkRule(iga(), [pennies]); // => []
 * ```
 */
export function checkRule(
  rule: Rule | UpdateRule,
  games?: readonly Game<unknown>[],
  options: CheckOptions = {},
): string[] {
  const settings = checkOptions('checkRule', options);
  if ('update' in rule) {
    return updateRuleProblems(rule, games ?? [...defaultGames(), withoutInteraction], settings);
  }
  return [...(games ?? defaultGames()), withoutInteraction].flatMap((game) =>
    PRECISIONS.flatMap(({ dtype, tolerance }) => problemsWith(rule, game, settings, dtype, tolerance)),
  );
}

const defaultGames = (): Game<unknown>[] => [
  iteratedPrisonersDilemma(),
  tandemGame(),
  bilinearGame({ matrix: [[1, -2, 0.5]] }),
];
