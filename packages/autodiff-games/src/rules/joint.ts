/** Vector calculus of a whole game: the simultaneous gradient and products with its Jacobian, never formed. */
import { jvp, mul, splitAxis, sum, type Tensor, vjp } from '@descant/tensor-ops';
import { simultaneousGradient } from '../analysis/derivatives.ts';
import type { Game } from '../game.ts';
import { ravel, sizeOfTree, unravel } from '../parameters.ts';

/** The simultaneous gradient xi at one place, and products with the game Hessian H there. */
export interface JointField {
  /** xi [D], the gradients of all players one after another. */
  readonly gradient: Tensor;
  /** H v. */
  readonly hessianTimes: (v: Tensor) => Tensor;
  /** H' v. */
  readonly transposeTimes: (v: Tensor) => Tensor;
}

/** The field of a game at the players' parameters. */
export function jointField<P>(game: Game<P>, parameters: readonly P[]): JointField {
  const x = ravel(parameters);
  const field = (y: Tensor) => ravel(simultaneousGradient(game, unravel(y, parameters)));
  const [gradient, pullback] = vjp(field, x);
  return {
    gradient,
    hessianTimes: (v) => jvp(field, x, v)[1],
    transposeTimes: pullback,
  };
}

/** One player's part of a joint vector, as a tree like its parameters. */
export const partOf = <P>(vector: Tensor, parameters: readonly P[], player: number): P =>
  unravel(splitAxis(vector, parameters.map(sizeOfTree))[player], parameters[player]);

/** The inner product of two vectors. */
export const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
