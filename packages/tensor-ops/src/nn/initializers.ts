/** Starting values of weights: functions of a key and a shape [..., inputs, outputs]. */
import { ArgumentError, showShape } from '../errors.ts';
import { mul } from '../ops/arithmetic.ts';
import { zeros } from '../ops/create.ts';
import { type FloatType, normal, uniform } from '../random/sample.ts';
import type { Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** Draws weights of a shape whose last two axes are inputs and outputs; axes before these are a receptive field. */
export type Initializer = (key: Tensor, shape: Shape, dtype?: FloatType) => Tensor;

/** Numbers of connections of an output and of an input. */
function fans(fn: string, shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) throw new ArgumentError(fn, 'shape', 'have at least two axes', showShape(shape));
  const [inputs, outputs] = shape.slice(-2);
  const field = shape.slice(0, -2).reduce((n, d) => n * d, 1);
  return { fanIn: inputs * field, fanOut: outputs * field };
}

/** Variance of the weights from the two fans. */
type Variance = (fan: { fanIn: number; fanOut: number }) => number;

const uniformOf =
  (fn: string, variance: Variance): Initializer =>
  (key, shape, dtype = 'float32') =>
    mul(uniform(key, shape, { dtype, low: -1, high: 1 }), Math.sqrt(3 * variance(fans(fn, shape))));

const normalOf =
  (fn: string, variance: Variance): Initializer =>
  (key, shape, dtype = 'float32') =>
    mul(normal(key, shape, dtype), Math.sqrt(variance(fans(fn, shape))));

const glorot: Variance = ({ fanIn, fanOut }) => 2 / (fanIn + fanOut);
const he: Variance = ({ fanIn }) => 2 / fanIn;
const lecun: Variance = ({ fanIn }) => 1 / fanIn;

/**
 * Zeros, whatever the key.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { zerosInitializer } from '@descant/tensor-ops/nn';
 * zerosInitializer(key(0), [2]).toArray(); // => [0, 0]
 * ```
 */
export const zerosInitializer: Initializer = (_key, shape, dtype) => zeros(shape, dtype);

/**
 * Uniform on [-bound, bound).
 *
 * @example
 * ```ts
 * import { abs, key, max } from '@descant/tensor-ops';
 * import { uniformInitializer } from '@descant/tensor-ops/nn';
 * max(abs(uniformInitializer(0.1)(key(0), [50]))).item() <= 0.1; // => true
 * ```
 */
export const uniformInitializer =
  (bound: number): Initializer =>
  (key, shape, dtype = 'float32') =>
    uniform(key, shape, { dtype, low: -bound, high: bound });

/**
 * Normal with mean zero and the given standard deviation.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { normalInitializer } from '@descant/tensor-ops/nn';
 * normalInitializer(0.1)(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const normalInitializer =
  (standardDeviation: number): Initializer =>
  (key, shape, dtype = 'float32') =>
    mul(normal(key, shape, dtype), standardDeviation);

/**
 * Uniform with variance 2 / (fanIn + fanOut), for layers with tanh, sigmoid or no activation.
 *
 * Source: Glorot and Bengio (2010), eq. 16. The numbers are those of jax.nn.initializers.glorot_uniform.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { glorotUniform } from '@descant/tensor-ops/nn';
 * glorotUniform(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const glorotUniform: Initializer = uniformOf('glorotUniform', glorot);

/**
 * Normal with variance 2 / (fanIn + fanOut).
 *
 * Source: Glorot and Bengio (2010), eq. 12. Not truncated.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { glorotNormal } from '@descant/tensor-ops/nn';
 * glorotNormal(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const glorotNormal: Initializer = normalOf('glorotNormal', glorot);

/**
 * Uniform with variance 2 / fanIn, for layers followed by relu.
 *
 * Source: He, Zhang, Ren and Sun (2015), eq. 10. The numbers are those of jax.nn.initializers.he_uniform.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { heUniform } from '@descant/tensor-ops/nn';
 * heUniform(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const heUniform: Initializer = uniformOf('heUniform', he);

/**
 * Normal with variance 2 / fanIn, for layers followed by relu.
 *
 * Source: He, Zhang, Ren and Sun (2015), eq. 10. Not truncated.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { heNormal } from '@descant/tensor-ops/nn';
 * heNormal(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const heNormal: Initializer = normalOf('heNormal', he);

/**
 * Uniform with variance 1 / fanIn.
 *
 * Source: LeCun, Bottou, Orr and Müller (1998), eq. 16. The numbers are those of jax.nn.initializers.lecun_uniform.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { lecunUniform } from '@descant/tensor-ops/nn';
 * lecunUniform(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const lecunUniform: Initializer = uniformOf('lecunUniform', lecun);

/**
 * Normal with variance 1 / fanIn.
 *
 * Source: LeCun, Bottou, Orr and Müller (1998), eq. 16. Not truncated.
 *
 * @example
 * ```ts
 * import { key } from '@descant/tensor-ops';
 * import { lecunNormal } from '@descant/tensor-ops/nn';
 * lecunNormal(key(0), [3, 4]).shape; // => [3, 4]
 * ```
 */
export const lecunNormal: Initializer = normalOf('lecunNormal', lecun);
