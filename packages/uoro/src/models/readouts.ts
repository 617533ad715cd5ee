/** Linear readouts with the two common losses. */
import {
  ArgumentError,
  add,
  at,
  type FloatType,
  logSoftmax,
  matmul,
  mul,
  neg,
  oneHot,
  split,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  uniform,
  zeros,
} from '@descant/tensor-ops';
import { type Cell, checkSize, initWeights } from '../cells/cell.ts';
import type { Model, ModelParameters, Target } from './model.ts';

/** Parameters of a linear readout. */
export interface LinearReadout {
  /** V [outputs, units] */
  readonly weights: Tensor;
  /** c [outputs] */
  readonly bias: Tensor;
}

function withLinearReadout(
  cell: Cell,
  outputs: number,
  loss: (prediction: Tensor, value: Tensor) => Tensor,
): Model<LinearReadout, Target> {
  return {
    cell,
    init(key: Tensor, dtype: FloatType = 'float32'): ModelParameters<LinearReadout> {
      const keys = split(key, 2);
      const bound = cell.units ** -0.5;
      const weights = mul(uniform(at(keys, 1), [outputs, cell.units], { dtype, low: -1 }), bound);
      return {
        weights: initWeights(cell, at(keys, 0), dtype),
        readout: { weights, bias: zeros([outputs], dtype) },
      };
    },
    loss: ({ weights, bias }, hidden, { value, weight }) =>
      mul(weight, loss(add(matmul(hidden, transpose(weights)), bias), value)),
  };
}

/**
 * A cell whose hidden vector is classified at every step: L_t = weight * -log softmax(V h_t + c)[value].
 *
 * @param classes - The number of classes, at least 2.
 * @throws ArgumentError when there are fewer than 2 classes, and from `loss` when the class is not an integer scalar.
 *
 * @example
 * ```ts
 * import { classifier, lstm } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * classifier(lstm({ inputs: 28, units: 50 }), 10).init(key(0)).readout.weights.shape; // => [10, 50]
 * ```
 */
export function classifier(cell: Cell, classes: number): Model<LinearReadout, Target> {
  if (!Number.isInteger(classes) || classes < 2)
    throw new ArgumentError('classifier', 'classes', 'be a whole number of at least 2', String(classes));
  return withLinearReadout(cell, classes, (logits, value) => {
    if (value.rank !== 0 || !(value.dtype === 'int32' || value.dtype === 'uint32')) {
      const received = `${value.dtype} [${value.shape.join(', ')}]`;
      throw new ArgumentError('classifier', 'target.value', 'be an integer scalar', received);
    }
    return neg(sum(mul(logSoftmax(logits), oneHot(value, classes, logits.dtype))));
  });
}

/**
 * A cell whose hidden vector is mapped to numbers at every step: L_t = weight * |V h_t + c - value|^2 / 2.
 *
 * @throws ArgumentError when `outputs` is not a whole number of at least 1, and from `loss` when the target has
 * another shape than [outputs].
 *
 * @example
 * ```ts
 * import { regressor, tanhRnn } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * regressor(tanhRnn({ inputs: 2, units: 8 }), 1).init(key(0)).readout.bias.shape; // => [1]
 * ```
 */
export function regressor(cell: Cell, outputs: number): Model<LinearReadout, Target> {
  checkSize('regressor', 'outputs', outputs);
  return withLinearReadout(cell, outputs, (prediction, value) => {
    if (value.rank !== 1 || value.size !== outputs) {
      throw new ArgumentError(
        'regressor',
        'target.value',
        `have shape [${outputs}]`,
        `[${value.shape.join(', ')}]`,
      );
    }
    return mul(0.5, sum(square(sub(prediction, value))));
  });
}
