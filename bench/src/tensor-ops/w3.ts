/**
 * W3: a recurrent policy's log-probability of given actions with its gradient: a GRU 36 -> 64 with a linear layer
 * to 4 actions, batch 128, 16 steps in one scan.
 */
import {
  add,
  logSoftmax,
  matmul,
  mul,
  scan,
  sigmoid,
  splitAxis,
  sub,
  sum,
  type Tensor,
  tanh,
  valueAndGrad,
} from '@descant/tensor-ops';

const [STEPS, BATCH, SEEN, UNITS, ACTIONS] = [16, 128, 36, 64, 4];
const GATES = [UNITS, UNITS, UNITS];
/** Weights of the input and of the state, their biases, and the linear layer; gates in the order r, z, n. */
const PARAMETERS: readonly (readonly number[])[] = [
  [SEEN, 3 * UNITS],
  [UNITS, 3 * UNITS],
  [3 * UNITS],
  [3 * UNITS],
  [UNITS, ACTIONS],
  [ACTIONS],
];
/** Observations, actions (one-hot), initial state, parameters. */
export const INPUTS: readonly (readonly number[])[] = [
  [STEPS, BATCH, SEEN],
  [STEPS, BATCH, ACTIONS],
  [BATCH, UNITS],
  ...PARAMETERS,
];

function logProbability(p: readonly Tensor[], seen: Tensor, actions: Tensor, state: Tensor): Tensor {
  const [wx, wh, bx, bh, w, b] = p;
  const step = (h: Tensor, [x, action]: readonly Tensor[]): [Tensor, Tensor] => {
    const [xr, xz, xn] = splitAxis(add(matmul(x, wx), bx), GATES, 1);
    const [hr, hz, hn] = splitAxis(add(matmul(h, wh), bh), GATES, 1);
    const z = sigmoid(add(xz, hz));
    const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
    const next = add(mul(sub(1, z), n), mul(z, h));
    return [next, sum(mul(logSoftmax(add(matmul(next, w), b)), action))];
  };
  return sum(scan(step, state, [seen, actions])[1]);
}

/** The log-probability, then its gradients. */
export function gradient(seen: Tensor, actions: Tensor, state: Tensor, ...parameters: Tensor[]): Tensor[] {
  const value = (p: readonly Tensor[]) => logProbability(p, seen, actions, state);
  const [total, gradients] = valueAndGrad(value)(parameters);
  return [total, ...gradients];
}
