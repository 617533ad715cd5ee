/** What players climb who know meta-values, where the game itself is known from plays. */
import type { PairNetwork, PairNetworkParameters } from '@descant/autodiff-games';
import type { Estimator } from '@descant/estimators';
import {
  add,
  at,
  expandDims,
  grad,
  mean,
  moveAxis,
  mul,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import { play, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { separated } from './flat-parameters.ts';

/** Estimates of values [2] and of the players' own gradients [2, n] at one position [2, n]. */
interface Estimated {
  readonly values: Tensor;
  readonly slopes: Tensor;
}

/** How a game is estimated at R positions [2, R, n]: values [2, R], slopes [2, R, n]. */
export type Estimation = (x: Tensor, key: Tensor) => Estimated;

/** What the players climb along. */
export interface Ascent {
  readonly network: PairNetwork;
  readonly parameters: PairNetworkParameters;
  /** gamma, [2, R]. */
  readonly discounts: Tensor;
  /** [2, R, units] */
  readonly signs?: Tensor;
}

/**
 * The directions of both players, [2, R, n]: `grad_i [(1 - gamma_i) f_i(x) + gamma_i U_i(x)]`, the first gradient an
 * estimate, the second that of the network.
 */
export function surrogateDirections(x: Tensor, slopes: Tensor, ascent: Ascent): Tensor {
  const { network, parameters, discounts, signs } = ascent;
  const read = { ownDerivativesOnly: true, ...(signs === undefined ? {} : { signs }) };
  const total = (y: Tensor) => sum(mul(discounts, mean(network.outputs(parameters, y, discounts, read), -1)));
  return add(grad(total)(x), mul(expandDims(sub(1, discounts), 2), slopes));
}

/** The estimates of a sampled game, from fresh plays of each pair; values are per step, weighted as rewards are. */
export function estimationOf(game: SampledGame, estimator: Estimator): Estimation {
  const weight = Array.from({ length: game.steps }, (_, t) => game.discount ** t).reduce((a, b) => a + b);
  const one = (first: Tensor, second: Tensor, key: Tensor) => {
    const surrogates = (x: readonly Tensor[]) =>
      mul(estimator.surrogate(toRollout(game, play(game, separated(game, x), key))), 1 / weight);
    const x = [first, second];
    const slopes = x.map((own, i) => grad((y: Tensor) => at(surrogates(x.with(i, y)), i))(own));
    return { values: surrogates(x), slopes: stack(slopes) };
  };
  return (x, key) => {
    const found = vmap(one)(at(x, 0), at(x, 1), split(key, x.shape[1]));
    return { values: moveAxis(found.values, 1, 0), slopes: moveAxis(found.slopes, 1, 0) };
  };
}
