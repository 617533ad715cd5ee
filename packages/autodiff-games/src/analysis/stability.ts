/** Stability of fixed points of simultaneous gradient ascent. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Game } from '../game.ts';
import { ravel } from '../parameters.ts';
import { gameHessian, simultaneousGradient } from './derivatives.ts';

/** An eigenvalue of the game Hessian. */
export interface Eigenvalue {
  readonly real: number;
  readonly imaginary: number;
}

/** What the eigenvalues of the game Hessian say about a point. */
export interface Stability {
  /** By descending real part. */
  readonly eigenvalues: readonly Eigenvalue[];
  /** All real parts negative: `stable`; one positive: `unstable`; otherwise the first order does not tell. */
  readonly kind: 'stable' | 'unstable' | 'undecided';
  /** Steps of naive learning approach the point below this learning rate; 0 unless it is stable. */
  readonly largestLearningRate: number;
  /** The Euclidean norm of the simultaneous gradient: 0 at a fixed point, and only there the rest has its meaning. */
  readonly gradientNorm: number;
}

/**
 * The stability of a fixed point under naive learning, by the eigenvalues of the game Hessian.
 *
 * At a fixed point xi(x) = 0 the flow `dx/dt = xi(x)` is linear to first order, with the matrix H: it returns when
 * all eigenvalues lambda of H have negative real parts. Steps `x <- x + eta xi(x)` return when all
 * `|1 + eta lambda| < 1`, that is `eta < min -2 Re(lambda) / |lambda|^2`. Real parts count as zero below 1e-9 of
 * the largest |lambda|.
 *
 * Source: Balduzzi et al. 2018 and Letcher et al. 2019, with values maximised; eigenvalues by ml-matrix, in float64.
 *
 * @param parameters - One tree for each player, of one play; float64 for accurate eigenvalues.
 *
 * @example
 * ```ts
 * import { bilinearGame, fixedPointStability } from '@descant/autodiff-games';
 * import { tensor } from '@descant/tensor-ops';
 * const { kind, eigenvalues } = fixedPointStability(bilinearGame(), [tensor([0]), tensor([0])]);
 * kind; // => 'undecided'
 * eigenvalues; // => [{ real: 0, imaginary: 1 }, { real: 0, imaginary: -1 }]
 * ```
 */
export function fixedPointStability<P>(game: Game<P>, parameters: readonly P[]): Stability {
  const hessian = gameHessian(game, parameters).toArray() as number[][];
  const gradient = Array.from(ravel(simultaneousGradient(game, parameters)).data);
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(new Matrix(hessian));
  const eigenvalues = realEigenvalues
    .map((real, k) => ({ real, imaginary: imaginaryEigenvalues[k] }))
    .sort((a, b) => b.real - a.real || b.imaginary - a.imaginary);
  const modulus = ({ real, imaginary }: Eigenvalue) => Math.hypot(real, imaginary);
  const zero = 1e-9 * Math.max(...eigenvalues.map(modulus));
  const greatest = eigenvalues[0].real;
  const kind = greatest < -zero ? 'stable' : greatest > zero ? 'unstable' : 'undecided';
  const limits = eigenvalues.map((lambda) => (-2 * lambda.real) / modulus(lambda) ** 2);
  return {
    eigenvalues,
    kind,
    largestLearningRate: kind === 'stable' ? Math.min(...limits) : 0,
    gradientNorm: Math.hypot(...gradient),
  };
}
