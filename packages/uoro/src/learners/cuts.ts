/** Where UORO projects: the vertices z_t between the parameters at step t and the state. */
import {
  add,
  concat,
  expandDims,
  eye,
  matmul,
  mul,
  reshape,
  splitAxis,
  sqrt,
  square,
  sum,
  type Tensor,
} from '@descant/tensor-ops';
import { type Cell, preactivationCount, type WeightShape, weightCount } from '../cells/cell.ts';
import { sumOfSquares, total } from '../cells/diagonals.ts';
import type { LinearStep } from '../cells/linear-step.ts';

/** The cut vertex z_t: the next state, the preactivations, or the parameters themselves. */
export type CutName = 'state' | 'preactivation' | 'parameter';

/** The gradient of v . z_t in the weights at step t. */
export interface PulledBack {
  /** A number times the gradient, a matrix for each of the cell's. The number is multiplied with what is small. */
  times(factor: Tensor | number): readonly Tensor[];
  /** The norm of all matrices. */
  readonly norm: Tensor;
}

/** A cut through every step, with z_t of length `size`. */
export interface Cut {
  readonly name: CutName;
  readonly size: number;
  /** (d s_t / d z_t) v, [S]. */
  push(step: LinearStep, v: Tensor): Tensor;
  /** v' (d z_t / d W_t). */
  pull(step: LinearStep, v: Tensor): PulledBack;
  /** d s_t / d z_t [S, n] and d z_t / d (all preactivations) [n, N], where z_t lies between them. */
  jacobians?(step: LinearStep): { readonly outer: Tensor; readonly inner: Tensor };
}

/** The Euclidean norm of a tensor. */
export const norm = (t: Tensor): Tensor => sqrt(sum(square(t)));

/** The Euclidean norm of a list of tensors. */
export const normOf = (tensors: readonly Tensor[]): Tensor => sqrt(sumOfSquares(tensors));

/** The parts of a vector [N] that belong to each matrix of weights. */
export const partsOf = (c: Tensor, shapes: readonly WeightShape[]): Tensor[] =>
  shapes.length === 1
    ? [c]
    : splitAxis(
        c,
        shapes.map(([rows]) => rows),
      );

/** The outer products of the parts of c [N] with the features: c' (d z / d W) for preactivations z. */
export function outerProducts(
  c: Tensor,
  features: readonly Tensor[],
  shapes: readonly WeightShape[],
): PulledBack {
  const parts = partsOf(c, shapes);
  return {
    times: (factor) => parts.map((part, k) => mul(expandDims(mul(factor, part), 1), features[k])),
    norm: sqrt(total(parts.map((part, k) => mul(sum(square(part)), sum(square(features[k])))))),
  };
}

const cuts: Readonly<Record<CutName, (cell: Cell) => Omit<Cut, 'name'>>> = {
  state: (cell) => ({
    size: cell.stateSize,
    push: (_step, v) => v,
    pull: (step, v) => outerProducts(step.pullPreactivations(v), step.features, cell.weightShapes),
    jacobians: (step) => ({
      outer: eye(cell.stateSize, step.next.dtype),
      inner: step.preactivationJacobian(),
    }),
  }),
  preactivation: (cell) => ({
    size: preactivationCount(cell),
    push: (step, v) => step.pushPreactivations(v),
    pull: (step, v) => outerProducts(v, step.features, cell.weightShapes),
    jacobians: (step) => ({
      outer: step.preactivationJacobian(),
      inner: eye(preactivationCount(cell), step.next.dtype),
    }),
  }),
  parameter: (cell) => {
    const matrices = (v: Tensor): Tensor[] =>
      splitAxis(
        v,
        cell.weightShapes.map(([rows, columns]) => rows * columns),
      ).map((part, k) => reshape(part, cell.weightShapes[k]));
    return {
      size: weightCount(cell),
      push: (step, v) =>
        step.pushPreactivations(concat(matrices(v).map((m, k) => matmul(m, step.features[k])))),
      pull: (_step, v) => ({ times: (factor) => scaleAll(factor, matrices(v)), norm: norm(v) }),
    };
  },
};

/** The cut of a cell by its name. */
export const cutOf = (cell: Cell, name: CutName): Cut => ({ name, ...cuts[name](cell) });

/** a + b for lists of matrices. */
export const addAll = (a: readonly Tensor[], b: readonly Tensor[]): Tensor[] => a.map((t, k) => add(t, b[k]));

/** factor * a for lists of matrices. */
export const scaleAll = (factor: Tensor | number, a: readonly Tensor[]): Tensor[] =>
  a.map((t) => mul(factor, t));
