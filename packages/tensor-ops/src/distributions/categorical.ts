/** The categorical distribution. */

import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { logSoftmax } from '../ops/activation.ts';
import { exp, neg, sub } from '../ops/arithmetic.ts';
import { equal, greaterEqual, less, logicalAnd, where } from '../ops/compare.ts';
import { arange } from '../ops/create.ts';
import { asFloat, asTensor, type Operand } from '../ops/operands.ts';
import { sum } from '../ops/reduce.ts';
import { expandDims } from '../ops/shape.ts';
import { categorical as draw } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { checkElements, type Distribution, safeLog, weighted } from './distribution.ts';

/** Probabilities along the last axis, or logits, of which they are the softmax. */
export type CategoricalParameters = { readonly logits: Operand } | { readonly probabilities: Operand };

/** A categorical distribution over 0, ..., K - 1; samples are int32. */
export interface Categorical extends Distribution<Categorical> {
  /** [..., K] */
  readonly probabilities: Tensor;
  /** [..., K]; -Infinity for impossible classes. */
  readonly logProbabilities: Tensor;
}

/** How far the sum of given probabilities may be from one. */
const TOLERANCE = { float32: 1e-5, float64: 1e-12 };

/** Checks probabilities that have values now. */
function checkSimplex(p: Tensor): void {
  checkElements('categorical', 'probabilities', p, (v) => v >= 0, 'not be negative');
  const allowed = p.dtype === 'float64' ? TOLERANCE.float64 : TOLERANCE.float32;
  const near = (v: number) => Math.abs(v - 1) <= allowed;
  checkElements('categorical', 'probabilities', sum(p, -1), near, `sum to 1 within ${allowed}`);
}

function fromParameters(parameters: CategoricalParameters) {
  const given = 'logits' in parameters ? parameters.logits : parameters.probabilities;
  const x = asFloat('categorical', given);
  if (x.rank === 0 || x.shape[x.rank - 1] === 0) {
    const name = 'logits' in parameters ? 'logits' : 'probabilities';
    throw new ArgumentError('categorical', name, 'have a last axis of classes', showShape(x.shape));
  }
  if ('logits' in parameters) {
    const logProbabilities = logSoftmax(x);
    return { probabilities: exp(logProbabilities), logProbabilities };
  }
  checkSimplex(x);
  return { probabilities: x, logProbabilities: safeLog(x) };
}

/**
 * The categorical distribution over 0, ..., K - 1, with probabilities softmax(logits).
 *
 * A logit of -Infinity or a probability of 0 excludes a class, with finite derivatives (zero) everywhere.
 *
 * @throws ArgumentError when concrete probabilities are negative or do not sum to 1 (within 1e-5 in float32, 1e-12
 * in float64), or a concrete value is not a class. A traced value that is none has the logarithm NaN.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { categorical } from '@descant/tensor-ops/distributions';
 * const policy = categorical({ probabilities: tensor([0.25, 0.75]) });
 * policy.logProb(1).item(); // => -0.2876821
 * policy.kl(categorical({ logits: tensor([0, 0]) })).item(); // => 0.130812
 * ```
 */
export function categorical(parameters: CategoricalParameters): Categorical {
  const { probabilities, logProbabilities } = fromParameters(parameters);
  const classes = probabilities.shape[probabilities.rank - 1];
  return {
    probabilities,
    logProbabilities,
    logProb(value) {
      const v = asTensor('categorical', 'value', value, 'int32');
      if (isFloat(v.dtype)) throw new ArgumentError('categorical', 'value', 'be int32 or uint32', v.dtype);
      checkElements('categorical', 'value', v, (x) => x >= 0 && x < classes, `lie in [0, ${classes - 1}]`);
      const chosen = equal(expandDims(v, -1), arange(0, classes));
      const found = sum(where(chosen, logProbabilities, 0), -1);
      return where(logicalAnd(greaterEqual(v, 0), less(v, classes)), found, Number.NaN);
    },
    entropy: () => neg(sum(weighted(probabilities, logProbabilities), -1)),
    kl: (other) => sum(weighted(probabilities, sub(logProbabilities, other.logProbabilities)), -1),
    sample: (key, shape) => draw(key, logProbabilities, shape),
  };
}
