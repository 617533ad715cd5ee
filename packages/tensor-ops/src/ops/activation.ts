/** Activation functions of networks and policies. */
import { divide, multiply } from '../ir/arithmetic.ts';
import { scalar } from '../ir/build.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { reduce } from '../primitives/reduce.ts';
import { reshape } from '../primitives/reshape.ts';
import { normaliseAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { asFloat, type Operand } from './operands.ts';
import { finiteShift } from './reduce.ts';

/**
 * The logistic function 1 / (1 + e^-x).
 *
 * @example
 * ```ts
 * import { sigmoid, tensor } from '@descant/tensor-ops';
 * sigmoid(tensor(0)).item(); // => 0.5
 * ```
 */
export const sigmoid = (x: Operand): Tensor => elementwise('sigmoid', [asFloat('sigmoid', x)]);

/**
 * The hyperbolic tangent.
 *
 * @example
 * ```ts
 * import { tanh, tensor } from '@descant/tensor-ops';
 * tanh(tensor(0)).item(); // => 0
 * ```
 */
export const tanh = (x: Operand): Tensor => elementwise('tanh', [asFloat('tanh', x)]);

/**
 * log(1 + e^x) without overflow.
 *
 * @example
 * ```ts
 * import { softplus, tensor } from '@descant/tensor-ops';
 * softplus(tensor(1000)).item(); // => 1000
 * ```
 */
export const softplus = (x: Operand): Tensor => elementwise('softplus', [asFloat('softplus', x)]);

/**
 * The error function 2/sqrt(pi) int_0^x e^(-t^2) dt.
 *
 * @example
 * ```ts
 * import { erf, tensor } from '@descant/tensor-ops';
 * erf(tensor(1)).item(); // => 0.842701
 * ```
 */
export const erf = (x: Operand): Tensor => elementwise('erf', [asFloat('erf', x)]);

/**
 * max(x, 0), NaN where x is; the derivative at zero is 0.
 *
 * @example
 * ```ts
 * import { relu, tensor } from '@descant/tensor-ops';
 * relu(tensor([-1, 2])).toArray(); // => [0, 2]
 * ```
 */
export function relu(x: Operand): Tensor {
  const t = asFloat('relu', x);
  const zero = scalar(0, t.dtype);
  return elementwise('select', [elementwise('lessEqual', [t, zero]), zero, t]);
}

/**
 * The Gaussian error linear unit x Phi(x) = x (1 + erf(x / sqrt 2)) / 2, exactly (not the tanh approximation).
 *
 * Source: Hendrycks and Gimpel (2016), eq. in sec. 2.
 *
 * @example
 * ```ts
 * import { gelu, tensor } from '@descant/tensor-ops';
 * gelu(tensor(1)).item(); // => 0.841345
 * ```
 */
export function gelu(x: Operand): Tensor {
  const t = asFloat('gelu', x);
  const phi = elementwise('erf', [multiply(Math.SQRT1_2, t)]);
  return multiply(multiply(0.5, t), elementwise('add', [phi, scalar(1, t.dtype)]));
}

/** x - max along an axis, and that axis. */
function shifted(fn: string, x: Operand, axis: number): { t: Tensor; a: number; kept: number[] } {
  const whole = asFloat(fn, x);
  const a = normaliseAxis(fn, axis, whole.rank);
  const kept = whole.shape.with(a, 1);
  const top = finiteShift(reshape(reduce('max', whole, [a]), kept));
  return { t: elementwise('subtract', [whole, top]), a, kept };
}

/**
 * Probabilities proportional to e^x along an axis (default: the last); no overflow.
 *
 * @example
 * ```ts
 * import { softmax, tensor } from '@descant/tensor-ops';
 * softmax(tensor([1000, 1000])).toArray(); // => [0.5, 0.5]
 * ```
 */
export function softmax(x: Operand, axis = -1): Tensor {
  const { t, a, kept } = shifted('softmax', x, axis);
  const e = elementwise('exp', [t]);
  return divide(e, reshape(reduce('sum', e, [a]), kept));
}

/**
 * The logarithm of `softmax`, x - logSumExp(x), without cancellation.
 *
 * @example
 * ```ts
 * import { logSoftmax, tensor } from '@descant/tensor-ops';
 * logSoftmax(tensor([0, 0])).toArray(); // => [-0.6931472, -0.6931472]
 * ```
 */
export function logSoftmax(x: Operand, axis = -1): Tensor {
  const { t, a, kept } = shifted('logSoftmax', x, axis);
  const total = reduce('sum', elementwise('exp', [t]), [a]);
  return elementwise('subtract', [t, reshape(elementwise('log', [total]), kept)]);
}
