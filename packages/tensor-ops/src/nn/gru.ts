/** Gated recurrent units. */
import { scan } from '../control/scan.ts';
import { sigmoid, tanh } from '../ops/activation.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { zeros } from '../ops/create.ts';
import { matmul } from '../ops/matmul.ts';
import { at, splitAxis } from '../ops/shape.ts';
import { split } from '../random/key.ts';
import type { Tensor } from '../tensor.ts';
import { glorotUniform } from './initializers.ts';
import { checkInput, checkWidth, type InitOptions } from './linear.ts';
import { orthogonal } from './orthogonal.ts';

/** Parameters of a GRU with H units; the columns are the gates r, z, n in this order. */
export interface GruParameters {
  /** [inputs, 3 H] */
  readonly inputWeights: Tensor;
  /** [H, 3 H] */
  readonly recurrentWeights: Tensor;
  /** [3 H] */
  readonly inputBias: Tensor;
  /** [3 H] */
  readonly recurrentBias: Tensor;
}

/**
 * Parameters of a GRU: input weights `glorotUniform` unless given, recurrent weights orthogonal, biases zero.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { initGru } from '@descant/tensor-ops/nn';
 * initGru(key(0), 36, 64).recurrentWeights.shape; // => [64, 192]
 * ```
 */
export function initGru(
  key: Tensor,
  inputs: number,
  units: number,
  options: InitOptions = {},
): GruParameters {
  checkWidth('initGru', 'inputs', inputs);
  checkWidth('initGru', 'units', units);
  const { initializer = glorotUniform, dtype = 'float32' } = options;
  const keys = split(key, 2);
  return {
    inputWeights: initializer(at(keys, 0), [inputs, 3 * units], dtype),
    recurrentWeights: orthogonal()(at(keys, 1), [units, 3 * units], dtype),
    inputBias: zeros([3 * units], dtype),
    recurrentBias: zeros([3 * units], dtype),
  };
}

/**
 * The next state of a GRU, h' = (1 - z) n + z h, from the state h [..., H] and the input x [..., inputs].
 *
 * r = sigmoid(x W_r + b_r + h U_r + c_r), z = sigmoid(x W_z + b_z + h U_z + c_z), n = tanh(x W_n + b_n + r (h U_n + c_n)),
 * with W, U the input and recurrent weights and b, c their biases.
 *
 * Source: Cho et al. (2014), eq. 5-8, with the roles of z and 1 - z exchanged and the reset gate after the
 * product, as in cuDNN and PyTorch (whose weights are the transposes of these).
 *
 * @example
 * ```ts
 * import { key, tensor, zeros } from '@descant/tensor-ops';
 * import { gruStep, initGru } from '@descant/tensor-ops/nn';
 * gruStep(initGru(key(0), 2, 3), zeros([3]), tensor([0, 0])).toArray(); // => [0, 0, 0]
 * ```
 */
export function gruStep(parameters: GruParameters, state: Tensor, x: Tensor): Tensor {
  checkInput('gruStep', x, parameters.inputWeights.shape[0]);
  return advance(parameters, state, add(matmul(x, parameters.inputWeights), parameters.inputBias));
}

/** A step whose input has been through its weights. */
function advance(parameters: GruParameters, state: Tensor, fromInput: Tensor): Tensor {
  const units = parameters.recurrentWeights.shape[0];
  checkInput('gruStep', state, units);
  const gates = (x: Tensor) => splitAxis(x, [units, units, units], -1);
  const fromState = add(matmul(state, parameters.recurrentWeights), parameters.recurrentBias);
  const [xr, xz, xn] = gates(fromInput);
  const [hr, hz, hn] = gates(fromState);
  const reset = sigmoid(add(xr, hr));
  const keep = sigmoid(add(xz, hz));
  const candidate = tanh(add(xn, mul(reset, hn)));
  return add(candidate, mul(keep, sub(state, candidate)));
}

/**
 * A GRU over time: the states after each step, and the last one. xs [T, ..., inputs], state [..., H].
 *
 * The inputs of all steps go through their weights in one product.
 *
 * @example
 * ```ts
 * import { key, normal, zeros } from '@descant/tensor-ops';
 * import { gru, initGru } from '@descant/tensor-ops/nn';
 * const { states, last } = gru(initGru(key(0), 2, 3), zeros([5, 3]), normal(key(1), [7, 5, 2]));
 * states.shape; // => [7, 5, 3]
 * last.shape; // => [5, 3]
 * ```
 */
export function gru(parameters: GruParameters, state: Tensor, xs: Tensor): { states: Tensor; last: Tensor } {
  checkInput('gru', xs, parameters.inputWeights.shape[0]);
  const fromInputs = add(matmul(xs, parameters.inputWeights), parameters.inputBias);
  const [last, states] = scan(
    (h: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = advance(parameters, h, x);
      return [next, next];
    },
    state,
    fromInputs,
  );
  return { states, last };
}
