/** Square roots and other roots of symmetric positive definite matrices. */
import { ArgumentError } from '../errors.ts';
import { add, div, mul, neg, pow, sqrt } from '../ops/arithmetic.ts';
import { ones } from '../ops/create.ts';
import { matmul } from '../ops/matmul.ts';
import type { Operand } from '../ops/operands.ts';
import { expandDims } from '../ops/shape.ts';
import type { Tensor } from '../tensor.ts';
import { customGradient } from '../transform/custom-gradient.ts';
import { vjp } from '../transform/grad.ts';
import { eigh } from './eigh.ts';
import { inverse } from './inverse.ts';
import { overBatch, sandwich, squareMatrices, symmetric, transposed, withSpectrum } from './matrices.ts';

/** The derivative of B^p in the direction X: the sum of B^k X B^(p-1-k) over k < p. */
function differential(b: Tensor, x: Tensor, p: number): Tensor {
  let result = x;
  let power = b;
  for (let k = 1; k < p; k++) {
    result = add(matmul(result, b), matmul(power, x));
    power = matmul(power, b);
  }
  return result;
}

/** The same in the eigenbasis of B, where it multiplies element ij by the sum of s_i^k s_j^(p-1-k). */
function spectralFactors(s: Tensor, p: number): Tensor {
  const column = expandDims(s, 1);
  let result = ones([s.size, s.size], s.dtype);
  let power = column;
  for (let k = 1; k < p; k++) {
    result = add(mul(result, s), power);
    power = mul(power, column);
  }
  return result;
}

/** The X whose `differential` at B is C. */
function solveDifferential(b: Tensor, c: Tensor, p: number): Tensor {
  const solution = customGradient(
    (args: { b: Tensor; c: Tensor }) => {
      const { values, vectors } = eigh(args.b);
      const inner = div(sandwich(transposed(vectors), args.c), spectralFactors(values, p));
      return sandwich(vectors, inner);
    },
    // The equation is linear in C and symmetric; its derivative in B is that of the left-hand side at a fixed X.
    (args, x, cotangent) => {
      const forC = solveDifferential(args.b, cotangent, p);
      const [, pullback] = vjp((at: Tensor) => differential(at, x, p), args.b);
      return { b: pullback(neg(forC)), c: forC };
    },
  );
  return solution({ b, c });
}

function root(fn: string, a: Operand, p: number): Tensor {
  if (!Number.isInteger(p) || p < 1)
    throw new ArgumentError(fn, 'p', 'be a whole number of at least 1', String(p));
  const one = customGradient(
    (matrix: Tensor) => {
      const { values, vectors } = eigh(matrix);
      return withSpectrum(vectors, p === 2 ? sqrt(values) : pow(values, 1 / p));
    },
    (_matrix, b, cotangent) => solveDifferential(b, symmetric(cotangent), p),
  );
  return overBatch(squareMatrices(fn, a), (matrix) => one(symmetric(matrix)));
}

/**
 * The symmetric positive definite B with B^p = A, for each symmetric positive definite matrix A of a, [..., n, n].
 *
 * Takes (A + A^T) / 2 for A. Differentiable to any order, also where eigenvalues are equal: dB solves
 * sum over k < p of B^k dB B^(p-1-k) = dA. NaN where a matrix has negative eigenvalues.
 *
 * Source: Higham (2008), "Functions of Matrices", ch. 7 and sec. 3.2 for the derivative.
 *
 * @throws ArgumentError unless a has shape [..., n, n] and p is a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { matrixRoot } from '@descant/tensor-ops/linalg';
 * matrixRoot(tensor([[8, 0], [0, 27]]), 3).toArray(); // => [[2, 0], [0, 3]]
 * ```
 */
export const matrixRoot = (a: Operand, p: number): Tensor => root('matrixRoot', a, p);

/**
 * The square root of each symmetric positive definite matrix; see `matrixRoot`.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { sqrtm } from '@descant/tensor-ops/linalg';
 * sqrtm(tensor([[5, 4], [4, 5]], { dtype: 'float64' })).toArray(); // => [[2, 1], [1, 2]]
 * ```
 */
export const sqrtm = (a: Operand): Tensor => root('sqrtm', a, 2);

/**
 * A^(-1/p) for each symmetric positive definite matrix A: the inverse of `matrixRoot`, as preconditioners use it.
 *
 * @example
 * ```ts
 * import { tensor } from '@descant/tensor-ops';
 * import { inverseRoot } from '@descant/tensor-ops/linalg';
 * inverseRoot(tensor([[16, 0], [0, 81]]), 4).toArray(); // => [[0.5, 0], [0, 0.3333333]]
 * ```
 */
export const inverseRoot = (a: Operand, p: number): Tensor => inverse(root('inverseRoot', a, p));
