/** Balancing of matrices, by Osborne's method. */
import { fori } from '../control/scan.ts';
import { whileLoop } from '../control/while-loop.ts';
import { ArgumentError } from '../errors.ts';
import { abs, add, div, exp, log, mul, sub } from '../ops/arithmetic.ts';
import { greater, less, logicalAnd, where } from '../ops/compare.ts';
import { eye, full, zeros } from '../ops/create.ts';
import { gather, oneHot } from '../ops/gather.ts';
import type { Operand } from '../ops/operands.ts';
import { max, sum } from '../ops/reduce.ts';
import { expandDims } from '../ops/shape.ts';
import type { FloatType } from '../random/sample.ts';
import type { Tensor } from '../tensor.ts';
import { overBatch, squareMatrices } from './matrices.ts';

/** A = D B D^-1 with D = diag(scale), where B has rows and columns of equal norm. */
export interface Balanced {
  /** B = D^-1 A D, [..., n, n] */
  readonly matrix: Tensor;
  /** d [..., n], positive, with product 1. */
  readonly scale: Tensor;
}

/** Options of `balance`. */
export interface BalanceOptions {
  /** The most sweeps over all indices; default 1000. */
  readonly sweeps?: number;
}

/** A largest relative difference of row and column sums below this counts as balanced. */
const BALANCED = { float32: 1e-6, float64: 1e-13 };

/** The matrix of |a_ij| d_j / d_i without its diagonal, from logarithms x of d. */
const scaled = (off: Tensor, x: Tensor): Tensor => mul(off, exp(sub(x, expandDims(x, 1))));

/** The largest |r - c| / (r + c) of row sums r and column sums c. */
function imbalance(off: Tensor, x: Tensor): Tensor {
  const now = scaled(off, x);
  const [rows, columns] = [sum(now, 1), sum(now, 0)];
  const both = add(rows, columns);
  return max(div(abs(sub(rows, columns)), where(greater(both, 0), both, 1)));
}

function balanceOne(matrix: Tensor, sweeps: number): Balanced {
  const [n] = matrix.shape;
  const dtype = matrix.dtype as FloatType;
  const off = mul(abs(matrix), sub(1, eye(n, dtype)));
  /** Makes row and column k equal, in closed form. */
  const level = (k: Tensor, x: Tensor): Tensor => {
    const here = gather(x, k);
    const row = sum(mul(gather(off, k), exp(sub(x, here))));
    const column = sum(mul(gather(off, k, 1), exp(sub(here, x))));
    const both = logicalAnd(greater(row, 0), greater(column, 0));
    const shift = where(both, mul(0.5, sub(log(where(both, row, 1)), log(where(both, column, 1)))), 0);
    return add(x, mul(shift, oneHot(k, n, dtype)));
  };
  interface State {
    readonly x: Tensor;
    readonly imbalance: Tensor;
    readonly count: Tensor;
  }
  const { x } = whileLoop(
    (s: State) => logicalAnd(greater(s.imbalance, BALANCED[dtype]), less(s.count, sweeps)),
    (s: State): State => {
      const next = fori(0, n, level, s.x);
      return { x: next, imbalance: imbalance(off, next), count: add(s.count, 1) };
    },
    { x: zeros([n], dtype), imbalance: imbalance(off, zeros([n], dtype)), count: full([], 0, 'int32') },
  );
  const centred = sub(x, div(sum(x), n));
  return { matrix: mul(matrix, exp(sub(centred, expandDims(centred, 1)))), scale: exp(centred) };
}

/**
 * Balances each matrix of a, [..., n, n]: the diagonal D for which D^-1 A D has rows and columns of equal 1-norm.
 *
 * Minimises the sum of |a_ij| d_j / d_i, which is convex in log d, by making one row and column after the other equal:
 * d_k <- d_k sqrt(r_k / c_k) with the off-diagonal sums r_k of row and c_k of column k, until all agree to rounding. The minimum
 * exists where the graph of the entries that are not zero is strongly connected; a row or column of zeros is left alone.
 * No derivatives in reverse mode.
 *
 * Source: Osborne (1960), "On pre-conditioning of matrices", in the 1-norm.
 *
 * @throws ArgumentError unless a has shape [..., n, n] and sweeps is a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { balance } from '@descant/tensor-ops/linalg';
 * balance(tensor([[5, 4], [1, 7]])).matrix.toArray(); // => [[5, 2], [2, 7]]
 * ```
 */
export function balance(a: Operand, options: BalanceOptions = {}): Balanced {
  const { sweeps = 1000 } = options;
  if (!Number.isInteger(sweeps) || sweeps < 1)
    throw new ArgumentError('balance', 'sweeps', 'be a whole number of at least 1', String(sweeps));
  return overBatch(squareMatrices('balance', a), (matrix) => balanceOne(matrix, sweeps));
}
