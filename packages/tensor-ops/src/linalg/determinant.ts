/** Determinants, by elimination with partial pivoting. */
import { scan } from '../control/scan.ts';
import { abs, div, log, mul, neg, sign, sub } from '../ops/arithmetic.ts';
import { equal, greater, greaterEqual, where } from '../ops/compare.ts';
import { arange, ones } from '../ops/create.ts';
import { gather } from '../ops/gather.ts';
import type { Operand } from '../ops/operands.ts';
import { argmax, prod, sum } from '../ops/reduce.ts';
import { expandDims } from '../ops/shape.ts';
import type { Tensor } from '../tensor.ts';
import { customGradient } from '../transform/custom-gradient.ts';
import { inverse } from './inverse.ts';
import { overBatch, squareMatrices, transposed } from './matrices.ts';

/** The pivots of a matrix, and the sign of the row exchanges that lead to them. */
function pivots(a: Tensor): { pivots: Tensor; exchanges: Tensor } {
  const [n] = a.shape;
  const rows = arange(0, n);
  interface State {
    readonly work: Tensor;
    readonly exchanges: Tensor;
  }
  const eliminate = ({ work, exchanges }: State, k: Tensor): [State, Tensor] => {
    const candidates = where(greaterEqual(rows, k), abs(gather(work, k, 1)), -1);
    const best = argmax(candidates);
    const order = where(equal(rows, k), best, where(equal(rows, best), k, rows));
    const sorted = gather(work, order);
    const row = gather(sorted, k);
    const pivot = gather(row, k);
    // A pivot of zero has nothing but zeros below it.
    const factors = div(gather(sorted, k, 1), where(equal(pivot, 0), 1, pivot));
    const below = expandDims(where(greater(rows, k), factors, 0), 1);
    const flipped = where(equal(best, k), exchanges, neg(exchanges));
    return [{ work: sub(sorted, mul(below, row)), exchanges: flipped }, pivot];
  };
  const [end, found] = scan(eliminate, { work: a, exchanges: ones([], a.dtype) }, rows);
  return { pivots: found, exchanges: end.exchanges };
}

const oneDeterminant = customGradient(
  (a: Tensor) => {
    const { pivots: found, exchanges } = pivots(a);
    return mul(exchanges, prod(found));
  },
  (a, value, cotangent) => mul(mul(cotangent, value), transposed(inverse(a))),
);

/** A determinant as a sign and a logarithm. */
export interface LogDeterminant {
  /** -1, 0 or 1. */
  readonly sign: Tensor;
  /** log |det a|, -Infinity for a singular matrix. */
  readonly logAbsolute: Tensor;
}

const oneLogDeterminant = customGradient(
  (a: Tensor): LogDeterminant => {
    const { pivots: found, exchanges } = pivots(a);
    return { sign: mul(exchanges, prod(sign(found))), logAbsolute: sum(log(abs(found))) };
  },
  (a, _value, cotangent) => mul(cotangent.logAbsolute, transposed(inverse(a))),
);

/**
 * The determinant of each matrix of a, [..., n, n].
 *
 * Differentiable to any order where it is not zero: d det A = det A tr(A^-1 dA). For large matrices, whose determinants
 * overflow, see `logDeterminant`.
 *
 * @throws ArgumentError unless a has shape [..., n, n].
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { determinant } from '@descant/tensor-ops/linalg';
 * determinant(tensor([[0, 2], [3, 4]])).item(); // => -6
 * ```
 */
export const determinant = (a: Operand): Tensor =>
  overBatch(squareMatrices('determinant', a), oneDeterminant);

/**
 * The sign and the logarithm of the absolute value of the determinant of each matrix of a, [..., n, n].
 *
 * Differentiable to any order where the determinant is not zero: d log |det A| = tr(A^-1 dA).
 *
 * @throws ArgumentError unless a has shape [..., n, n].
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { logDeterminant } from '@descant/tensor-ops/linalg';
 * logDeterminant(tensor([[0, 1], [1, 5]])); // => { sign: -1, logAbsolute: 0 }
 * ```
 */
export const logDeterminant = (a: Operand): LogDeterminant =>
  overBatch(squareMatrices('logDeterminant', a), oneLogDeterminant);
