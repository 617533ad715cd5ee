/** The process that meta-values are about: two players learning, at least one of them along a network. */
import {
  add,
  at,
  broadcastTo,
  concat,
  expandDims,
  fori,
  mean,
  moveAxis,
  mul,
  reshape,
  scan,
  slice,
  sqrt,
  square,
  stack,
  sub,
  type Tensor,
} from '@descant/tensor-ops';
import { type PairNetwork, type PairNetworkParameters, pairNetwork } from '../../networks/pair-network.ts';
import { lambdaReturns } from './lambda-returns.ts';
import type { MetaValueSettings } from './settings.ts';
import { type Climb, surrogateGradients } from './surrogate.ts';

/** The network for a game whose players have n parameters. */
export const metaValueNetwork = (n: number, settings: MetaValueSettings): PairNetwork =>
  pairNetwork({
    ...settings.network,
    size: n,
    outputs: settings.quantiles,
    symmetric: settings.symmetricGame && settings.opponent === 'metaValue',
  });

/** One step of both players, x + alpha d(x): player 1 along its surrogate, player 2 as the settings say. */
function metaStep(x: Tensor, climb: Climb, { opponent, learningRate }: MetaValueSettings): Tensor {
  if (opponent === 'metaValue') return add(x, mul(surrogateGradients(x, climb), learningRate));
  const own = at(surrogateGradients(x, { ...climb, players: [0] }), 0);
  return add(x, mul(stack([own, climb.game.directions(opponent, x, 1)]), learningRate));
}

/** The position after so many steps. */
export const metaSteps = (x: Tensor, steps: number, climb: Climb, settings: MetaValueSettings): Tensor =>
  fori(0, steps, (_i, y) => metaStep(y, climb, settings), x);

/** A stretch of the process. */
export interface MetaTrajectory {
  /** x_0, ..., x_k: [k + 1, 2, R, n]. */
  readonly positions: Tensor;
  /** The meta-rewards of the k steps, [k, 2, R]: f(x_t) for V, f(x_(t+1)) for U. */
  readonly rewards: Tensor;
  /** f(x_0), ..., f(x_k): [k + 1, 2, R]. */
  readonly values: Tensor;
}

export function metaTrajectory(
  x: Tensor,
  steps: number,
  climb: Climb,
  settings: MetaValueSettings,
): MetaTrajectory {
  const { game, formulation } = climb;
  const [, visited] = scan(
    (now: Tensor, _: null): [Tensor, { next: Tensor; reached: Tensor }] => {
      const next = metaStep(now, climb, settings);
      return [next, { next, reached: game.values(next) }];
    },
    x,
    null,
    { length: steps },
  );
  const values = concat([expandDims(game.values(x), 0), visited.reached]);
  return {
    positions: concat([expandDims(x, 0), visited.next]),
    rewards: formulation === 'U' ? visited.reached : slice(values, [0, 0, 0], visited.reached.shape),
    values,
  };
}

/** The network's quantiles at all positions of a trajectory, [k + 1, 2, R, M], as one batch. */
export function quantilesAlong(
  network: PairNetwork,
  parameters: PairNetworkParameters,
  positions: Tensor,
  discounts: Tensor,
): Tensor {
  const [times, , plays, n] = positions.shape;
  const rows = reshape(moveAxis(positions, 0, 1), [2, times * plays, n]);
  const settings = reshape(broadcastTo(expandDims(discounts, 1), [2, times, plays]), [2, times * plays]);
  const outputs = network.outputs(parameters, rows, settings);
  return moveAxis(reshape(outputs, [2, times, plays, outputs.shape[2]]), 1, 0);
}

/**
 * How far the first of the given means is from what the trajectory and the last mean make of it, in each play.
 *
 * `sum_(t < k) (1 - gamma) gamma^t r_t + gamma^k V(x_k) - V(x_0)`, from means [k + 1, 2, R]; shape [2, R].
 */
export function temporalDifference(means: Tensor, rewards: Tensor, discounts: Tensor): Tensor {
  const returns = lambdaReturns({ rewards, values: expandDims(means, 3), discounts, lambda: 1 });
  return sub(reshape(at(returns, 0), discounts.shape), at(means, 0));
}

export const rootMeanSquare = (x: Tensor): Tensor => sqrt(mean(square(x)));
