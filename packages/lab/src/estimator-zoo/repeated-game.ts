/** Repeated games of two players with two actions and a memory of one step, small enough to enumerate every play. */
import type { Chance, Rollout } from '@descant/estimators';
import {
  add,
  at,
  concat,
  gather,
  matmul,
  mul,
  neg,
  reshape,
  type Shape,
  sigmoid,
  slice,
  softplus,
  stack,
  sum,
  type Tensor,
  tensor,
  transpose,
  where,
  zeros,
} from '@descant/tensor-ops';

/** A game of T steps. */
export interface RepeatedGame {
  readonly name: string;
  /** [player][own row][column], in the order of the players. */
  readonly payoffs: readonly (readonly (readonly number[])[])[];
  readonly discount: number;
  readonly steps: number;
}

/** Logits of action 0 of both players, in the states start, (0, 0), (0, 1), (1, 0), (1, 1): [5] each. */
export type Policies = readonly [Tensor, Tensor];

/** What B plays went through: states [T, B] and actions [T, B, 2]. */
export interface Plays {
  readonly states: Tensor;
  readonly actions: Tensor;
}

export const float64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'float64' });

/** Payoffs [2, 4] of the joint actions in the order of the states. */
const payoffTable = ({ payoffs }: RepeatedGame): Tensor => float64(payoffs.map((own) => own.flat()));

/** Lets both players play B times. */
export function draw({ steps }: RepeatedGame, policies: Policies, chance: Chance, plays: number): Plays {
  const states: Tensor[] = [zeros([plays], 'int32')];
  const actions: Tensor[] = [];
  for (let t = 0; t < steps; t++) {
    const [first, second] = policies.map((logits) => {
      const own = gather(logits, states[t]);
      return chance.categorical(stack([own, zeros([plays], 'float64')], -1));
    });
    actions.push(stack([first, second], -1));
    states.push(add(1, add(mul(2, first), second)));
  }
  return { states: stack(states.slice(0, steps)), actions: stack(actions) };
}

/** log pi of the plays' actions under given policies, [T, B, 2]. */
export const logProbabilities = (policies: Policies, { states, actions }: Plays): Tensor =>
  stack(
    policies.map((logits, player) => {
      const own = gather(logits, states);
      return neg(softplus(where(at(actions, player, 2), own, neg(own))));
    }),
    2,
  );

/** The joint action of every step as 0, ..., 3: [T, B]. */
const jointActions = ({ actions }: Plays): Tensor => add(mul(2, at(actions, 0, 2)), at(actions, 1, 2));

/** The plays as a rollout under given policies, which the game ends after T steps. */
export function rolloutOf(game: RepeatedGame, policies: Policies, plays: Plays): Rollout {
  const joint = jointActions(plays);
  const [steps, count] = joint.shape;
  const last = Array.from({ length: steps }, (_, t) => new Array<boolean>(count).fill(t === steps - 1));
  const table = payoffTable(game);
  return {
    logProbabilities: logProbabilities(policies, plays),
    rewards: stack([gather(at(table, 0), joint), gather(at(table, 1), joint)], 2),
    discount: game.discount,
    terminated: tensor(last),
  };
}

/** The exact Q of every step, [T, 2, 4] (player, joint action), and V, [T + 1, 2, 5] (player, state). */
export interface ExactValues {
  readonly q: readonly Tensor[];
  readonly v: readonly Tensor[];
}

/** Exact values of policies by dynamic programming, differentiable in them. */
export function solveGame(game: RepeatedGame, policies: Policies): ExactValues {
  const [first, second] = policies.map((logits) => stack([sigmoid(logits), sigmoid(neg(logits))], 1));
  const pairs: Shape = [5, 4];
  const joint = reshape(mul(reshape(first, [5, 2, 1]), reshape(second, [5, 1, 2])), pairs);
  const q: Tensor[] = [];
  const v: Tensor[] = [zeros([2, 5], 'float64')];
  for (let t = game.steps - 1; t >= 0; t--) {
    const following = slice(v[0], [0, 1], [2, 4]);
    q.unshift(add(payoffTable(game), mul(following, game.discount)));
    v.unshift(matmul(q[0], transpose(joint)));
  }
  return { q, v };
}

/** Both players' exact values at the start, [2]. */
export const valuesAtStart = (game: RepeatedGame, policies: Policies): Tensor =>
  at(solveGame(game, policies).v[0], 0, 1);

/** V of the states that plays visit, [T, B, 2], and of those that each step leads to. */
export function criticOf({ v }: ExactValues, plays: Plays): Required<Pick<Rollout, 'values' | 'nextValues'>> {
  const next = add(1, jointActions(plays));
  const read = (table: Tensor, states: Tensor) =>
    stack(
      [0, 1].map((player) => gather(at(table, player), states)),
      1,
    );
  const steps = plays.states.shape[0];
  const all = (shift: number, states: Tensor) =>
    stack(Array.from({ length: steps }, (_, t) => read(v[t + shift], at(states, t))));
  return { values: all(0, plays.states), nextValues: all(1, next) };
}

/** Q of the plays' joint actions, [T, B, 2]. */
export const actionValuesOf = ({ q }: ExactValues, plays: Plays): Tensor => {
  const joint = jointActions(plays);
  return stack(
    q.map((table, t) =>
      stack(
        [0, 1].map((player) => gather(at(table, player), at(joint, t))),
        1,
      ),
    ),
  );
};

/**
 * Both players' discounted returns, [2], when their actions are shares instead of choices: `act` turns the mean logits
 * [2] of a state that is itself a mixture into shares [2]. Linear in each step's shares, so that one-hot ones give the
 * return of a play.
 */
export function relaxedReturn(
  game: RepeatedGame,
  policies: Policies,
  act: (logits: Tensor, step: number, player: number) => Tensor,
): Tensor {
  let state: Tensor = float64([1, 0, 0, 0, 0]);
  let total: Tensor = zeros([2], 'float64');
  for (let t = 0; t < game.steps; t++) {
    const [a, b] = policies.map((logits, player) => {
      const own = sum(mul(state, logits));
      return act(stack([own, zeros([], 'float64')]), t, player);
    });
    const joint = reshape(mul(reshape(a, [2, 1]), reshape(b, [1, 2])), [4]);
    total = add(total, mul(matmul(payoffTable(game), joint), game.discount ** t));
    state = concat([zeros([1], 'float64'), joint]);
  }
  return total;
}
