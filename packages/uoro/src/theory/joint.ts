/** Temporal and spatial scaling together. */
import {
  ArgumentError,
  abs,
  add,
  div,
  type FloatType,
  full,
  greater,
  less,
  logicalAnd,
  max,
  mean,
  ones,
  sub,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import { whileLoop } from '@descant/tensor-ops/control';
import { optimalAlpha } from './alpha.ts';
import type { Credit } from './credit.ts';
import { type OptimalMatrixOptions, optimalMatrix, spatialMatrix } from './spatial.ts';
import { scaledSum, temporalMatrix } from './variance.ts';

/** The jointly best scaling. */
export interface JointScaling {
  /** alpha [E, T] of every example, each with product 1. */
  readonly alpha: Tensor;
  /** Q_0 [N, N], shared, with determinant 1. */
  readonly matrix: Tensor;
  /** V [E] with both. */
  readonly v: Tensor;
}

/** Options of `jointlyOptimal`. */
export interface JointOptions extends OptimalMatrixOptions {
  /** The most alternations; default 500. */
  readonly iterations?: number;
}

/** Alternation has converged when no alpha changes by more than this factor. */
const CONVERGED = { float32: 1e-5, float64: 1e-13 };

/**
 * alpha for every example and one Q_0 for all of them that minimise the mean of V, by alternating between both optima.
 *
 * Each step is a global minimum in its own argument, so that V falls; it ends when alpha changes by rounding only.
 *
 * Source: Cooijmans (2023), sec. 4.7.1, which says that the joint optimum cannot be found: from every start that was tried,
 * alternation comes to the same one. With damping the matrix is that of the damped B.
 *
 * @param credit - With a leading axis of examples on every tensor, as `vmap(creditAssignment)` makes it.
 * @throws ArgumentError as `spatialMatrix` and `optimalMatrix`.
 *
 * @example
 * ```ts
 * import { creditAssignment, jointlyOptimal, classifier, tanhRnn } from '@descant/uoro';
 * import { key, normal, ones, randint, vmap, type Tensor } from '@descant/tensor-ops';
 * const model = classifier(tanhRnn({ inputs: 2, units: 3 }), 2);
 * const parameters = model.init(key(0), 'float64');
 * const [inputs, value] = [normal(key(1), [4, 5, 2], 'float64'), randint(key(2), [4, 5], 0, 2)];
 * const credit = vmap((x: Tensor, y: Tensor) =>
 *   creditAssignment(model, parameters, x, { value: y, weight: ones([5], 'float64') }))(inputs, value);
 * const { alpha, matrix } = jointlyOptimal(credit);
 * [alpha.shape, matrix.shape]; // => [[4, 5], [3, 3]]
 * ```
 */
export function jointlyOptimal(credit: Credit, options: JointOptions = {}): JointScaling {
  const { iterations = 500, ...damping } = options;
  const [examples, steps] = credit.b.shape;
  if (credit.b.rank !== 4)
    throw new ArgumentError(
      'jointlyOptimal',
      'credit.b',
      'have shape [E, T, T, N]',
      `[${credit.b.shape.join(', ')}]`,
    );
  const dtype = credit.b.dtype as FloatType;
  const spatial = (alpha: Tensor): Tensor =>
    optimalMatrix(mean(vmap(spatialMatrix)(credit, alpha), 0), damping);
  const temporal = (matrix: Tensor) =>
    vmap((one: Credit) => {
      const c = temporalMatrix(one, matrix);
      const alpha = optimalAlpha(c);
      return { alpha, v: scaledSum(c, alpha) };
    })(credit);
  interface Search extends JointScaling {
    readonly change: Tensor;
    readonly count: Tensor;
  }
  const alternate = (before: Tensor, count: Tensor): Search => {
    const matrix = spatial(before);
    const { alpha, v } = temporal(matrix);
    const change = max(abs(sub(div(alpha, before), 1)));
    return { alpha, matrix, v, change, count: add(count, 1) };
  };
  const { alpha, matrix, v } = whileLoop(
    (s: Search) => logicalAnd(greater(s.change, CONVERGED[dtype]), less(s.count, iterations)),
    (s: Search) => alternate(s.alpha, s.count),
    alternate(ones([examples, steps], dtype), full([], 0, 'int32')),
  );
  return { alpha, matrix, v };
}
