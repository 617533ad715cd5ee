/** A cell with a loss at every step. */
import type { FloatType, Tensor } from '@descant/tensor-ops';
import type { Cell } from '../cells/cell.ts';

/** Parameters of a model, and gradients in them. */
export interface ModelParameters<R> {
  /** The matrices of the cell. */
  readonly weights: readonly Tensor[];
  /** Whatever the loss has for parameters: a tree of floating-point tensors. */
  readonly readout: R;
}

/** A recurrent network that is trained: R are the parameters of its readout, Y what the target of a step is. */
export interface Model<R, Y> {
  readonly cell: Cell;
  /** Random parameters. */
  init(key: Tensor, dtype?: FloatType): ModelParameters<R>;
  /** The loss of one step, a scalar, from the hidden vector [units]: the readout does not act on the state. */
  loss(readout: R, hidden: Tensor, target: Y): Tensor;
}

/** What a step should output, and how much its loss counts: 0 for steps without a target. */
export interface Target {
  /** A class (int32 scalar) for `classifier`, the outputs for `regressor`. */
  readonly value: Tensor;
  /** Scalar. */
  readonly weight: Tensor;
}
