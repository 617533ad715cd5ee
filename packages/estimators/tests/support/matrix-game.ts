/** A repeated game of two players with two actions, small enough to enumerate all plays. */
import { type Chance, enumerate, expectation, type Rollout } from '@descant/estimators';
import {
  add,
  at,
  gather,
  grad,
  jacobian,
  mul,
  neg,
  reshape,
  softplus,
  stack,
  sum,
  type Tensor,
  tensor,
  where,
  zeros,
} from '@descant/tensor-ops';

export interface MatrixGame {
  /** r^i[a1][a2] of both players. */
  readonly payoffs: readonly (readonly (readonly number[])[])[];
  readonly discount: number;
  readonly steps: number;
}

/** Logits of action 0 of both players in the states start, (0, 0), (0, 1), (1, 0), (1, 1): each [5]. */
export type Policies = readonly [Tensor, Tensor];

/** One play: states [T] and actions [T, 2], int32. */
export interface Play {
  readonly states: Tensor;
  readonly actions: Tensor;
}

export const f64 = (values: unknown): Tensor => tensor(values as number[], { dtype: 'float64' });

/** The game of the reference values: general-sum, of two steps. */
export const exampleGame: MatrixGame = {
  payoffs: [
    [
      [1, -2],
      [3, -0.5],
    ],
    [
      [0.5, 2.5],
      [-1.5, -1],
    ],
  ],
  discount: 0.9,
  steps: 2,
};

/** The policies of the reference values. */
export const examplePolicies: Policies = [
  f64([0.3, -0.4, 0.8, -1.1, 0.2]),
  f64([-0.6, 0.5, -0.2, 0.9, -0.7]),
];

/** Lets both players play, from the start or another state. */
export function play(game: MatrixGame, policies: Policies, chance: Chance, start = 0): Play {
  let state: Tensor = tensor(start, { dtype: 'int32' });
  const states: Tensor[] = [];
  const actions: Tensor[] = [];
  for (let t = 0; t < game.steps; t++) {
    const both = policies.map((logits) => {
      const own = gather(logits, state);
      return chance.categorical(stack([own, zeros([], own.dtype)]));
    });
    states.push(state);
    actions.push(stack(both));
    state = add(1, add(mul(2, both[0]), both[1]));
  }
  return { states: stack(states), actions: stack(actions) };
}

/** log pi of the actions of one play under other policies: [T, 1, 2]. */
export function logProbabilities(policies: Policies, { states, actions }: Play): Tensor {
  const each = policies.map((logits, player) => {
    const own = gather(logits, states);
    return neg(softplus(where(at(actions, player, 1), own, neg(own))));
  });
  const both = stack(each, 1);
  return reshape(both, [both.shape[0], 1, 2]);
}

/** A table over joint actions (and what comes before), read along a play, for both players: [T, 1, 2]. */
export function readPayoffs(game: MatrixGame, { actions }: Play): Tensor {
  const joint = add(mul(2, at(actions, 0, 1)), at(actions, 1, 1));
  const both = stack(
    game.payoffs.map((r) => gather(f64(r.flat()), joint)),
    1,
  );
  return reshape(both, [both.shape[0], 1, 2]);
}

/** A play as a rollout of a batch of one. */
export const rolloutOf = (game: MatrixGame, policies: Policies, one: Play): Rollout => ({
  logProbabilities: logProbabilities(policies, one),
  rewards: readPayoffs(game, one),
  discount: game.discount,
});

/** The discounted return of a play for both players: [2]. */
export function returnOf(game: MatrixGame, one: Play): Tensor {
  const weights = f64(Array.from({ length: game.steps }, (_, t) => [[game.discount ** t]]));
  return sum(mul(weights, readPayoffs(game, one)), [0, 1]);
}

/** The exact values of both players, [2]: differentiable in the policies. */
export const exactValues = (game: MatrixGame, policies: Policies): Tensor =>
  expectation(enumerate((chance) => returnOf(game, play(game, policies, chance))));

/** Derivatives of a function of both policies that gives both players' values [2]; `mixed` is D_ij, rows theta_i. */
export const differentiate = {
  grad: (values: (p: Policies) => Tensor, policies: Policies, player: number): Tensor =>
    grad((own: Tensor) => at(values(replaced(policies, player, own)), player))(policies[player]),
  mixed: (values: (p: Policies) => Tensor, policies: Policies, player: number): Tensor =>
    jacobian((other: Tensor) => differentiate.grad(values, replaced(policies, 1 - player, other), player))(
      policies[1 - player],
    ),
  own: (values: (p: Policies) => Tensor, policies: Policies, player: number): Tensor =>
    jacobian((own: Tensor) => differentiate.grad(values, replaced(policies, player, own), player))(
      policies[player],
    ),
};

const replaced = (policies: Policies, player: number, own: Tensor): Policies =>
  player === 0 ? [own, policies[1]] : [policies[0], own];
