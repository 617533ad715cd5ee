/** The generalised minimal residual method. */
import { cond } from '../control/cond.ts';
import { scan } from '../control/scan.ts';
import { abs, add, div, mul, sqrt, square, sub } from '../ops/arithmetic.ts';
import { equal, greater, less, logicalAnd, where } from '../ops/compare.ts';
import { arange, eye, zeros } from '../ops/create.ts';
import { gather } from '../ops/gather.ts';
import { matmul } from '../ops/matmul.ts';
import { sum } from '../ops/reduce.ts';
import { at, concat, expandDims, reshape, slice, splitAxis, transpose } from '../ops/shape.ts';
import { cast } from '../primitives/cast.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, unflatten } from '../tree.ts';
import {
  checkProblem,
  type LinearSolution,
  type Method,
  type Operator,
  type SolverOptions,
  solveImplicitly,
} from './iterative.ts';
import { solve } from './solve.ts';

/** A tree as one vector, and back. */
function vectorise<V>(like: V) {
  const { leaves, structure } = flatten(like);
  return {
    pack: (tree: V): Tensor => concat(flatten(tree).leaves.map((leaf) => reshape(leaf, [-1]))),
    unpack: (vector: Tensor): V =>
      unflatten<V>(
        structure,
        splitAxis(
          vector,
          leaves.map((leaf) => leaf.size),
        ).map((part, i) => reshape(part, leaves[i].shape)),
      ),
  };
}

const norm = (v: Tensor): Tensor => sqrt(sum(square(v)));
const outer = (a: Tensor, b: Tensor): Tensor => mul(expandDims(a, 1), b);

/** Arnoldi's process, with the rotations that make its Hessenberg matrix triangular. */
interface State {
  /** Orthonormal rows q_0, ..., q_j, then zeros; [m + 1, n]. */
  readonly basis: Tensor;
  /** The product of the rotations; [m + 1, m + 1]. */
  readonly rotation: Tensor;
}

/** A column of the triangular matrix [m + 1], and whether it is to be used. */
interface Column {
  readonly column: Tensor;
  readonly used: Tensor;
}

/** Step j: orthogonalises A q_j against the basis, twice, and rotates its coefficients. */
function arnoldi(apply: (v: Tensor) => Tensor, { basis, rotation }: State, j: Tensor): [State, Column] {
  const places = arange(0, basis.shape[0]);
  const [here, below] = [j, add(j, 1)].map((k) => cast(equal(places, k), basis.dtype));
  const image = apply(gather(basis, j));
  const once = matmul(basis, image);
  const rest = sub(image, matmul(once, basis));
  const again = matmul(basis, rest);
  const fresh = sub(rest, matmul(again, basis));
  // What is left of a vector inside the space is rounding.
  const epsilon = basis.dtype === 'float64' ? 1e-14 : 1e-6;
  const isNew = greater(norm(fresh), mul(epsilon, norm(image)));
  const length = where(isNew, norm(fresh), 0);
  const next = where(isNew, div(fresh, where(isNew, length, 1)), 0);
  const rotated = matmul(rotation, add(once, again));
  const corner = gather(rotated, j);
  const radius = sqrt(add(square(corner), square(length)));
  const used = greater(radius, 0);
  const cosine = where(used, div(corner, where(used, radius, 1)), 1);
  const sine = where(used, div(length, where(used, radius, 1)), 0);
  const [top, bottom] = [gather(rotation, j), gather(rotation, add(j, 1))];
  const turned = [
    sub(add(mul(cosine, top), mul(sine, bottom)), top),
    sub(sub(mul(cosine, bottom), mul(sine, top)), bottom),
  ];
  const above = where(less(places, j), rotated, 0);
  return [
    {
      basis: add(basis, outer(below, next)),
      rotation: add(rotation, add(outer(here, turned[0]), outer(below, turned[1]))),
    },
    { column: add(above, mul(here, where(used, radius, 1))), used },
  ];
}

const method =
  (m: number, tolerance: number): Method =>
  <V>(applyTree: (v: V) => V, rightSide: V) => {
    const { pack, unpack } = vectorise(rightSide);
    const apply = (v: Tensor) => pack(applyTree(unpack(v)));
    const b = pack(rightSide);
    const places = arange(0, m + 1);
    const first = cast(equal(places, 0), b.dtype);
    const length = norm(b);
    const unit = div(b, where(equal(length, 0), 1, length));
    const start: State = { basis: outer(first, unit), rotation: eye(m + 1, b.dtype) };
    const step = (state: State, j: Tensor): [State, Column] => {
      // The residual, as a share of |b|, is the element below in the rotated first unit vector.
      const share = abs(gather(at(state.rotation, 0, 1), j));
      const active = logicalAnd(greater(share, tolerance), greater(length, 0));
      return cond(
        active,
        (s: State) => arnoldi(apply, s, j),
        (s: State): [State, Column] => [
          s,
          { column: cast(equal(places, j), b.dtype), used: zeros([], 'bool') },
        ],
        state,
      );
    };
    const [{ basis, rotation }, { column, used }] = scan(step, start, arange(0, m));
    const triangle = transpose(slice(column, [0, 0], [m, m]));
    const target = slice(rotation, [0, 0], [m, 1]);
    const y = solve(triangle, where(expandDims(used, 1), mul(length, target), 0));
    const x = matmul(reshape(y, [m]), slice(basis, [0, 0], [m, -1]));
    return { solution: unpack(x), iterations: sum(used) };
  };

/**
 * Solves A x = b for any invertible map v -> A v on trees, without a matrix.
 *
 * The x in the Krylov space of b with the smallest |b - A x|. Stops after `iterations` (default: the number of unknowns,
 * at most 50; there is no restart, and memory for so many vectors), or when |b - A x| <= tolerance |b|. Look at
 * `residualNorm`: nothing is thrown when it is large. Derivatives in the parameters and in b are those of the
 * exact solution, by one more solution each with the transpose of A, which comes from `vjp` (to any order, in both
 * modes); report values have none.
 *
 * Source: Saad and Schultz (1986), algorithm 3, with classical Gram-Schmidt done twice.
 *
 * @param apply - A v from the parameters and v. What it depends on and what is traced or differentiated must come in
 * through `parameters`.
 * @throws ArgumentError when `apply` returns a tree unlike v, or for bad options.
 *
 * @example
 * ```ts
 * import { matmul, tensor } from '@descant/tensor-ops';
 * import { gmres } from '@descant/tensor-ops/linalg';
 * const a = tensor([[0, 2], [-1, 1]]);
 * const { solution, residualNorm } = gmres((m, v) => matmul(m, v), a, tensor([4, 1]));
 * solution.toArray(); // => [1, 2]
 * residualNorm.item() < 1e-5; // => true
 * ```
 */
export function gmres<P, V>(
  apply: Operator<P, V>,
  parameters: P,
  rightSide: V,
  options: SolverOptions = {},
): LinearSolution<V> {
  const { iterations, tolerance } = checkProblem('gmres', rightSide, options, (n) => Math.min(n, 50));
  return solveImplicitly('gmres', method(iterations, tolerance), apply, parameters, rightSide, false);
}
