/** The Bernoulli distribution. */

import { sigmoid, softplus } from '../ops/activation.ts';
import { add, exp, log1p, neg, sub } from '../ops/arithmetic.ts';
import { less, where } from '../ops/compare.ts';
import { asFloat, asTensor, type Operand } from '../ops/operands.ts';
import { bernoulli as draw } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { checkElements, type Distribution, safeLog, weighted } from './distribution.ts';

/** The probability of true, or its log-odds log(p / (1 - p)). */
export type BernoulliParameters = { readonly logits: Operand } | { readonly probabilities: Operand };

/** A Bernoulli distribution; samples are bool, values true and false or 1 and 0. */
export interface Bernoulli extends Distribution<Bernoulli> {
  /** The probability of true. */
  readonly probabilities: Tensor;
  /** Its logarithm, exact where the probability rounds to 0 or 1. */
  readonly logTrue: Tensor;
  /** The logarithm of the probability of false. */
  readonly logFalse: Tensor;
}

/** log(1 - p), -Infinity at p = 1. */
function logComplement(p: Tensor): Tensor {
  const some = less(p, 1);
  return where(some, log1p(neg(where(some, p, 0))), Number.NEGATIVE_INFINITY);
}

function logarithms(parameters: BernoulliParameters) {
  if ('logits' in parameters) {
    const logits = asFloat('bernoulli', parameters.logits);
    return {
      probabilities: sigmoid(logits),
      logTrue: neg(softplus(neg(logits))),
      logFalse: neg(softplus(logits)),
    };
  }
  const p = asFloat('bernoulli', parameters.probabilities);
  checkElements('bernoulli', 'probabilities', p, (v) => v >= 0 && v <= 1, 'lie in [0, 1]');
  return { probabilities: p, logTrue: safeLog(p), logFalse: logComplement(p) };
}

/**
 * The Bernoulli distribution: true with probability p = sigmoid(logit).
 *
 * @throws ArgumentError when a concrete probability is outside [0, 1], or a concrete value is not 0 or 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { bernoulli } from '@descant/tensor-ops/distributions';
 * const coin = bernoulli({ probabilities: tensor([0.5, 1]) });
 * coin.logProb(true).toArray(); // => [-0.6931472, 0]
 * coin.entropy().toArray(); // => [0.6931472, 0]
 * ```
 */
export function bernoulli(parameters: BernoulliParameters): Bernoulli {
  const { probabilities, logTrue, logFalse } = logarithms(parameters);
  // The probability of false; 1 - p would lose a small one.
  const rest = exp(logFalse);
  return {
    probabilities,
    logTrue,
    logFalse,
    logProb(value) {
      const v = asTensor('bernoulli', 'value', value);
      checkElements('bernoulli', 'value', v, (x) => x === 0 || x === 1, 'be 0 or 1');
      return where(v, logTrue, logFalse);
    },
    entropy: () => neg(add(weighted(probabilities, logTrue), weighted(rest, logFalse))),
    kl: (other) =>
      add(
        weighted(probabilities, sub(logTrue, other.logTrue)),
        weighted(rest, sub(logFalse, other.logFalse)),
      ),
    sample: (key, shape) => draw(key, probabilities, shape),
  };
}
