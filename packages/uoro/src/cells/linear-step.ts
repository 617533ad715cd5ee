/** One step of a cell with its derivatives: what every online learner is built from. */
import { add, jacobian, linearize, matmul, mul, sqrt, type Tensor, vjp } from '@descant/tensor-ops';
import { type Cell, preactivations } from './cell.ts';
import {
  type BlockDiagonals,
  blockDiagonals,
  elementwisePropagate,
  fromDiagonals,
  multipliedOut,
  type OuterProducts,
  plusDiagonals,
  sumOfSquares,
} from './diagonals.ts';

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
  /** |G|_F */
  preactivationNorm(): Tensor;
  /** factor * M + scale * G, for a matrix M [S, N]. */
  plusPreactivations(factor: Tensor, m: Tensor, scale: Tensor): Tensor;
  /** F M, [S, K], for a matrix M [S, K]; plus outer products, if they are given. */
  propagate(m: Tensor, plus?: OuterProducts): Tensor;
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
  const preactivationJacobian = () =>
    cell.elementwise ? fromDiagonals(diagonals().gates) : jacobian(bend, 'forward')(z);
  return {
    features,
    next: bend(z),
    pushState: (v) => linearize(step, state)[1](v),
    pushPreactivations,
    pullPreactivations: (c) => vjp(bend, z)[1](c),
    preactivationJacobian,
    preactivationNorm: () =>
      sqrt(sumOfSquares(cell.elementwise ? diagonals().gates.flat() : [preactivationJacobian()])),
    plusPreactivations: (factor, m, scale) =>
      cell.elementwise
        ? plusDiagonals(factor, m, scale, diagonals().gates)
        : add(mul(factor, m), mul(scale, preactivationJacobian())),
    propagate(m, plus) {
      if (cell.elementwise) return elementwisePropagate(diagonals(), m, plus);
      const product = matmul(jacobian(step, 'forward')(state), m);
      return plus ? add(product, multipliedOut(plus)) : product;
    },
    diagonals,
  };
}
