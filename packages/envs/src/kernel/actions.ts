/** Checking actions and writing them into the flat arrays that kernels read. */
import { ArgumentError } from '@descant/tensor-ops';
import { show } from '../spaces/space.ts';
import type { Kernel, KernelActionSpace } from './kernel.ts';

/** How many numbers an action has. */
export function actionSize(space: KernelActionSpace): number {
  switch (space.kind) {
    case 'discrete':
      return 1;
    case 'multiDiscrete':
      return space.counts.length;
    case 'box':
      return space.size;
  }
}

/** Whether a number may stand at element k of an action. */
export function legalElement(space: KernelActionSpace, clips: boolean, k: number, value: number): boolean {
  switch (space.kind) {
    case 'discrete':
      return value >= 0 && value < space.n && Number.isInteger(value);
    case 'multiDiscrete':
      return value >= 0 && value < space.counts[k] && Number.isInteger(value);
    case 'box':
      return Number.isFinite(value) && (clips || (value >= space.low[k] && value <= space.high[k]));
  }
}

/** Checks the action of agent i and writes it to `out[at], ...`. */
export function writeAction(kernel: Kernel, i: number, action: unknown, out: Float64Array, at: number): void {
  const space = kernel.actions[i];
  const clips = kernel.clipsActions === true;
  if (space.kind === 'discrete') {
    if (typeof action !== 'number' || !legalElement(space, clips, 0, action))
      throw illegal(kernel, i, action);
    out[at] = action;
    return;
  }
  const size = actionSize(space);
  const values = action as ArrayLike<number>;
  if (typeof action !== 'object' || action === null || values.length !== size)
    throw illegal(kernel, i, action);
  for (let k = 0; k < size; k++) {
    if (!legalElement(space, clips, k, values[k])) throw illegal(kernel, i, action);
    out[at + k] = values[k];
  }
}

/** The error for an illegal action of agent i. */
export function illegal(kernel: Kernel, i: number, action: unknown): ArgumentError {
  const space = kernel.actions[i];
  const expected =
    space.kind === 'box' && kernel.clipsActions
      ? `be ${space.size} finite number${space.size === 1 ? '' : 's'}`
      : `be in ${space.describe()}`;
  return new ArgumentError(
    `${kernel.name}.step`,
    `the action of ${kernel.agents[i]}`,
    expected,
    show(action),
  );
}
