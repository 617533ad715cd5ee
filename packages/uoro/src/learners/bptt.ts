/** Backpropagation through time: in one call for an episode, and as learners that keep a window of the past. */
import {
  ArgumentError,
  add,
  arange,
  broadcastTo,
  concat,
  cond,
  equal,
  expandDims,
  flip,
  greaterEqual,
  mean,
  mod,
  reshape,
  scan,
  slice,
  sum,
  type Tensor,
  valueAndGrad,
  vjp,
  vmap,
  where,
  zeros,
} from '@descant/tensor-ops';
import { cellStep, checkSize } from '../cells/cell.ts';
import type { Model, ModelParameters } from '../models/model.ts';
import { type Learner, makeLearner, startingState } from './learner.ts';
import { wholeMatrix } from './outer-sum.ts';

/**
 * The losses of an episode of one sequence, [T], from inputs [T, X] and targets with a leading axis [T].
 *
 * Differentiate its sum for backpropagation through time; batch it with `vmap`.
 *
 * @throws ArgumentError when the inputs or the weights have other shapes than the cell's.
 *
 * @example
 * ```ts
 * import { episodeLosses, regressor, tanhRnn } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: zeros([7, 1]), weight: ones([7]) };
 * episodeLosses(model, model.init(key(0)), zeros([7, 2]), targets).shape; // => [7]
 * ```
 */
export function episodeLosses<R, Y>(
  model: Model<R, Y>,
  parameters: ModelParameters<R>,
  inputs: Tensor,
  targets: Y,
  cellState?: Tensor,
): Tensor {
  const { cell } = model;
  if (inputs.rank !== 2 || inputs.shape[1] !== cell.inputs)
    throw new ArgumentError(
      'episodeLosses',
      'inputs',
      `have shape [T, ${cell.inputs}]`,
      `[${inputs.shape.join(', ')}]`,
    );
  const start = startingState('episodeLosses', model, parameters, cellState);
  const [, losses] = scan(
    (state: Tensor, at: { input: Tensor; target: Y }): [Tensor, Tensor] => {
      const next = cellStep(cell, parameters.weights, state, at.input);
      return [next, model.loss(parameters.readout, slice(next, [0], [cell.units]), at.target)];
    },
    start,
    { input: inputs, target: targets },
  );
  return losses;
}

/**
 * Full backpropagation through time over a batch of episodes: the mean over sequences of the summed losses, and its gradient.
 *
 * Inputs [B, T, X]; targets with leading axes [B, T]. O(T S) memory for each sequence.
 *
 * Source: Werbos (1990); Cooijmans (2023), eq. 4.3.3.
 *
 * @throws ArgumentError as `episodeLosses`.
 *
 * @example
 * ```ts
 * import { bpttGradient, regressor, tanhRnn } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: zeros([5, 7, 1]), weight: ones([5, 7]) };
 * const { gradient } = bpttGradient(model, model.init(key(0)), zeros([5, 7, 2]), targets);
 * gradient.weights[0].shape; // => [3, 6]
 * ```
 */
export function bpttGradient<R, Y>(
  model: Model<R, Y>,
  parameters: ModelParameters<R>,
  inputs: Tensor,
  targets: Y,
): { loss: Tensor; gradient: ModelParameters<R> } {
  const losses = (p: ModelParameters<R>) =>
    vmap((x: Tensor, y: Y) => sum(episodeLosses(model, p, x, y)))(inputs, targets);
  const [loss, gradient] = valueAndGrad((p: ModelParameters<R>) => mean(losses(p)))(parameters);
  return { loss, gradient };
}

/** The last steps that a learner has seen, oldest first. */
export interface Window {
  /** The states before them, [K, S]. */
  readonly states: Tensor;
  /** [K, X] */
  readonly inputs: Tensor;
  /** d L / d s after each of them, [K, S]. */
  readonly lossGradients: Tensor;
}

const shifted = (rows: Tensor, last: Tensor): Tensor =>
  concat([slice(rows, [1, 0], [rows.shape[0] - 1, rows.shape[1]]), expandDims(last, 0)]);

