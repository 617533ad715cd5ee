/** The reparameterised Gaussian. */
import { add, mul, type Operand, type Tensor } from '@descant/tensor-ops';
import { checkPositive } from '../check.ts';

/**
 * A normal draw as a differentiable function of its parameters: `x = mean + standardDeviation * noise`.
 *
 * The derivatives of any order of `E[f(x)]` are the means of the derivatives of f(x), for smooth f (pathwise
 * estimates). For a batch, average f over draws.
 *
 * Source: Kingma and Welling 2014 (reparameterisation trick); Mohamed et al. 2020, sec. 5.
 *
 * @param parameters.mean - Broadcasts with the noise.
 * @param parameters.standardDeviation - Positive; broadcasts with the noise.
 * @param noise - Standard normals, constants: `normal(key, shape)`, or `chance.normal(shape)`.
 *
 * @throws ArgumentError when a concrete standard deviation is not positive.
 *
 * @example
 * ```ts
 * import { reparameterisedNormal } from '@descant/estimators';
 * import { grad, square, type Tensor, tensor } from '@descant/tensor-ops';
 *
 * const noise = tensor(0.5);
 * const f = (standardDeviation: Tensor) => square(reparameterisedNormal({ mean: 1, standardDeviation }, noise));
 * f(tensor(2)).item(); // => 4
 * grad(f)(tensor(2)).item(); // => 2
 * ```
 */
export function reparameterisedNormal(
  { mean, standardDeviation }: { readonly mean: Operand; readonly standardDeviation: Operand },
  noise: Tensor,
): Tensor {
  checkPositive('reparameterisedNormal', 'standardDeviation', standardDeviation);
  return add(mean, mul(standardDeviation, noise));
}
