/** What is drawn while meta-values are learned: discounts, and the signs that make them explore. */
import {
  ArgumentError,
  bernoulli,
  broadcastTo,
  cast,
  type FloatType,
  full,
  mul,
  type Shape,
  sin,
  square,
  sub,
  type Tensor,
  uniform,
} from '@descant/tensor-ops';
import type { MetaValueSettings } from './settings.ts';

/**
 * Meta-discounts from the arcsine distribution, Beta(1/2, 1/2) on [0, 1), which favours both ends.
 *
 * `gamma = sin^2(pi u / 2)` with u uniform on [0, 1). Source: Cooijmans 2023, thesis, sec. 6.4.2.
 *
 * @example
 * ```ts
 * import { arcsineDiscounts } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * arcsineDiscounts(key(0), [2, 3]).shape; // => [2, 3]
 * ```
 */
export const arcsineDiscounts = (key: Tensor, shape: Shape, dtype: FloatType = 'float32'): Tensor =>
  square(sin(mul(uniform(key, shape, { dtype }), Math.PI / 2)));

/** Discounts [2, R] of both players, as the settings say. */
export function drawDiscounts(
  discount: MetaValueSettings['discount'],
  key: Tensor,
  plays: number,
  dtype: FloatType,
): Tensor {
  if (typeof discount === 'number') return full([2, plays], discount, dtype);
  if (discount === 'arcsine') return arcsineDiscounts(key, [2, plays], dtype);
  return broadcastTo(arcsineDiscounts(key, [1, plays], dtype), [2, plays]);
}

/**
 * Signs that are -1 with a given probability, and 1 otherwise: factors of a network's last hidden units, kept for a
 * whole trajectory.
 *
 * Source: Cooijmans 2023, thesis, sec. 6.4.3 and appendix 6.E (1/16).
 *
 * @param probability - Of a flip, in [0, 1].
 * @throws ArgumentError when the probability is out of range.
 *
 * @example
 * ```ts
 * import { flippedSigns } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * flippedSigns(key(0), 1, [2]); // => [-1, -1]
 * ```
 */
export function flippedSigns(
  key: Tensor,
  probability: number,
  shape: Shape,
  dtype: FloatType = 'float32',
): Tensor {
  if (!(probability >= 0 && probability <= 1)) {
    throw new ArgumentError('flippedSigns', 'probability', 'lie in [0, 1]', String(probability));
  }
  return sub(1, mul(2, cast(bernoulli(key, probability, shape), dtype)));
}
