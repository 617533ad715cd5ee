/** The generalised scaling of noise, Q_t = alpha_t Q_0. */
import {
  ArgumentError,
  div,
  gather,
  matmul,
  minimum,
  mul,
  type Tensor,
  transpose,
} from '@descant/tensor-ops';
import { inverse } from '@descant/tensor-ops/linalg';

/** Q_t = alpha_t Q_0; both factors are the identity unless given. */
export interface Scaling {
  /** Q_0, invertible, [N, N] for a cut of length N. */
  readonly matrix?: Tensor;
  /** alpha [T], positive, for the first T steps; later steps take the last. */
  readonly alpha?: Tensor;
}

/** How noise u enters both factors of the estimate. */
export interface ScaledNoise {
  /** Q_t u, for the factor of the state. */
  readonly forward: Tensor;
  /** Q_t^-T u, for the factor of the weights. */
  readonly backward: Tensor;
}

/** Below this reciprocal condition number a matrix counts as singular. */
const SINGULAR = { float32: 1e-7, float64: 1e-15 };

const frobenius = (t: Tensor): number => Math.hypot(...Array.from(t.data, Number));

/**
 * Checks a scaling and returns what it makes of noise at a step.
 *
 * @throws ArgumentError when the matrix is not [size, size], or not invertible, or an alpha is not positive; values
 * that are being traced cannot be checked.
 */
export function scaleNoise(
  fn: string,
  size: number,
  scaling: Scaling,
): (noise: Tensor, time: Tensor) => ScaledNoise {
  const { matrix, alpha } = scaling;
  if (matrix !== undefined && (matrix.rank !== 2 || matrix.shape.some((n) => n !== size)))
    throw new ArgumentError(
      fn,
      'scaling.matrix',
      `have shape [${size}, ${size}]`,
      `[${matrix.shape.join(', ')}]`,
    );
  if (alpha !== undefined && (alpha.rank !== 1 || alpha.size === 0))
    throw new ArgumentError(fn, 'scaling.alpha', 'have shape [T] with T >= 1', `[${alpha.shape.join(', ')}]`);
  if (alpha?.isConcrete && !alpha.data.every((a) => a > 0 && a < Number.POSITIVE_INFINITY))
    throw new ArgumentError(fn, 'scaling.alpha', 'hold positive finite numbers', `${alpha.toArray()}`);
  const inverted = matrix === undefined ? undefined : transpose(inverse(matrix));
  if (matrix?.isConcrete && inverted?.isConcrete) {
    const reciprocal = 1 / (frobenius(matrix) * frobenius(inverted));
    if (!(reciprocal > SINGULAR[matrix.dtype === 'float32' ? 'float32' : 'float64'])) {
      const received = `reciprocal condition number ${reciprocal.toPrecision(2)}`;
      throw new ArgumentError(fn, 'scaling.matrix', 'be invertible', received);
    }
  }
  return (noise, time) => {
    const forward = matrix === undefined ? noise : matmul(matrix, noise);
    const backward = inverted === undefined ? noise : matmul(inverted, noise);
    if (alpha === undefined) return { forward, backward };
    const now = alphaAt(alpha, time);
    return { forward: mul(now, forward), backward: div(backward, now) };
  };
}

/** alpha_t; the last one after the end. */
const alphaAt = (alpha: Tensor, time: Tensor): Tensor => gather(alpha, minimum(time, alpha.size - 1));
