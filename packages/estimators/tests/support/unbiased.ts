/** Complete enumeration of an estimate against the exact derivative. */
import { type Estimator, enumerate, moments, type Rollout } from '@descant/estimators';
import type { Tensor } from '@descant/tensor-ops';
import {
  differentiate,
  exactValues,
  type MatrixGame,
  type Play,
  type Policies,
  play,
  rolloutOf,
} from './matrix-game.ts';

export type Kind = keyof typeof differentiate;

/** A rollout with what an estimator needs beyond it (a critic, say). */
export type Completed = (rollout: Rollout, one: Play) => Rollout;

/** The largest bias of any element, relative to the largest element of the exact derivative (at least 1). */
export function biasOf(
  game: MatrixGame,
  policies: Policies,
  estimator: Estimator,
  { player, kind, complete = (rollout) => rollout }: { player: number; kind: Kind; complete?: Completed },
): number {
  const estimates = enumerate((chance) => {
    const one = play(game, policies, chance);
    const values = (p: Policies) => estimator.surrogate(complete(rolloutOf(game, p, one), one));
    return differentiate[kind](values, policies, player);
  });
  const exact = differentiate[kind]((p) => exactValues(game, p), policies, player);
  return relativeError(moments(estimates).mean, exact);
}

/** The largest difference of two tensors, relative to the largest element of the second (at least 1). */
export function relativeError(found: Tensor, exact: Tensor): number {
  if (found.shape.join() !== exact.shape.join()) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, ...Array.from(exact.data, Math.abs));
  return Math.max(0, ...Array.from(found.data, (x, i) => Math.abs(x - exact.data[i]) / scale));
}
