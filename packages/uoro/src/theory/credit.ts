/** What the variance of an episode's estimate is computed from: all gradients b and Jacobians J. */
import {
  ArgumentError,
  add,
  arange,
  cast,
  concat,
  expandDims,
  jacobian,
  lessEqual,
  matmul,
  mul,
  ones,
  reshape,
  scan,
  slice,
  splitAxis,
  square,
  sum,
  type Tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import { type Cell, preactivationCount, preactivations, weightCount } from '../cells/cell.ts';
import { total } from '../cells/diagonals.ts';
import { linearStep } from '../cells/linear-step.ts';
import type { CutName } from '../learners/cuts.ts';
import { startingState } from '../learners/learner.ts';
import type { Model, ModelParameters } from '../models/model.ts';

/** Gradients and Jacobians of an episode of T steps at a cut of length N. */
export interface Credit {
  /** b[t, s] = d L_t / d z_s, [T, T, N]; 0 for s > t. */
  readonly b: Tensor;
  /** J_s J_s', with J_s = d z_s / d W_s: [T, N, N], or, where it is diagonal, its diagonal [T, N]. */
  readonly gram: Tensor;
  /** For each matrix of the cell, d L_t / d (its preactivations at s), [T, T, N_k]. */
  readonly preactivations: readonly Tensor[];
  /** For each matrix, its features [T, A_k]. */
  readonly features: readonly Tensor[];
}

/** Options of `creditAssignment`. */
export interface CreditOptions {
  /** Default `preactivation`. */
  readonly cut?: CutName;
  /** The state before the first step, [S]; default zero. */
  readonly cellState?: Tensor;
}

/** The cell along an episode: features [T, A_k] and d s / d z [T, S, N] (the latter only if asked for). */
function alongEpisode(
  cell: Cell,
  weights: readonly Tensor[],
  start: Tensor,
  inputs: Tensor,
  jacobians: boolean,
) {
  const [, found] = scan(
    (state: Tensor, input: Tensor): [Tensor, { features: readonly Tensor[]; jacobian: Tensor }] => {
      const step = linearStep(cell, weights, state, input);
      const jacobian = jacobians ? step.preactivationJacobian() : zeros([0], state.dtype);
      return [step.next, { features: step.features, jacobian }];
    },
    start,
    inputs,
  );
  return found;
}

/**
 * The gradients b and the Gram matrices J J' of an episode, from which all variances follow.
 *
 * b[t, s] = d L_t / d z_s is found by reverse mode from every loss to a perturbation of every z_s, O(T^2) steps.
 * Inputs [T, X] and targets with a leading axis [T], of one sequence; batch with `vmap`.
 *
 * Source: Cooijmans (2023), sec. 4.6.4.
 *
 * @throws ArgumentError when inputs or weights have other shapes than the cell's.
 *
 * @example
 * ```ts
 * import { creditAssignment, regressor, tanhRnn } from '@descant/uoro';
 * import { key, ones, zeros } from '@descant/tensor-ops';
 * const model = regressor(tanhRnn({ inputs: 2, units: 3 }), 1);
 * const targets = { value: zeros([5, 1]), weight: ones([5]) };
 * creditAssignment(model, model.init(key(0)), zeros([5, 2]), targets).b.shape; // => [5, 5, 3]
 * ```
 */
export function creditAssignment<R, Y>(
  model: Model<R, Y>,
  parameters: ModelParameters<R>,
  inputs: Tensor,
  targets: Y,
  options: CreditOptions = {},
): Credit {
  const { cut = 'preactivation', cellState } = options;
  const { cell } = model;
  const { weights, readout } = parameters;
  if (inputs.rank !== 2 || inputs.shape[1] !== cell.inputs)
    throw new ArgumentError(
      'creditAssignment',
      'inputs',
      `have shape [T, ${cell.inputs}]`,
      `[${inputs.shape.join(', ')}]`,
    );
  const start = startingState('creditAssignment', model, parameters, cellState);
  const [steps] = inputs.shape;
  const { dtype } = start;

  /** The losses when d is added to what is perturbed: the preactivations, or the states. */
  const losses =
    (of: 'state' | 'preactivation') =>
    (perturbations: Tensor): Tensor =>
      scan(
        (state: Tensor, at: { x: Tensor; y: Y; d: Tensor }): [Tensor, Tensor] => {
          const z = preactivations(weights, cell.features(state, at.x));
          const next =
            of === 'state'
              ? add(cell.transition(z, state, at.x), at.d)
              : cell.transition(add(z, at.d), state, at.x);
          return [next, model.loss(readout, slice(next, [0], [cell.units]), at.y)];
        },
        start,
        { x: inputs, y: targets, d: perturbations },
      )[1];
  const gradients = (of: 'state' | 'preactivation', size: number): Tensor =>
    jacobian(losses(of))(zeros([steps, size], dtype));

  const rows = cell.weightShapes.map(([n]) => n);
  const ofPreactivations = gradients('preactivation', preactivationCount(cell));
  const blocks = splitAxis(ofPreactivations, rows, 2);
  const { features, jacobian: states } = alongEpisode(cell, weights, start, inputs, cut === 'state');
  const shared = { preactivations: blocks, features };
  const squares = features.map((a) => sum(square(a), 1));
  if (cut === 'preactivation') {
    const diagonals = squares.map((s, k) => mul(expandDims(s, 1), ones([rows[k]], dtype)));
    return { ...shared, b: ofPreactivations, gram: concat(diagonals, 1) };
  }
  if (cut === 'state') {
    const grams = splitAxis(states, rows, 2).map((g, k) =>
      mul(reshape(squares[k], [steps, 1, 1]), matmul(g, transpose(g, [0, 2, 1]))),
    );
    return { ...shared, b: gradients('state', cell.stateSize), gram: total(grams) };
  }
  const b = blocks.map((g, k) =>
    reshape(mul(expandDims(g, 3), reshape(features[k], [1, steps, 1, features[k].shape[1]])), [
      steps,
      steps,
      -1,
    ]),
  );
  return { ...shared, b: concat(b, 2), gram: ones([steps, weightCount(cell)], dtype) };
}

/** c[q, r] = sum over t >= q of d L_t / d z_r: what is left of the credit of step r from step q on. [T, T, N] */
export function remainingCredit(b: Tensor): Tensor {
  const [steps] = b.shape;
  const at = arange(0, steps);
  const fromHere = cast(lessEqual(expandDims(at, 1), at), b.dtype);
  return reshape(matmul(fromHere, reshape(b, [steps, b.size / steps])), b.shape);
}
