/** The method of conjugate gradients. */
import { cond } from '../control/cond.ts';
import { fori } from '../control/scan.ts';
import { zerosLike } from '../ir/arithmetic.ts';
import { add, div, mul, neg, sqrt } from '../ops/arithmetic.ts';
import { greater } from '../ops/compare.ts';
import { zeros } from '../ops/create.ts';
import type { Tensor } from '../tensor.ts';
import { mapTree } from '../tree.ts';
import {
  addScaled,
  checkProblem,
  inner,
  type LinearSolution,
  type Method,
  type Operator,
  type SolverOptions,
  solveImplicitly,
} from './iterative.ts';

interface State<V> {
  readonly x: V;
  readonly residual: V;
  readonly direction: V;
  /** |residual|^2 */
  readonly squared: Tensor;
  readonly iterations: Tensor;
}

const method =
  (limit: number, tolerance: number): Method =>
  <V>(apply: (v: V) => V, rightSide: V) => {
    const start: State<V> = {
      x: mapTree(zerosLike, rightSide),
      residual: rightSide,
      direction: rightSide,
      squared: inner(rightSide, rightSide),
      iterations: zeros([], 'int32'),
    };
    const threshold = mul(tolerance, sqrt(start.squared));
    const advance = ({ x, residual, direction, squared, iterations }: State<V>): State<V> => {
      const image = apply(direction);
      const step = div(squared, inner(direction, image));
      const next = addScaled(residual, neg(step), image);
      const left = inner(next, next);
      return {
        x: addScaled(x, step, direction),
        residual: next,
        direction: addScaled(next, div(left, squared), direction),
        squared: left,
        iterations: add(iterations, 1),
      };
    };
    const end = fori(
      0,
      limit,
      (_i, state: State<V>) => cond(greater(sqrt(state.squared), threshold), advance, (same) => same, state),
      start,
    );
    return { solution: end.x, iterations: end.iterations };
  };

/**
 * Solves A x = b for a symmetric positive definite map v -> A v on trees, without a matrix.
 *
 * Stops after `iterations` (default: the number of unknowns), or when |b - A x| <= tolerance |b|; by then the step costs
 * nothing, so that the loop compiles. Look at `residualNorm`: nothing is thrown when it is large. Derivatives in
 * the parameters and in b are those of the exact solution, by one more solution each (to any order, in both modes);
 * report values have none.
 *
 * Source: Hestenes and Stiefel (1952), sec. 3.
 *
 * @param apply - A v from the parameters and v. What it depends on and what is traced or differentiated must come in
 * through `parameters`.
 * @throws ArgumentError when `apply` returns a tree unlike v, or for bad options.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from '@descant/tensor-ops';
 * import { conjugateGradient } from '@descant/tensor-ops/linalg';
 * const a = tensor([[4, 1], [1, 3]]);
 * const { solution, iterations } = conjugateGradient((m, v) => matmul(m, v), a, tensor([6, 7]));
 * solution.toArray(); // => [1, 2]
 * iterations.item(); // => 2
 * ```
 */
export function conjugateGradient<P, V>(
  apply: Operator<P, V>,
  parameters: P,
  rightSide: V,
  options: SolverOptions = {},
): LinearSolution<V> {
  const fn = 'conjugateGradient';
  const { iterations, tolerance } = checkProblem(fn, rightSide, options, (unknowns) => unknowns);
  return solveImplicitly(fn, method(iterations, tolerance), apply, parameters, rightSide, true);
}
