/** W2: one step of Adam on the mean squared error of a network 12-64-64-1 with tanh, batch 1280. */
import { add, matmul, mean, square, sub, type Tensor, tanh, valueAndGrad } from '@descant/tensor-ops';
import { type AdamState, adam, applyUpdates } from '@descant/tensor-ops/optim';

const BATCH = 1280;
/** Weights and biases of the three layers. */
const PARAMETERS: readonly (readonly number[])[] = [[12, 64], [64], [64, 64], [64], [64, 1], [1]];
/** Inputs, targets, parameters. */
export const INPUTS: readonly (readonly number[])[] = [[BATCH, 12], [BATCH, 1], ...PARAMETERS];

const optimizer = adam({ learningRate: 1e-3 });

export interface State {
  readonly loss: Tensor;
  readonly parameters: readonly Tensor[];
  readonly optimizer: AdamState;
}

export const start = (parameters: readonly Tensor[], loss: Tensor): State => ({
  loss,
  parameters,
  optimizer: optimizer.init(parameters),
});

function error([w1, b1, w2, b2, w3, b3]: readonly Tensor[], x: Tensor, y: Tensor): Tensor {
  const first = tanh(add(matmul(x, w1), b1));
  const second = tanh(add(matmul(first, w2), b2));
  return mean(square(sub(add(matmul(second, w3), b3), y)));
}

export function step(state: State, x: Tensor, y: Tensor): State {
  const [loss, gradients] = valueAndGrad((p: readonly Tensor[]) => error(p, x, y))(state.parameters);
  const next = optimizer.update(gradients, state.optimizer, state.parameters);
  return { loss, parameters: applyUpdates(state.parameters, next.updates), optimizer: next.state };
}
