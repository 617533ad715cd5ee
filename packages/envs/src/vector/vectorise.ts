/** Many instances of an environment at once. */
import type { ParallelEnvironment } from '../interfaces/parallel.ts';
import { KernelEnvironment } from '../kernel/environment.ts';
import { checkCount } from '../spaces/space.ts';
import { CloneVector } from './clone-vector.ts';
import { KernelVector } from './kernel-vector.ts';
import type { VectorEnvironment } from './vector.ts';

/**
 * B instances of an environment that step together, on typed arrays [B, N, ...] that are never allocated anew.
 *
 * Instance b does exactly what a single environment with its seed does: `reset({ seed: s })` gives it the seed s + b.
 * An instance whose episode ends begins the next one at once; see `VectorEnvironment`. Environments made by
 * `fromKernel`, which are all that this package defines without wrappers, run on shared arrays; others on clones.
 *
 * @param environment - Stays as it is; its options count, not its state.
 * @param size - B, at least 1.
 * @throws ArgumentError when the size is invalid, or observations are not boxes of one shape for all agents, or
 * actions are not numbers or arrays of one length.
 *
 * @example
 * ```ts
 * import { coinGame, vectorise } from '@descant/envs';
 * const batch = vectorise(coinGame(), 1024);
 * batch.reset({ seed: 7 });
 * batch.step(new Int32Array(2 * 1024)); // everybody moves right
 * [batch.rewards.length, batch.observations.length]; // => [2048, 73728]
 * ```
 */
export function vectorise(environment: ParallelEnvironment, size: number): VectorEnvironment {
  checkCount('vectorise', 'size', size);
  return environment instanceof KernelEnvironment
    ? new KernelVector(environment.kernel, size)
    : new CloneVector(environment, size);
}
