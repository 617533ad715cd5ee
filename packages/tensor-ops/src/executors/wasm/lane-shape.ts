/** Shapes as one lane sees them. */

import type { Program } from '../../ir/attributes.ts';
import type { Shape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

/** The axis of a tensor that runs over the lanes; -1: every lane sees the whole tensor. */
export const UNIFORM = -1;

/** The lane axes of the tensors of a program and of the programs inside it. */
export interface Lanes {
  /** Number of examples: the extent of every lane axis. */
  readonly batch: number;
  axis(tensor: Tensor): number;
  /** The lane axes within the body of a loop or the branches of a cond of this program. */
  inside(node: Tensor, body: Program): Lanes;
}

/** Pure scalar code: nothing has a lane axis. */
export const NO_LANES: Lanes = { batch: 1, axis: () => UNIFORM, inside: () => NO_LANES };

/** The shape of one lane's part: the lane axis has extent 1. */
export function laneShape(shape: Shape, axis: number): Shape {
  return axis === UNIFORM ? shape : shape.with(axis, 1);
}
