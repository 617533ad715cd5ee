/** Eigenvalues and eigenvectors of symmetric matrices, by Jacobi's method. */
import { cond } from '../control/cond.ts';
import { fori, scan } from '../control/scan.ts';
import { constant } from '../ir/build.ts';
import { abs, add, div, mul, sqrt, square, sub } from '../ops/arithmetic.ts';
import { equal, greater, less, logicalAnd, logicalOr, where } from '../ops/compare.ts';
import { arange, eye, ones } from '../ops/create.ts';
import { gather, scatterAdd } from '../ops/gather.ts';
import { matmul } from '../ops/matmul.ts';
import type { Operand } from '../ops/operands.ts';
import { max, sum } from '../ops/reduce.ts';
import { expandDims } from '../ops/shape.ts';
import type { FloatType } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { customGradient } from '../transform/custom-gradient.ts';
import { overBatch, sandwich, squareMatrices, symmetric, transposed } from './matrices.ts';

/** A spectral decomposition A = V diag(w) V^T. */
export interface Eigh {
  /** w [..., n], ascending. */
  readonly values: Tensor;
  /** V [..., n, n]; the columns are orthonormal eigenvectors, of arbitrary sign. */
  readonly vectors: Tensor;
}

/**
 * The pairs of a sweep as a round-robin tournament: row r gives each index its partner in round r, or itself.
 * Disjoint rotations commute, so that a round is done at once, and a sweep visits every pair.
 */
function tournament(n: number): number[][] {
  const seats = n + (n % 2);
  const last = seats - 1;
  return Array.from({ length: last }, (_, round) =>
    Array.from({ length: n }, (_, i) => {
      // Index `last` stays; the others are paired so that their sum is 2 * round modulo the rounds.
      const mirrored = (2 * round - i + 2 * last) % last;
      const partner = i === last ? round : mirrored === i ? last : mirrored;
      return partner < n ? partner : i;
    }),
  );
}

/** More sweeps than matrices need to become diagonal to rounding: convergence is quadratic once it is near. */
const sweeps = (n: number): number => 6 + Math.ceil(Math.log2(n));

/** A sweep that begins with nothing larger off the diagonal, beside a largest element of one, is the last. */
const SMALL = { float32: 2 ** -16, float64: 2 ** -40 };

interface State {
  readonly a: Tensor;
  readonly v: Tensor;
}

/** One round of rotations, each of which makes one pair of off-diagonal elements zero. */
function rotate({ a, v }: State, partner: Tensor): [State, []] {
  const indices = arange(0, a.shape[0]);
  const mate = equal(expandDims(partner, 1), indices);
  const diagonal = sum(where(equal(expandDims(indices, 1), indices), a, 0), 1);
  const apart = sub(gather(diagonal, partner), diagonal);
  // The sum of both elements of a pair: rounding must not tell its partners different angles.
  const both = sum(where(mate, add(a, transposed(a)), 0), 1);
  const double = where(equal(partner, indices), 0, both);
  // t = tan of the angle with tan(2 angle) = double / apart, the smaller one; partners turn by opposite angles.
  const first = where(less(indices, partner), 1, -1);
  const direction = where(greater(apart, 0), 1, where(less(apart, 0), -1, first));
  const size = add(abs(apart), sqrt(add(square(apart), square(double))));
  const t = div(mul(direction, double), where(equal(size, 0), 1, size));
  const c = div(1, sqrt(add(1, square(t))));
  const s = mul(t, c);
  const turnColumns = (m: Tensor) => sub(mul(m, c), mul(gather(m, partner, 1), s));
  const rows = sub(mul(expandDims(c, 1), a), mul(expandDims(s, 1), gather(a, partner)));
  return [{ a: turnColumns(rows), v: turnColumns(v) }, []];
}

function decompose(matrix: Tensor): Eigh {
  const [n] = matrix.shape;
  const largest = max(abs(matrix));
  // Squares of the elements must neither overflow nor vanish.
  const scale = where(equal(largest, 0), 1, largest);
  const rounds = tournament(n);
  const partners = constant(Int32Array.from(rounds.flat()), [rounds.length, n], 'int32');
  const elsewhere = sub(1, eye(n, matrix.dtype));
  interface Sweep extends State {
    /** The largest element off the diagonal before the last sweep. */
    readonly before: Tensor;
  }
  const sweep = (_i: Tensor, state: Sweep): Sweep =>
    cond(
      greater(state.before, SMALL[matrix.dtype as FloatType]),
      ({ a, v }: Sweep) => ({ ...scan(rotate, { a, v }, partners)[0], before: max(abs(mul(elsewhere, a))) }),
      (same: Sweep) => same,
      state,
    );
  const start = { a: div(matrix, scale), v: eye(n, matrix.dtype), before: ones([], matrix.dtype) };
  const end = fori(0, sweeps(n), sweep, start);
  const indices = arange(0, n);
  const w = sum(where(equal(expandDims(indices, 1), indices), end.a, 0), 1);
  const tie = logicalAnd(equal(w, expandDims(w, 1)), less(indices, expandDims(indices, 1)));
  const rank = sum(logicalOr(less(w, expandDims(w, 1)), tie), 1);
  const order = scatterAdd(indices, rank, n);
  return { values: mul(scale, gather(w, order)), vectors: gather(end.v, order, 1) };
}

const oneEigh = customGradient(decompose, (_a, { values, vectors }, cotangent) => {
  const gaps = sub(values, expandDims(values, 1));
  const none = equal(gaps, 0);
  const inverseGaps = where(none, 0, div(1, where(none, 1, gaps)));
  const turned = mul(inverseGaps, matmul(transposed(vectors), cotangent.vectors));
  const [n] = values.shape;
  const inner = add(turned, mul(eye(n, values.dtype), cotangent.values));
  return symmetric(sandwich(vectors, inner));
});

/**
 * The eigenvalues and eigenvectors of each symmetric matrix A of a, [..., n, n].
 *
 * Takes (A + A^T) / 2 for A. Cyclic Jacobi rotations, at most 6 + log2(n) sweeps of O(n^3) until the rest is
 * rounding. Differentiable; the derivative of eigenvectors has terms 1 / (w_j - w_i), which count as
 * zero where eigenvalues are equal (eigenvectors are not differentiable there; functions such as `sqrtm` are, by
 * rules of their own).
 *
 * Source: Jacobi (1846), with the parallel order of Brent and Luk (1985); derivative: Giles (2008), sec. 3.1.
 *
 * @throws ArgumentError unless a has shape [..., n, n].
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { eigh } from '@descant/tensor-ops/linalg';
 * eigh(tensor([[2, 1], [1, 2]])).values.toArray(); // => [1, 3]
 * ```
 */
export const eigh = (a: Operand): Eigh =>
  overBatch(squareMatrices('eigh', a), (matrix) => oneEigh(symmetric(matrix)));
