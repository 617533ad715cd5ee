/**
 * A policy-gradient step with Adam: REINFORCE with given advantages for a policy 8-64-64-4 with tanh, batch 256; the
 * loss is minus the mean of advantage times log-probability of the action taken.
 */
import { add, logSoftmax, matmul, mean, mul, neg, sum, type Tensor, tanh } from '@descant/tensor-ops';
import { stepOf } from './adam-training.ts';

const BATCH = 256;
const PARAMETERS: readonly (readonly number[])[] = [[8, 64], [64], [64, 64], [64], [64, 4], [4]];
/** Observations, actions (one-hot), advantages, parameters. */
export const INPUTS: readonly (readonly number[])[] = [[BATCH, 8], [BATCH, 4], [BATCH], ...PARAMETERS];
/** The inputs that are no parameters. */
export const DATA: number = 3;

function loss(p: readonly Tensor[], seen: Tensor, actions: Tensor, advantages: Tensor): Tensor {
  const [w1, b1, w2, b2, w3, b3] = p;
  const hidden = tanh(add(matmul(tanh(add(matmul(seen, w1), b1)), w2), b2));
  const logProbabilities = sum(mul(logSoftmax(add(matmul(hidden, w3), b3)), actions), 1);
  return neg(mean(mul(logProbabilities, advantages)));
}

export const step = stepOf(loss);
