/** What the iterative solvers share: their interface, and derivatives by the implicit function theorem. */

import { isFloat } from '../dtype.ts';
import { ArgumentError, showShape } from '../errors.ts';
import { add, mul, neg, sqrt, square, sub } from '../ops/arithmetic.ts';
import { sum } from '../ops/reduce.ts';
import type { Tensor } from '../tensor.ts';
import { customGradient } from '../transform/custom-gradient.ts';
import { vjp } from '../transform/grad.ts';
import { flatten, mapTree, structureKey } from '../tree.ts';

/** A linear map v -> A v on trees, which may depend on parameters. */
export type Operator<P, V> = (parameters: P, v: V) => V;

/** Options of `conjugateGradient` and `gmres`. */
export interface SolverOptions {
  /** Largest number of products with A; default: see the solver. */
  readonly iterations?: number;
  /** Stops when |b - A x| is at most this share of |b|; default 1e-5. */
  readonly tolerance?: number;
}

/** A solution and how good it is. */
export interface LinearSolution<V> {
  readonly solution: V;
  /** |b - A x| of the solution, computed from it; a scalar. */
  readonly residualNorm: Tensor;
  /** Number of iterations that were done; int32. */
  readonly iterations: Tensor;
}

/** A solver without derivatives: x with A x = b, and the number of iterations. */
export type Method = <V>(apply: (v: V) => V, rightSide: V) => { solution: V; iterations: Tensor };

/** The inner product of two trees. */
export function inner(a: unknown, b: unknown): Tensor {
  const [x, y] = [a, b].map((tree) => flatten(tree).leaves);
  return x.map((leaf, i) => sum(mul(leaf, y[i]))).reduce((s, t) => add(s, t));
}

/** a + factor b on trees. */
export const addScaled = <V>(a: V, factor: Tensor, b: V): V =>
  mapTree((x, y) => add(x, mul(factor, y)), a, b);

/** Checks the options and the right-hand side; the number of unknowns, and the options with defaults. */
export function checkProblem(
  fn: string,
  rightSide: unknown,
  options: SolverOptions,
  defaultIterations: (unknowns: number) => number,
) {
  const { leaves } = flatten(rightSide, fn);
  const unknowns = leaves.reduce((n, leaf) => n + leaf.size, 0);
  const wrong = leaves.find((leaf) => !isFloat(leaf.dtype) || leaf.dtype !== leaves[0].dtype);
  if (wrong !== undefined)
    throw new ArgumentError(fn, 'rightSide', 'hold tensors of one float dtype', wrong.dtype);
  if (unknowns === 0) throw new ArgumentError(fn, 'rightSide', 'hold at least one number', 'none');
  const { iterations = defaultIterations(unknowns), tolerance = 1e-5 } = options;
  if (!Number.isInteger(iterations) || iterations < 1)
    throw new ArgumentError(fn, 'iterations', 'be a whole number of at least 1', String(iterations));
  if (!(tolerance >= 0)) throw new ArgumentError(fn, 'tolerance', 'not be negative', String(tolerance));
  return { iterations, tolerance };
}

/** The operator, whose results must look like the vectors it is given. */
function checked<P, V>(fn: string, apply: Operator<P, V>): Operator<P, V> {
  const show = (tree: unknown) => {
    const { leaves, structure } = flatten(tree, fn);
    return `${structureKey(structure)} of ${leaves.map((l) => `${l.dtype}${showShape(l.shape)}`).join(', ')}`;
  };
  return (parameters, v) => {
    const result = apply(parameters, v);
    if (show(result) !== show(v))
      throw new ArgumentError(fn, 'apply', `return a tree like its argument, ${show(v)}`, show(result));
    return result;
  };
}

/**
 * Solves A x = b by a method, with the derivative of the exact solution: for a cotangent c of x, lambda solves
 * A^T lambda = c; lambda is the gradient of b, and that of the parameters is -d(lambda^T A x) at fixed x.
 */
export function solveImplicitly<P, V>(
  fn: string,
  method: Method,
  apply: Operator<P, V>,
  parameters: P,
  rightSide: V,
  symmetric: boolean,
): LinearSolution<V> {
  const operator = checked(fn, apply);
  const transpose: Operator<P, V> = (p, v) => vjp((u: V) => operator(p, u), v)[1](v);
  const run = customGradient(
    (args: { parameters: P; rightSide: V }): LinearSolution<V> => {
      const own = (v: V) => operator(args.parameters, v);
      const { solution, iterations } = method(own, args.rightSide);
      const residual = mapTree(sub, args.rightSide, own(solution));
      const squares = flatten(residual).leaves.map((leaf) => sum(square(leaf)));
      return { solution, residualNorm: sqrt(squares.reduce((s, t) => add(s, t))), iterations };
    },
    (args, { solution }, cotangent) => {
      const adjoint = solveImplicitly(
        fn,
        method,
        symmetric ? operator : transpose,
        args.parameters,
        cotangent.solution,
        symmetric,
      ).solution;
      const [, pullback] = vjp((p: P) => operator(p, solution), args.parameters);
      return { parameters: pullback(mapTree(neg, adjoint)), rightSide: adjoint };
    },
  );
  return run({ parameters, rightSide });
}
