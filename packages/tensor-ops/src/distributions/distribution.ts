/** What distributions share: their interface, and arithmetic with probabilities that may be zero. */
import { ArgumentError } from '../errors.ts';
import { log, mul } from '../ops/arithmetic.ts';
import { equal, greater, where } from '../ops/compare.ts';
import type { Operand } from '../ops/operands.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/**
 * A distribution, or a batch of independent ones: pure functions around its parameters.
 *
 * Made inside a transformation from traced parameters, all of them are differentiable in the parameters (samples
 * of continuous distributions too). Distributions are not trees: pass the parameters, and make the distribution inside.
 */
export interface Distribution<D> {
  /** The logarithm of the probability, or of the density, of each value; values broadcast with the batch. */
  logProb(value: Operand): Tensor;
  /** The entropy in nats, for each member of the batch. */
  entropy(): Tensor;
  /** The Kullback-Leibler divergence KL(this || other) = E_this[log this - log other], in nats. */
  kl(other: D): Tensor;
  /** Samples; `shape` is that of the result and ends with the shape of the batch, its default. */
  sample(key: Tensor, shape?: Shape): Tensor;
}

/** p x where p is not zero, and zero elsewhere, even for infinite x; so for the derivatives. */
export function weighted(p: Tensor, x: Tensor): Tensor {
  const none = equal(p, 0);
  return where(none, 0, mul(p, where(none, 0, x)));
}

/** log p, -Infinity at zero; the derivative there is zero instead of NaN. */
export function safeLog(p: Tensor): Tensor {
  const some = greater(p, 0);
  return where(some, log(where(some, p, 1)), Number.NEGATIVE_INFINITY);
}

/** Checks the elements of a tensor that has a value now; of a traced one they cannot be known. */
export function checkElements(
  fn: string,
  argument: string,
  x: Tensor,
  holds: (value: number) => boolean,
  expected: string,
): void {
  const wrong = x.isConcrete ? x.data.find((v) => !holds(v)) : undefined;
  if (wrong !== undefined) throw new ArgumentError(fn, argument, expected, String(wrong));
}
