/** Evolution strategies: the gradient of a smoothed function from its values alone. */
import {
  ArgumentError,
  add,
  flatten,
  mapTree,
  mean,
  mul,
  reshape,
  stopGradient,
  sub,
  type Tensor,
  vmap,
} from '@descant/tensor-ops';
import { linearSurrogate } from '../linear-surrogate.ts';

/** Options of `evolutionStrategies`. */
export interface EvolutionStrategiesOptions {
  /** sigma > 0, the size of the perturbations and of the smoothing. */
  readonly standardDeviation: number;
  /**
   * What the value at x + sigma e is compared with: nothing (`vanilla`), the value at x (`baselined`), or half the
   * difference to the value at x - sigma e (`antithetic`, the default).
   */
  readonly kind?: 'vanilla' | 'baselined' | 'antithetic';
}

/** x + scale * noise, for each row of the noise. */
const perturbed = <X>(x: X, noise: X, scale: number): X =>
  mapTree((leaf, e) => add(leaf, mul(e, scale)), x, noise);

/** The number of rows that all leaves of the noise have. */
export function checkNoise<X>(fn: string, x: X, noise: X): number {
  const [own, drawn] = [x, noise].map((tree) => flatten(tree, fn).leaves);
  const rows = drawn[0]?.shape[0] ?? 0;
  own.forEach((leaf, i) => {
    const shape = [rows, ...leaf.shape].join(', ');
    if (rows === 0 || drawn[i]?.shape.join(', ') !== shape) {
      const expected = `hold a tensor [S, ${leaf.shape.join(', ')}] for each one of x, with one S`;
      throw new ArgumentError(fn, 'noise', expected, `[${drawn[i]?.shape.join(', ')}]`);
    }
  });
  return rows;
}

/** The mean over rows s of weights_s noise_s / scale. */
export const weightedNoise = <X>(noise: X, weights: Tensor, scale: number): X =>
  mapTree((e) => {
    const w = reshape(weights, [e.shape[0], ...e.shape.slice(1).map(() => 1)]);
    return mul(mean(mul(w, e), 0), 1 / scale);
  }, noise);

/** Checks that sigma is positive. */
export function checkDeviation(fn: string, standardDeviation: number): void {
  if (!(standardDeviation > 0 && Number.isFinite(standardDeviation))) {
    throw new ArgumentError(fn, 'standardDeviation', 'be positive', String(standardDeviation));
  }
}

/**
 * Evolution strategies: estimates of the gradient of `f_sigma(x) = E[f(x + sigma e)]`, e standard normal.
 *
 * Mean over the S rows e of the noise of `f(x + sigma e) e / sigma` (vanilla), `(f(x + sigma e) - f(x)) e / sigma`
 * (baselined) or `(f(x + sigma e) - f(x - sigma e)) e / (2 sigma)` (antithetic). All are unbiased for the gradient of
 * f_sigma, which is that of f only in the limit of small sigma (exactly, for quadratic f). f is never differentiated,
 * may have jumps, and may itself be random.
 *
 * Whether f is a value to maximise or a loss to minimise is the caller's affair: the gradient is that of f.
 *
 * Source: Salimans et al. 2017; Nesterov and Spokoiny 2017; Wierstra et al. 2014.
 *
 * @param f - Takes a tree like x to a scalar; S copies (twice as many, antithetic) are computed at once by `vmap`.
 * @param x - Tree of float tensors.
 * @param noise - Tree of standard normals with leaves [S, ...], constants. Signs do as well for the direction.
 * @returns A surrogate of order 1, a scalar that evaluates to the mean of the values of f at the perturbed places.
 * @throws ArgumentError for other kinds, deviations or shapes, and from a second derivative.
 *
 * @example
 * ```ts
 * import { evolutionStrategies } from '@descant/estimators';
 * import { grad, square, sum, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const f = (x: Tensor) => sum(square(x));
 * const noise = tensor([[1, 1], [1, -1]]);
 * const surrogate = (x: Tensor) => evolutionStrategies(f, x, noise, { standardDeviation: 0.5 });
 * grad(surrogate)(tensor([3, 4])).toArray(); // => [6, 8]
 * ```
 */
export function evolutionStrategies<X>(
  f: (x: X) => Tensor,
  x: X,
  noise: X,
  options: EvolutionStrategiesOptions,
): Tensor {
  const name = 'evolutionStrategies';
  const { standardDeviation: sigma, kind = 'antithetic' } = options;
  checkDeviation(name, sigma);
  if (!['vanilla', 'baselined', 'antithetic'].includes(kind)) {
    throw new ArgumentError(name, 'kind', 'be vanilla, baselined or antithetic', String(kind));
  }
  checkNoise(name, x, noise);
  const [centre, e] = [stopGradient(x), stopGradient(noise)];
  const valuesAt = (scale: number) => vmap((row: X) => f(perturbed(centre, row, scale)))(e);
  const ahead = valuesAt(sigma);
  if (kind === 'antithetic') {
    const behind = valuesAt(-sigma);
    const gradient = weightedNoise(e, sub(ahead, behind), 2 * sigma);
    return linearSurrogate(name, x, mul(mean(add(ahead, behind)), 0.5), gradient);
  }
  const weights = kind === 'vanilla' ? ahead : sub(ahead, f(centre));
  return linearSurrogate(name, x, mean(ahead), weightedNoise(e, weights, sigma));
}
