/** Long short-term memory. */
import { scan } from '../control/scan.ts';
import { sigmoid, tanh } from '../ops/activation.ts';
import { add, mul } from '../ops/arithmetic.ts';
import { ones, zeros } from '../ops/create.ts';
import { matmul } from '../ops/matmul.ts';
import { at, concat, splitAxis } from '../ops/shape.ts';
import { split } from '../random/key.ts';
import type { Tensor } from '../tensor.ts';
import { glorotUniform } from './initializers.ts';
import { checkInput, checkWidth, type InitOptions } from './linear.ts';
import { orthogonal } from './orthogonal.ts';

/** Parameters of an LSTM with H units; the columns are the gates i, f, g, o in this order. */
export interface LstmParameters {
  /** [inputs, 4 H] */
  readonly inputWeights: Tensor;
  /** [H, 4 H] */
  readonly recurrentWeights: Tensor;
  /** [4 H] */
  readonly bias: Tensor;
}

/** State of an LSTM, each [..., H]. */
export interface LstmState {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/**
 * Parameters of an LSTM: input weights `glorotUniform` unless given, recurrent weights orthogonal, biases zero.
 *
 * The bias of the forget gate is 1, so that the cell remembers at first: Gers, Schmidhuber and Cummins (2000).
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { initLstm } from '@descant/tensor-ops/nn';
 * initLstm(key(0), 2, 1).bias.toArray(); // => [0, 1, 0, 0]
 * ```
 */
export function initLstm(
  key: Tensor,
  inputs: number,
  units: number,
  options: InitOptions = {},
): LstmParameters {
  checkWidth('initLstm', 'inputs', inputs);
  checkWidth('initLstm', 'units', units);
  const { initializer = glorotUniform, dtype = 'float32' } = options;
  const keys = split(key, 2);
  return {
    inputWeights: initializer(at(keys, 0), [inputs, 4 * units], dtype),
    recurrentWeights: orthogonal()(at(keys, 1), [units, 4 * units], dtype),
    bias: concat([zeros([units], dtype), ones([units], dtype), zeros([2 * units], dtype)]),
  };
}

/**
 * The next state of an LSTM from its state and the input x [..., inputs]: c' = f c + i g, h' = o tanh(c').
 *
 * i, f, g and o are the four parts of x W + h U + b under sigmoid, sigmoid, tanh and sigmoid, with W, U the input and
 * recurrent weights.
 *
 * Source: Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000), eq. 1-6;
 * the order of gates is PyTorch's, whose weights are the transposes of these and whose two biases add up to b.
 *
 * @example
 * ```ts
 * import { key, tensor, zeros } from '@descant/tensor-ops';
 * import { initLstm, lstmStep } from '@descant/tensor-ops/nn';
 * const next = lstmStep(initLstm(key(0), 1, 1), { hidden: zeros([1]), cell: tensor([2]) }, tensor([0]));
 * next.cell.item(); // => 1.462117
 * ```
 */
export function lstmStep(parameters: LstmParameters, state: LstmState, x: Tensor): LstmState {
  checkInput('lstmStep', x, parameters.inputWeights.shape[0]);
  return advance(parameters, state, add(matmul(x, parameters.inputWeights), parameters.bias));
}

/** A step whose input has been through its weights. */
function advance(parameters: LstmParameters, { hidden, cell }: LstmState, fromInput: Tensor): LstmState {
  const units = parameters.recurrentWeights.shape[0];
  checkInput('lstmStep', hidden, units);
  checkInput('lstmStep', cell, units);
  const gates = add(fromInput, matmul(hidden, parameters.recurrentWeights));
  const [i, f, g, o] = splitAxis(gates, [units, units, units, units], -1);
  const next = add(mul(sigmoid(f), cell), mul(sigmoid(i), tanh(g)));
  return { hidden: mul(sigmoid(o), tanh(next)), cell: next };
}

/**
 * An LSTM over time: the hidden states after each step, and the last state. xs [T, ..., inputs].
 *
 * The inputs of all steps go through their weights in one product.
 *
 * @example
 * ```ts
 * import { key, normal, zeros } from '@descant/tensor-ops';
 * import { initLstm, lstm } from '@descant/tensor-ops/nn';
 * const start = { hidden: zeros([5, 3]), cell: zeros([5, 3]) };
 * lstm(initLstm(key(0), 2, 3), start, normal(key(1), [7, 5, 2])).hiddens.shape; // => [7, 5, 3]
 * ```
 */
export function lstm(
  parameters: LstmParameters,
  state: LstmState,
  xs: Tensor,
): { hiddens: Tensor; last: LstmState } {
  checkInput('lstm', xs, parameters.inputWeights.shape[0]);
  const fromInputs = add(matmul(xs, parameters.inputWeights), parameters.bias);
  const [last, hiddens] = scan(
    (s: LstmState, x: Tensor): [LstmState, Tensor] => {
      const next = advance(parameters, s, x);
      return [next, next.hidden];
    },
    state,
    fromInputs,
  );
  return { hiddens, last };
}
