/** Training steps with Adam, for the workloads that train. */
import { type Tensor, valueAndGrad } from '@descant/tensor-ops';
import { type AdamState, adam, applyUpdates } from '@descant/tensor-ops/optim';

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

/** One step down a loss of parameters and data. */
export const stepOf =
  (lossOf: (parameters: readonly Tensor[], ...data: Tensor[]) => Tensor) =>
  (state: State, ...data: Tensor[]): State => {
    const [loss, gradients] = valueAndGrad((p: readonly Tensor[]) => lossOf(p, ...data))(state.parameters);
    const next = optimizer.update(gradients, state.optimizer, state.parameters);
    return { loss, parameters: applyUpdates(state.parameters, next.updates), optimizer: next.state };
  };
