/** Checkers as functions of tensors. */
import {
  add,
  any,
  arange,
  at,
  broadcastTo,
  cast,
  concat,
  div,
  equal,
  expandDims,
  gather,
  logicalAnd,
  logicalNot,
  mul,
  notEqual,
  reshape,
  stack,
  type Tensor,
  tensor,
  where,
} from '@descant/tensor-ops';
import {
  ALL_FOOD,
  APPLES,
  appleValues,
  CHECKERS_COLUMN_SEEN,
  CHECKERS_NEXT,
  CHECKERS_ROW_SEEN,
  CHECKERS_STARTS,
  type CheckersOptions,
  checkersOptions,
  checkersSize,
  NEIGHBOURS,
} from '../environments/checkers.ts';
import { GRID_ACTIONS } from '../environments/grid-moves.ts';
import { checkDtype, int, truncation } from './helpers.ts';
import type { TracedEnvironment, TracedOptions } from './traced.ts';

/** The state: the cells of the agents and the steps taken, int32 scalars, and where food lies, bool[24]. */
export interface CheckersState {
  readonly first: Tensor;
  readonly second: Tensor;
  readonly food: Tensor;
  readonly time: Tensor;
}

const CELLS = CHECKERS_ROW_SEEN.length;

const isSet = (mask: number): boolean[] =>
  Array.from({ length: CELLS }, (_, cell) => ((mask >> cell) & 1) === 1);

/**
 * Checkers as pure functions of tensors; the rules are those of `checkers`, step for step.
 *
 * @throws ArgumentError when an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { tracedCheckers } from '@descant/envs';
 * import { key, tensor } from '@descant/tensor-ops';
 * const game = tracedCheckers();
 * const { rewards } = game.step(game.reset(key(0)), tensor([1, 1], { dtype: 'int32' }), key(1));
 * rewards.toArray(); // => [-10.01, -1.01]
 * ```
 */
export function tracedCheckers(
  options: CheckersOptions & TracedOptions = {},
): TracedEnvironment<CheckersState> {
  const { dtype = 'float32', ...given } = options;
  checkDtype('tracedCheckers', dtype);
  const { rules, maxSteps, stepCost, clock } = checkersOptions('tracedCheckers', given);
  const values = appleValues(rules);
  const next = int([...CHECKERS_NEXT]);
  const apples = tensor(isSet(APPLES));
  const number = (value: number) => tensor(value, { dtype });
  const around = tensor(
    [...NEIGHBOURS].map((cell) => Math.max(cell, 0)),
    { dtype: 'int32' },
  );
  const inside = tensor([...NEIGHBOURS].map((cell) => cell >= 0));
  const rowSeen = tensor([...CHECKERS_ROW_SEEN], { dtype });
  const columnSeen = tensor([...CHECKERS_COLUMN_SEEN], { dtype });

  /** What an agent at a cell sees of the nine cells around it. */
  function look(own: Tensor, { first, second, food }: CheckersState): Tensor {
    const places = gather(reshape(around, [CELLS, 9]), own);
    const exists = gather(reshape(inside, [CELLS, 9]), own);
    const hasFood = logicalAnd(gather(food, places), exists);
    const isApple = gather(apples, places);
    const lemon = logicalAnd(hasFood, logicalNot(isApple));
    const apple = logicalAnd(hasFood, isApple);
    const free = logicalAnd(exists, logicalNot(hasFood));
    const [a, b] = [first, second].map((cell) => logicalAnd(free, equal(places, cell)));
    const one = (x: Tensor) => cast(x, dtype);
    if (rules === 'head') {
      return reshape(stack([one(lemon), one(apple), one(a), one(b), one(logicalAnd(a, b))], 1), [45]);
    }
    return where(
      lemon,
      number(1),
      where(apple, number(2), where(logicalAnd(logicalNot(a), logicalNot(b)), number(0), number(3))),
    );
  }

  return {
    name: 'checkers',
    agents: 2,
    actions: [GRID_ACTIONS, GRID_ACTIONS],
    observationShape: [checkersSize(rules, clock)],
    dtype,
    maxSteps,
    reset: () => ({
      first: int(CHECKERS_STARTS[0]),
      second: int(CHECKERS_STARTS[1]),
      food: tensor(isSet(ALL_FOOD)),
      time: int(0),
    }),
    step(state, actions) {
      let { food } = state;
      const cells = [state.first, state.second];
      const rewards = [0, 1].map((i) => {
        const to = gather(next, add(mul(cells[i], GRID_ACTIONS), at(actions, i)));
        const moves = notEqual(to, cells[1 - i]);
        cells[i] = where(moves, to, cells[i]);
        const here = logicalAnd(equal(arange(0, CELLS), to), moves);
        const eats = any(logicalAnd(food, here));
        const apple = any(logicalAnd(apples, here));
        food = logicalAnd(food, logicalNot(here));
        const value = where(apple, number(values[i]), number(-values[i]));
        return add(number(stepCost), where(eats, value, number(0)));
      });
      const time = add(state.time, 1);
      const terminated = broadcastTo(expandDims(logicalNot(any(logicalAnd(food, apples))), 0), [2]);
      const truncated = truncation(time, maxSteps, terminated);
      const [first, second] = cells;
      return { state: { first, second, food, time }, rewards: stack(rewards), terminated, truncated };
    },
    observe(state) {
      const passed = div(cast(state.time, dtype), maxSteps);
      const see = (own: Tensor) =>
        concat([
          stack([gather(rowSeen, own), gather(columnSeen, own)]),
          look(own, state),
          ...(clock ? [expandDims(passed, 0)] : []),
        ]);
      return stack([see(state.first), see(state.second)]);
    },
  };
}
