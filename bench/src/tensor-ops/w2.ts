/** W2: one step of Adam on the mean squared error of a network 12-64-64-1 with tanh, batch 1280. */
import { add, matmul, mean, square, sub, type Tensor, tanh } from '@descant/tensor-ops';
import { stepOf } from './adam-training.ts';

const BATCH = 1280;
/** Weights and biases of the three layers. */
const PARAMETERS: readonly (readonly number[])[] = [[12, 64], [64], [64, 64], [64], [64, 1], [1]];
/** Inputs, targets, parameters. */
export const INPUTS: readonly (readonly number[])[] = [[BATCH, 12], [BATCH, 1], ...PARAMETERS];
/** The inputs that are no parameters. */
export const DATA: number = 2;

function error([w1, b1, w2, b2, w3, b3]: readonly Tensor[], x: Tensor, y: Tensor): Tensor {
  const first = tanh(add(matmul(x, w1), b1));
  const second = tanh(add(matmul(first, w2), b2));
  return mean(square(sub(add(matmul(second, w3), b3), y)));
}

export const step = stepOf(error);
