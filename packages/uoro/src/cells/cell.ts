/** What a recurrent cell is: weighted features of state and input, and what becomes of them. */
import {
  ArgumentError,
  at,
  concat,
  type FloatType,
  matmul,
  mul,
  split,
  type Tensor,
  transpose,
  uniform,
  zeros,
} from '@descant/tensor-ops';

/** The shape of one matrix of weights: [preactivations, features]. */
export type WeightShape = readonly [rows: number, columns: number];

/**
 * One step of a recurrent network, s_t = transition(z_t, s_(t-1), x_t) with preactivations z_t = W a(s_(t-1), x_t).
 *
 * The thesis has one matrix W and features a = [h; x; 1] (eq. 4.3.1). Here a cell has one or more matrices, each
 * with features of its own, whose preactivations are concatenated: a GRU whose reset gate comes after the product
 * needs three. Every parameter of the cell is an element of these matrices, biases by the feature 1.
 */
export interface Cell {
  readonly name: string;
  /** Length of the input x. */
  readonly inputs: number;
  /** Length of the hidden vector, the first elements of the state: what losses are computed from. */
  readonly units: number;
  /** Length S of the state. */
  readonly stateSize: number;
  /** The matrices of weights. */
  readonly weightShapes: readonly WeightShape[];
  /** The vector that each matrix multiplies. */
  features(state: Tensor, input: Tensor): readonly Tensor[];
  /** The next state [S] from all preactivations [N], the state and the input. */
  transition(preactivations: Tensor, state: Tensor, input: Tensor): Tensor;
  /**
   * Says that state and preactivations are made of parts of `units` elements, that element i of each part of the
   * next state depends only on elements i of the parts of z and s, and that features depend on the state through its hidden
   * vector alone. Exact influences are then propagated by their structure; `snap1` and `rflo` need it.
   */
  readonly elementwise: boolean;
}

/**
 * The number of preactivations N of a cell.
 *
 * @example
 * ```ts
 * import { lstm, preactivationCount } from '@descant/uoro';
 * preactivationCount(lstm({ inputs: 28, units: 50 })); // => 200
 * ```
 */
export const preactivationCount = (cell: Cell): number =>
  cell.weightShapes.reduce((n, [rows]) => n + rows, 0);

/**
 * The number of weights P of a cell.
 *
 * @example
 * ```ts
 * import { lstm, weightCount } from '@descant/uoro';
 * weightCount(lstm({ inputs: 28, units: 50 })); // => 15800
 * ```
 */
export const weightCount = (cell: Cell): number =>
  cell.weightShapes.reduce((n, [rows, columns]) => n + rows * columns, 0);

/** All preactivations [N], z = W a. */
export function preactivations(weights: readonly Tensor[], features: readonly Tensor[]): Tensor {
  const parts = weights.map((w, k) => matmul(features[k], transpose(w)));
  return parts.length === 1 ? parts[0] : concat(parts);
}

/**
 * The next state of a cell, [S], from its weights, the state [S] and the input [X].
 *
 * @example
 * ```ts
 * import { cellStep, tanhRnn } from '@descant/uoro';
 * import { tensor, zeros } from '@descant/tensor-ops';
 * const cell = tanhRnn({ inputs: 1, units: 1 });
 * cellStep(cell, [tensor([[0, 1, 0]])], zeros([1]), tensor([0.5])).toArray(); // => [0.462117]
 * ```
 */
export const cellStep = (cell: Cell, weights: readonly Tensor[], state: Tensor, input: Tensor): Tensor =>
  cell.transition(preactivations(weights, cell.features(state, input)), state, input);

/**
 * Random weights of a cell: uniform on [-k, k], k = 1 / sqrt(units), as PyTorch's recurrent layers start.
 *
 * @example
 * ```ts
 * import { initWeights, lstm } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * initWeights(lstm({ inputs: 28, units: 50 }), key(0)).map((w) => w.shape); // => [[200, 79]]
 * ```
 */
export function initWeights(cell: Cell, key: Tensor, dtype: FloatType = 'float32'): Tensor[] {
  const keys = split(key, cell.weightShapes.length);
  const bound = cell.units ** -0.5;
  return cell.weightShapes.map((shape, k) => mul(uniform(at(keys, k), shape, { dtype, low: -1 }), bound));
}

/**
 * Checks a cell of your own: the shapes that its functions return. Returns it unchanged.
 *
 * @throws ArgumentError that names the function whose result has another shape than the cell declares.
 *
 * @example
 * ```ts
 * import { defineCell } from '@descant/uoro';
 * import { concat, ones, relu } from '@descant/tensor-ops';
 * const cell = defineCell({
 *   name: 'relu RNN',
 *   inputs: 2,
 *   units: 3,
 *   stateSize: 3,
 *   weightShapes: [[3, 6]],
 *   features: (state, input) => [concat([state, input, ones([1], state.dtype)])],
 *   transition: (z) => relu(z),
 *   elementwise: true,
 * });
 * cell.name; // => 'relu RNN'
 * ```
 */
export function defineCell(cell: Cell): Cell {
  const { inputs, units, stateSize, weightShapes } = cell;
  for (const [argument, size] of Object.entries({ inputs, units, stateSize })) {
    checkSize('defineCell', argument, size);
  }
  if (units > stateSize)
    throw new ArgumentError('defineCell', 'units', `be at most stateSize = ${stateSize}`, `${units}`);
  if (weightShapes.length === 0)
    throw new ArgumentError('defineCell', 'weightShapes', 'hold a shape', 'none');
  const [state, input] = [zeros([stateSize]), zeros([inputs])];
  const features = cell.features(state, input);
  expectShapes(
    'features',
    features.map((f) => f.shape),
    weightShapes.map(([, columns]) => [columns]),
  );
  const n = preactivationCount(cell);
  expectShapes('transition', [cell.transition(zeros([n]), state, input).shape], [[stateSize]]);
  if (cell.elementwise && (stateSize % units !== 0 || weightShapes.some(([rows]) => rows % units !== 0))) {
    throw new ArgumentError(
      'defineCell',
      'elementwise',
      `go with parts of units = ${units} elements`,
      show(weightShapes),
    );
  }
  return cell;
}

const show = (shapes: readonly (readonly number[])[]) => shapes.map((s) => `[${s.join(', ')}]`).join(', ');

function expectShapes(
  fn: string,
  received: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
) {
  if (show(received) !== show(expected))
    throw new ArgumentError('defineCell', fn, `return tensors of shape ${show(expected)}`, show(received));
}

/** Checks a number of units, inputs and the like. */
export function checkSize(fn: string, argument: string, size: number): void {
  if (!Number.isInteger(size) || size < 1)
    throw new ArgumentError(fn, argument, 'be a whole number of at least 1', String(size));
}
