/** Measure-valued derivatives of expectations under Gaussians. */
import {
  ArgumentError,
  add,
  at,
  div,
  eye,
  type FloatType,
  log,
  mul,
  neg,
  normal,
  type Shape,
  sign,
  split,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  uniform,
  vmap,
  where,
} from '@descant/tensor-ops';
import { checkPositive } from '../check.ts';
import { linearSurrogate } from '../linear-surrogate.ts';

/** The draws that one measure-valued estimate needs, each [D]. */
export interface MeasureValuedNoise {
  /** Standard normals: the point itself. */
  readonly normal: Tensor;
  /** Rayleigh draws, with density w exp(-w^2 / 2) for w > 0 (Weibull with shape 2). */
  readonly rayleigh: Tensor;
  /** Double-sided Maxwell draws, with density m^2 exp(-m^2 / 2) / sqrt(2 pi). */
  readonly maxwell: Tensor;
}

/**
 * Draws the noise of `measureValuedNormal`.
 *
 * Rayleigh: sqrt(-2 log u); double-sided Maxwell: the length of a vector of three standard normals with the sign of
 * the first.
 *
 * @param shape - [D], or [..., D] for `vmap` over several estimates.
 *
 * @example
 * ```ts
 * import { measureValuedNoise } from '@descant/estimators';
 * import { key } from '@descant/tensor-ops';
 *
 * measureValuedNoise(key(0), [3]).rayleigh.shape; // => [3]
 * ```
 */
export function measureValuedNoise(
  key: Tensor,
  shape: Shape,
  dtype: FloatType = 'float32',
): MeasureValuedNoise {
  const keys = split(key, 3);
  const u = uniform(at(keys, 1), shape, { dtype });
  const three = normal(at(keys, 2), [3, ...shape], dtype);
  return {
    normal: normal(at(keys, 0), shape, dtype),
    rayleigh: sqrt(mul(-2, log(sub(1, u)))),
    maxwell: mul(sign(at(three, 0)), sqrt(sum(square(three), 0))),
  };
}

/**
 * A measure-valued estimate for `E[f(x)]`, x normal with independent elements; f may have jumps.
 *
 * The derivative of the density in a parameter is a multiple of the difference of two densities, so that for each
 * element d, all others of x = mean + sigma z as drawn:
 * - `d E[f] / d mean_d = (E[f(x: x_d = mean_d + sigma_d W)] - E[f(x: x_d = mean_d - sigma_d W)]) / (sigma_d sqrt(2 pi))`
 *   with W Rayleigh;
 * - `d E[f] / d sigma_d = (E[f(x: x_d = mean_d + sigma_d M)] - E[f(x)]) / sigma_d` with M double-sided Maxwell.
 *
 * f is evaluated 3 D + 1 times, and never differentiated. The surrogate evaluates to f(x).
 *
 * Source: Mohamed, Rosca, Figurnov and Mnih 2020, sec. 6 and table 1; Pflug 1989. The same z serves both parts of a
 * difference (coupling).
 *
 * @param f - Takes x [D] to a scalar. Its own parameters are not differentiated.
 * @param parameters - Mean and standard deviation (positive), each [D].
 * @param noise - Each [D], constants: `measureValuedNoise(key, [D])`. For a mean over draws, `vmap` over noise.
 * @returns A surrogate of order 1, a scalar; unbiased.
 * @throws ArgumentError when the shapes differ or a deviation is not positive, and from a second derivative.
 *
 * @example
 * ```ts
 * import { measureValuedNoise, measureValuedNormal } from '@descant/estimators';
 * import { cast, grad, greater, key, mean, sum, type Tensor, tensor, vmap, zeros } from '@descant/tensor-ops';
 *
 * // f is a step: its derivative is 0, that of its expectation is the density at 0, 0.399.
 * const step = (x: Tensor) => sum(cast(greater(x, 0), 'float32'));
 * const noise = measureValuedNoise(key(0), [1000, 1]);
 * const value = (m: Tensor) =>
 *   mean(vmap((n: typeof noise) => measureValuedNormal(step, { mean: m, standardDeviation: tensor([1]) }, n))(noise));
 * grad(value)(zeros([1])).toArray(); // => [0.3989423]
 * ```
 */
export function measureValuedNormal(
  f: (x: Tensor) => Tensor,
  parameters: { readonly mean: Tensor; readonly standardDeviation: Tensor },
  noise: MeasureValuedNoise,
): Tensor {
  const name = 'measureValuedNormal';
  const { shape } = parameters.mean;
  const all = { standardDeviation: parameters.standardDeviation, ...noise };
  if (shape.length !== 1) throw new ArgumentError(name, 'mean', 'have shape [D]', `[${shape.join(', ')}]`);
  for (const [argument, x] of Object.entries(all)) {
    if (x.shape.join() !== shape.join()) {
      const expected = `have the shape of the mean, [${shape.join(', ')}]`;
      throw new ArgumentError(name, argument, expected, `[${x.shape.join(', ')}]`);
    }
  }
  checkPositive(name, 'standardDeviation', parameters.standardDeviation);
  const [mean, sigma] = [parameters.mean, parameters.standardDeviation].map((p) => stopGradient(p));
  const place = (z: Tensor) => add(mean, mul(sigma, z));
  const x = place(noise.normal);
  const here = f(x);
  /** f with one element of x at a time replaced: [D]. */
  const replaced = (z: Tensor) => vmap((one: Tensor) => f(where(one, place(z), x)))(eye(shape[0], 'bool'));
  const aside = sub(replaced(noise.rayleigh), replaced(neg(noise.rayleigh)));
  return linearSurrogate(name, parameters, here, {
    mean: div(aside, mul(sigma, Math.sqrt(2 * Math.PI))),
    standardDeviation: div(sub(replaced(noise.maxwell), here), sigma),
  });
}
