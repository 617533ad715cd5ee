/** First-order linear recurrences over the time axis. */
import { add, broadcastTo, cast, mul, scan, type Tensor, zeros } from '@descant/tensor-ops';

/** Both in one dtype, the weights [T, B, 1] as wide as x [T, B, N]. */
function alike(x: Tensor, weights: Tensor): { x: Tensor; weight: Tensor } {
  const dtype = [x, weights].some((t) => t.dtype === 'float64') ? 'float64' : 'float32';
  return { x: cast(x, dtype), weight: broadcastTo(cast(weights, dtype), x.shape) };
}

type Step = { readonly x: Tensor; readonly weight: Tensor };

/** y_t = x_t + w_(t-1) y_(t-1), from the first step on: [T, B, N]. w_t is what passes from step t to step t + 1. */
export function runningSum(x: Tensor, weights: Tensor): Tensor {
  const steps = alike(x, weights);
  const step = (carry: Tensor, now: Step): [Tensor, Tensor] => {
    const y = add(carry, now.x);
    return [mul(now.weight, y), y];
  };
  return scan(step, zeros(x.shape.slice(1), steps.x.dtype), steps)[1] as unknown as Tensor;
}

/** y_t = x_t + w_t y_(t+1), from the last step back: [T, B, N]. */
export function remainingSum(x: Tensor, weights: Tensor): Tensor {
  const steps = alike(x, weights);
  const step = (carry: Tensor, now: Step): [Tensor, Tensor] => {
    const y = add(now.x, mul(now.weight, carry));
    return [y, y];
  };
  return scan(step, zeros(x.shape.slice(1), steps.x.dtype), steps, { reverse: true })[1] as unknown as Tensor;
}
