/** Quantile regression. */
import {
  ArgumentError,
  abs,
  add,
  arange,
  cast,
  div,
  expandDims,
  less,
  mean,
  minimum,
  mul,
  square,
  sub,
  sum,
  type Tensor,
} from '@descant/tensor-ops';

/** delta^2 / 2 up to the threshold, a line with the slope reached there beyond it. */
function huber(delta: Tensor, threshold: number): Tensor {
  if (threshold === Number.POSITIVE_INFINITY) return mul(0.5, square(delta));
  const size = abs(delta);
  const near = minimum(size, threshold);
  // near (size - near / 2) is both pieces at once.
  return mul(near, sub(size, mul(0.5, near)));
}

/**
 * The loss of quantile regression, smoothed near zero: at its least, `predicted` are the quantiles of `targets`.
 *
 * `sum_m mean_n |tau_m - 1(t_n < q_m)| L(t_n - q_m)`, averaged over the leading axes, with q_m the predicted values,
 * t_n the targets, `tau_m = (m + 1/2) / M` and L Huber's loss.
 *
 * With one quantile, tau is 1/2: half of Huber's loss of the mean, or with an infinite threshold a quarter of the
 * squared error, as used where distributions are not learned.
 *
 * Source: Dabney et al. 2018, eq. 10; Cooijmans 2023, thesis, appendix 6.C (the divergence D).
 *
 * @param predicted - The quantiles q, shape [..., M].
 * @param targets - A sample t of the distribution, shape [..., N].
 * @param threshold - Where Huber's loss becomes linear, positive; default 1. Infinity gives squares.
 * @returns A scalar.
 * @throws ArgumentError when the leading axes differ or the threshold is not positive.
 *
 * @example
 * ```ts
 * import { quantileLoss } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * // tau = 1/4 and 3/4; the deltas are 3 and 1, so Huber's losses 2.5 and 0.5.
 * quantileLoss(tensor([-1, 1]), tensor([2])).item(); // => 1
 * ```
 */
export function quantileLoss(predicted: Tensor, targets: Tensor, threshold = 1): Tensor {
  const leading = (x: Tensor) => x.shape.slice(0, -1).join(', ');
  if (predicted.rank === 0 || targets.rank === 0 || leading(predicted) !== leading(targets)) {
    const expected = `have shape [${[...predicted.shape.slice(0, -1), 'N'].join(', ')}]`;
    throw new ArgumentError('quantileLoss', 'targets', expected, `[${targets.shape.join(', ')}]`);
  }
  if (!(threshold > 0)) {
    throw new ArgumentError('quantileLoss', 'threshold', 'be positive', String(threshold));
  }
  const { dtype, rank } = predicted;
  const quantiles = predicted.shape[rank - 1];
  const tau = expandDims(div(add(arange(0, quantiles, dtype), 0.5), quantiles), 1);
  const delta = sub(expandDims(targets, rank - 1), expandDims(predicted, rank));
  const weight = abs(sub(tau, cast(less(delta, 0), dtype)));
  return mean(sum(mean(mul(weight, huber(delta, threshold)), -1), -1));
}
