/** Checking a rule that has memory, projections or random draws. */
import {
  at,
  type FloatType,
  fori,
  jit,
  key as keyOf,
  mapTree,
  split,
  Tensor,
  vmap,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import type { RuleState, UpdateRule } from '../rules/rule.ts';
import {
  allFinite,
  attempt,
  type CheckOptions,
  describe,
  disagreement,
  drawPlays,
  firstProblems,
  PRECISIONS,
} from './compare.ts';

const learningRate = 0.1;
/** Enough that what is remembered is used. */
const steps = 3;

/** What all players are and remember. */
interface Play<P> {
  readonly parameters: P[];
  readonly states: RuleState[];
}

/** Some steps of all players by the rule. */
function played<P>(rule: UpdateRule, game: Game<P>, initial: readonly P[], key: Tensor): Play<P> {
  const states = initial.map((_, player) => rule.init(game, initial, player, key));
  const step = (now: Play<P>): Play<P> => {
    const next = now.parameters.map((_, player) =>
      rule.update(game, now.parameters, player, now.states[player], learningRate),
    );
    return { parameters: next.map((n) => n.parameters), states: next.map((n) => n.state) };
  };
  return fori(0, steps, (_i, now) => step(now), { parameters: [...initial], states });
}

/** Whether the state is a record of tensors, which is what `run` can carry from step to step. */
const isState = (state: unknown): boolean =>
  typeof state === 'object' && state !== null && Object.values(state).every((v) => v instanceof Tensor);

function formProblems<P>(
  rule: UpdateRule,
  game: Game<P>,
  x: readonly P[],
  player: number,
  key: Tensor,
): string[] {
  const state = rule.init(game, x, player, key);
  if (!isState(state)) return ['init must return a record of tensors'];
  const next = rule.update(game, x, player, state, learningRate);
  const [own, moved] = [x[player], next.parameters].map(describe);
  if (moved !== own) return [`update must return parameters like those before, ${own}; got ${moved}`];
  if (!isState(next.state)) return ['update must return a state that is a record of tensors'];
  const [before, after] = [state, next.state].map(describe);
  if (after !== before) return [`the state must keep its names, shapes and dtypes, ${before}; got ${after}`];
  return allFinite(next.parameters) ? [] : ['the parameters must stay finite'];
}

function keyProblems<P>(rule: UpdateRule, game: Game<P>, x: readonly P[]): string[] {
  if (rule.randomised === true) return [];
  const [first, second] = [2, 3].map((seed) => played(rule, game, x, keyOf(seed)).parameters);
  const what = 'with another key results must be the same, unless the rule is randomised';
  return disagreement(what, first, second, 0);
}

/** The problems of a rule with one game in one dtype. */
function problemsIn<P>(
  rule: UpdateRule,
  game: Game<P>,
  options: Required<CheckOptions>,
  dtype: FloatType,
  tolerance: number,
): string[] {
  const { batch, single } = drawPlays(game, options, dtype);
  const keys = split(keyOf(1), options.plays);
  const after = (x: readonly P[], key: Tensor) => played(rule, game, x, key).parameters;
  const problems = firstProblems([
    ...single.flatMap((x, k) =>
      x.map(
        (_, player) => () =>
          attempt('init or update fails', () => formProblems(rule, game, x, player, at(keys, k))).map(
            (problem) => `player ${player}: ${problem}`,
          ),
      ),
    ),
    () =>
      attempt('fori, vmap or jit of update fails', () => {
        const batched = vmap(after)(batch, keys);
        const ofPlay = (k: number) => batched.map((tree) => mapTree((leaf) => at(leaf, k), tree));
        return firstProblems([
          () => keyProblems(rule, game, single[0]),
          ...single.map(
            (x, k) => () =>
              disagreement(
                'a batch (vmap) must give what single plays give',
                ofPlay(k),
                after(x, at(keys, k)),
                tolerance,
              ),
          ),
          () =>
            disagreement(
              'compiled updates (jit) must equal those not compiled',
              jit(vmap(after))(batch, keys),
              batched,
              tolerance,
            ),
        ]);
      }),
  ]);
  return problems.map((problem) => `${game.name}, ${dtype}: ${problem}`);
}

/** The problems of a rule with memory on some games, in both float dtypes. */
export const updateRuleProblems = (
  rule: UpdateRule,
  games: readonly Game<unknown>[],
  options: Required<CheckOptions>,
): string[] =>
  games.flatMap((game) =>
    PRECISIONS.flatMap(({ dtype, tolerance }) => problemsIn(rule, game, options, dtype, tolerance)),
  );