/** A learner that backpropagates cotangents of the states through the last `length` steps, when it is time to. */
function windowed<R, Y>(
  name: string,
  model: Model<R, Y>,
  length: number,
  whenTo: { readonly now: (time: Tensor) => Tensor | undefined; readonly cotangents: (w: Window) => Tensor },
): Learner<R, Window, Y> {
  const { cell } = model;
  checkSize(name, 'length', length);
  return makeLearner(model, {
    name,
    noiseSize: 0,
    noise: 'signs',
    init: (_weights, cellState): Window => ({
      states: broadcastTo(expandDims(cellState, 0), [length, cell.stateSize]),
      inputs: zeros([length, cell.inputs], cellState.dtype),
      lossGradients: zeros([length, cell.stateSize], cellState.dtype),
    }),
    update(seen, memory) {
      const window: Window = {
        states: shifted(memory.states, seen.state),
        inputs: shifted(memory.inputs, seen.input),
        lossGradients: shifted(memory.lossGradients, seen.lossGradient),
      };
      const backwards = ({ weights, at }: { weights: readonly Tensor[]; at: Window }): readonly Tensor[] => {
        const start = slice(at.states, [0, 0], [1, cell.stateSize]);
        const run = (w: readonly Tensor[]): Tensor => {
          const [, states] = scan(
            (state: Tensor, step: { input: Tensor; age: Tensor }): [Tensor, Tensor] => {
              // Rows from before the first step are padding: they leave the state as it is.
              const next = where(
                greaterEqual(seen.time, step.age),
                cellStep(cell, w, state, step.input),
                state,
              );
              return [next, next];
            },
            reshape(start, [cell.stateSize]),
            { input: at.inputs, age: flip(arange(0, length)) },
          );
          return states;
        };
        return vjp(run, weights)[1](whenTo.cotangents(at));
      };
      const operand = { weights: seen.weights, at: window };
      const due = whenTo.now(seen.time);
      const none = () => seen.weights.map((w) => zeros(w.shape, w.dtype));
      const gradient = due === undefined ? backwards(operand) : cond(due, backwards, none, operand);
      return { memory: window, gradient: gradient.map(wholeMatrix) };
    },
  });
}

/** Options of `bptt`. */
export interface BpttOptions {
  /** The length T of an episode. */
  readonly length: number;
}

/**
 * Backpropagation through time as a learner: every `length` steps, the gradient of these steps' losses through all of them.
 *
 * At other steps the gradient in the weights is zero (that of the readout is given at once). With episodes of `length` steps it is
 * exact; with shorter `length` it is backpropagation in blocks. The steps are run again with the parameters at the end of the block.
 *
 * Source: Werbos (1990); blocks: Williams and Peng (1990), "epochwise".
 *
 * @throws ArgumentError when `length` is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { bptt, classifier, lstm } from '@descant/uoro';
 * bptt(classifier(lstm({ inputs: 2, units: 3 }), 2), { length: 10 }).noiseSize; // => 0
 * ```
 */
export const bptt = <R, Y>(model: Model<R, Y>, { length }: BpttOptions): Learner<R, Window, Y> =>
  windowed('bptt', model, length, {
    now: (time) => equal(mod(add(time, 1), length), 0),
    cotangents: (window) => window.lossGradients,
  });

/** Options of `truncatedBptt`. */
export interface TruncatedBpttOptions {
  /** The number of steps that gradients go back, the present one included. */
  readonly length: number;
}

/**
 * Truncated backpropagation through time: at every step, the gradient of its loss through the last `length` steps. Biased.
 *
 * Exact while no more than `length` steps were taken. The steps are run again with the present parameters.
 *
 * Source: Williams and Peng (1990), BPTT(h).
 *
 * @throws ArgumentError when `length` is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { classifier, lstm, truncatedBptt } from '@descant/uoro';
 * truncatedBptt(classifier(lstm({ inputs: 2, units: 3 }), 2), { length: 10 }).name; // => 'truncatedBptt'
 * ```
 */
export const truncatedBptt = <R, Y>(
  model: Model<R, Y>,
  { length }: TruncatedBpttOptions,
): Learner<R, Window, Y> =>
  windowed('truncatedBptt', model, length, {
    now: () => undefined,
    cotangents: ({ lossGradients }) => {
      const [, size] = lossGradients.shape;
      const last = slice(lossGradients, [length - 1, 0], [1, size]);
      return concat([zeros([length - 1, size], last.dtype), last]);
    },
  });
