/** Bilinear zero-sum games. */
import {
  ArgumentError,
  at,
  matmul,
  mul,
  neg,
  normal,
  split,
  sum,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';

/** Options of `bilinearGame`: a dimension, or a matrix, or neither for the scalar game. */
export interface BilinearGameOptions {
  /** m = n, with the identity as the matrix; default 1. */
  readonly dimension?: number;
  /** M, an array of m rows of n finite numbers. */
  readonly matrix?: readonly (readonly number[])[];
}

/** The shape of the matrix, or undefined for anything but a rectangle of finite numbers. */
function matrixShape(matrix: readonly (readonly number[])[]): [number, number] | undefined {
  const columns = matrix[0]?.length ?? 0;
  const rectangular = matrix.every((row) => row.length === columns && row.every(Number.isFinite));
  return rectangular && columns > 0 ? [matrix.length, columns] : undefined;
}

/**
 * A bilinear game: `f_1 = x' M y = -f_2`, with x [m] and y [n]; the equilibrium of `x' y` is 0.
 *
 * Simultaneous gradient ascent with step size eta moves away from it by the factor sqrt(1 + eta^2) a step when M is
 * the identity; competitive gradient descent approaches it by the factor 1 / sqrt(1 + eta^2). The parameters start
 * as standard normals.
 *
 * Source: Schaefer and Anandkumar 2019; Nema and Ravindran 2021 (IPO), figure 1.
 *
 * @throws ArgumentError when the dimension is not a whole number of at least 1, when the matrix is not a rectangle
 * of finite numbers, or when both are given.
 *
 * @example
 * ```ts
 * import { bilinearGame } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const game = bilinearGame({ matrix: [[1, 2]] });
 * game.values([tensor([3]), tensor([1, 1])]).map((v) => v.item()); // => [9, -9]
 * ```
 */
export function bilinearGame(options: BilinearGameOptions = {}): Game {
  const { matrix, dimension = 1 } = options;
  if (matrix !== undefined && options.dimension !== undefined) {
    throw new ArgumentError('bilinearGame', 'options', 'hold a dimension or a matrix', 'both');
  }
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw new ArgumentError('bilinearGame', 'dimension', 'be a whole number of at least 1', `${dimension}`);
  }
  const shape = matrix === undefined ? [dimension, dimension] : matrixShape(matrix);
  if (shape === undefined) {
    throw new ArgumentError(
      'bilinearGame',
      'matrix',
      'be rows of equally many finite numbers',
      JSON.stringify(matrix),
    );
  }
  const [m, n] = shape;
  const apply = (y: Tensor) => (matrix === undefined ? y : matmul(tensor(matrix, { dtype: y.dtype }), y));
  return {
    name: 'bilinear',
    players: 2,
    values(parameters) {
      checkShapes('bilinear', parameters, [[m], [n]]);
      const value = sum(mul(parameters[0], apply(parameters[1])));
      return [value, neg(value)];
    },
    init(key, dtype = 'float32') {
      const keys = split(key, 2);
      return [m, n].map((size, player) => normal(at(keys, player), [size], dtype));
    },
  };
}
