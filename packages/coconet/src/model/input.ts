/** Partial scores as the network sees them. */
import { arange, broadcastTo, cast, concat, equal, expandDims, mul, type Tensor } from '@descant/tensor-ops';
import type { CoconetDescription } from './description.ts';

/** What stands for a rest in a score. */
export const REST = -1;

/**
 * One-hot piano rolls of scores: x[b, t, p, i] = 1 where voice i plays pitch p at step t; all zero at rests.
 *
 * @param pitches - MIDI numbers or -1, int32 [B, T, I]; numbers outside of the range are all zero, too.
 * @returns [B, T, P, I], P = highestPitch - lowestPitch + 1.
 *
 * @example
 * ```ts
 * import { describe, pianoRolls } from '@descant/coconet';
 * import { tensor } from '@descant/tensor-ops';
 * const range = describe({ layers: 4, channels: 8, instruments: 2, lowestPitch: 60, highestPitch: 62 });
 * pianoRolls(range, tensor([[[60, -1]]], { dtype: 'int32' })); // => [[[[1, 0], [0, 0], [0, 0]]]]
 * ```
 */
export function pianoRolls({ lowestPitch, highestPitch }: PitchRange, pitches: Tensor): Tensor {
  const range = expandDims(arange(lowestPitch, highestPitch + 1), 1);
  return cast(equal(expandDims(pitches, 2), range), 'float32');
}

/** The two ends of a range of pitches, both included. */
export type PitchRange = Pick<CoconetDescription, 'lowestPitch' | 'highestPitch'>;

/**
 * The network's input: the piano rolls of what is known, and one channel more a voice that says what is known.
 *
 * `h[b, t, p, i] = known[b, t, i] x[b, t, p, i]` and `h[b, t, p, I + i] = known[b, t, i]`, so that the zeros with
 * which convolutions surround a score mean: unknown.
 *
 * Source: Cooijmans (2023), thesis, eq. 3.3.4-3.3.5, with the channels last.
 *
 * @param rolls - [B, T, P, I], from `pianoRolls`.
 * @param known - 1 for cells of the context C, 0 for others; float32 [B, T, I].
 * @returns [B, T, P, 2 I]
 *
 * @example
 * ```ts
 * import { networkInput } from '@descant/coconet';
 * import { tensor } from '@descant/tensor-ops';
 * const rolls = tensor([[[[0, 1], [1, 0]]]]); // one step, two pitches, two voices
 * networkInput(rolls, tensor([[[1, 0]]])); // => [[[[0, 0, 1, 0], [1, 0, 1, 0]]]]
 * ```
 */
export function networkInput(rolls: Tensor, known: Tensor): Tensor {
  const context = broadcastTo(expandDims(known, 2), rolls.shape);
  return concat([mul(rolls, context), context], 3);
}
