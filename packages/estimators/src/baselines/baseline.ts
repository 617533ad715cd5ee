/** What a baseline is. */
import type { Tensor } from '@descant/tensor-ops';
import type { Rollout } from '../rollout.ts';

/**
 * What is subtracted from the returns [T, B, N] of a rollout: a tensor that broadcasts to their shape, or a number.
 *
 * It must not depend on the draw of its own step, nor on later ones of its own play; then the estimate's mean stays
 * the same. Whether the variance falls depends on the game: it may rise.
 */
export type Baseline = (returns: Tensor, rollout: Rollout) => Tensor | number;
