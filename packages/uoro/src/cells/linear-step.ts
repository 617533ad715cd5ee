/** One step of a cell with its derivatives: what every online learner is built from. */
import { jacobian, linearize, matmul, type Tensor, vjp } from '@descant/tensor-ops';
import { type Cell, preactivations } from './cell.ts';
import { type BlockDiagonals, blockDiagonals, elementwisePropagate, fromDiagonals } from './diagonals.ts';

/** A step s_t = F(s_(t-1), x_t; W) and its derivatives; F also stands for d s_t / d s_(t-1), G for d s_t / d z_t. */
export interface LinearStep {
  /** The vectors a that the matrices of weights multiply. */
  readonly features: readonly Tensor[];
  /** s_t, [S]. */
  readonly next: Tensor;
  /** F v, [S], for v [S]. */
  pushState(v: Tensor): Tensor;
  /** G v, [S], for v [N]. */
  pushPreactivations(v: Tensor): Tensor;
  /** G' c, [N], for c [S]. */
  pullPreactivations(c: Tensor): Tensor;
  /** G, [S, N]. */
  preactivationJacobian(): Tensor;
  /** F M, [S, K], for a matrix M [S, K]. */
  propagate(m: Tensor): Tensor;
  /** The derivatives of an elementwise cell. */
  diagonals(): BlockDiagonals;
}

/** Takes a step and makes its derivatives available; those that are not asked for cost nothing. */
export function linearStep(cell: Cell, weights: readonly Tensor[], state: Tensor, input: Tensor): LinearStep {
  const features = cell.features(state, input);
  const z = preactivations(weights, features);
  const ofState = (s: Tensor) => preactivations(weights, cell.features(s, input));
  const step = (s: Tensor) => cell.transition(ofState(s), s, input);
  const bend = (v: Tensor) => cell.transition(v, state, input);
  const pushPreactivations = (v: Tensor) => linearize(bend, z)[1](v);
  const diagonals = () =>
    blockDiagonals(cell, {
      ofPreactivations: bend,
      ofState: (s) => cell.transition(z, s, input),
      preactivationsOf: ofState,
      preactivations: z,
      state,
    });
  return {
    features,
    next: bend(z),
    pushState: (v) => linearize(step, state)[1](v),
    pushPreactivations,
    pullPreactivations: (c) => vjp(bend, z)[1](c),
    preactivationJacobian: () =>
      cell.elementwise ? fromDiagonals(diagonals().gates) : jacobian(bend, 'forward')(z),
    propagate: (m) =>
      cell.elementwise ? elementwisePropagate(diagonals(), m) : matmul(jacobian(step, 'forward')(state), m),
    diagonals,
  };
}
