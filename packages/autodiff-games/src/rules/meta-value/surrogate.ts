/** What a player climbs who knows meta-values: the surrogate of its game, and its gradient. */
import {
  add,
  at,
  expandDims,
  grad,
  matmul,
  mean,
  mul,
  reshape,
  stack,
  sub,
  sum,
  type Tensor,
} from '@descant/tensor-ops';
import type { FlatGame } from '../../networks/flat-game.ts';
import type { PairNetwork, PairNetworkParameters, ReadOptions } from '../../networks/pair-network.ts';

/** Whether the network holds the meta-value of a position, or of the position after the next step. */
export type Formulation = 'V' | 'U';

/** The means of the players' quantiles, [players, R], as one product with the mean of the output layer. */
export function expectedValues(
  network: PairNetwork,
  parameters: PairNetworkParameters,
  x: Tensor,
  discounts: Tensor,
  read: ReadOptions = {},
): Tensor {
  const { weights, bias } = parameters.output;
  const hidden = network.hidden(parameters, x, discounts, read);
  const column = reshape(mean(weights, 1), [weights.shape[0], 1]);
  return add(reshape(matmul(hidden, column), hidden.shape.slice(0, 2)), mean(bias));
}

/** What `surrogateGradients` needs besides the position. */
export interface Climb {
  readonly network: PairNetwork;
  readonly parameters: PairNetworkParameters;
  readonly game: FlatGame;
  readonly formulation: Formulation;
  /** gamma of each player, [2, R]. */
  readonly discounts: Tensor;
  readonly signs?: Tensor;
  /** Whose gradients; default both. */
  readonly players?: readonly number[];
}

/**
 * The gradients of the players' surrogates in their own parameters, [players, R, n].
 *
 * V: `grad_i V_i(x)`; U: `grad_i [(1 - gamma_i) f_i(x) + gamma_i U_i(x)]`, expectations over quantiles.
 *
 * Source: Cooijmans 2023, thesis, eq. 6.3.3 and algorithm 4.
 */
export function surrogateGradients(x: Tensor, climb: Climb): Tensor {
  const { network, parameters, game, formulation, discounts, signs, players = [0, 1] } = climb;
  const of = (all: Tensor) => stack(players.map((player) => at(all, player)));
  const read = { players, ownDerivativesOnly: true, ...(signs === undefined ? {} : { signs }) };
  // A player's value depends on no other player's parameters here, so that one sum serves all of them.
  const total = (y: Tensor) => {
    const values = expectedValues(network, parameters, y, discounts, read);
    return sum(formulation === 'U' ? mul(of(discounts), values) : values);
  };
  const learned = of(grad(total)(x));
  if (formulation === 'V') return learned;
  return add(learned, mul(expandDims(sub(1, of(discounts)), 2), of(game.gradients(x))));
}
