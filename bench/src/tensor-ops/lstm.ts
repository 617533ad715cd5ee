/**
 * A step of backpropagation through time as in online learning of sequences: an LSTM of 50 units with a linear layer to
 * 10 classes, minibatch 50, 28 steps of 28 inputs; the cross-entropy of all steps, summed, over the minibatch size, with
 * its gradient in the LSTM's parameters.
 */
import { logSoftmax, matmul, mul, neg, sum, type Tensor, valueAndGrad, zeros } from '@descant/tensor-ops';
import { lstm } from '@descant/tensor-ops/nn';

const [STEPS, BATCH, SEEN, UNITS, CLASSES] = [28, 50, 28, 50, 10];
/** Inputs, classes (one-hot), linear layer, then input weights, recurrent weights and bias of the LSTM. */
export const INPUTS: readonly (readonly number[])[] = [
  [STEPS, BATCH, SEEN],
  [STEPS, BATCH, CLASSES],
  [UNITS, CLASSES],
  [SEEN, 4 * UNITS],
  [UNITS, 4 * UNITS],
  [4 * UNITS],
];

/** The loss, then its gradients. */
export function gradient(xs: Tensor, classes: Tensor, readout: Tensor, ...parameters: Tensor[]): Tensor[] {
  const loss = ([inputWeights, recurrentWeights, bias]: readonly Tensor[]): Tensor => {
    const state = { hidden: zeros([BATCH, UNITS]), cell: zeros([BATCH, UNITS]) };
    const { hiddens } = lstm({ inputWeights, recurrentWeights, bias }, state, xs);
    return neg(mul(sum(mul(logSoftmax(matmul(hiddens, readout)), classes)), 1 / BATCH));
  };
  const [total, gradients] = valueAndGrad(loss)(parameters);
  return [total, ...gradients];
}
