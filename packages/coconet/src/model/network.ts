/** The convolutional network: from partial scores to a number for every pitch of every voice and step. */
import { ArgumentError, add, logSoftmax, relu, type Tensor } from '@descant/tensor-ops';
import { conv2d } from '@descant/tensor-ops/conv';
import { type BatchStatistics, batchNorm, batchNormTraining, initStatistics } from '@descant/tensor-ops/nn';
import { type CoconetDescription, type Layer, layersOf } from './description.ts';
import type { LayerParameters, Parameters, Statistics } from './parameters.ts';

/** Added to the variances; the released code's. */
const EPSILON = 1e-7;

/** Normalises the output of a layer's convolution. */
type Normalise = (parameters: LayerParameters, x: Tensor, layer: number) => Tensor;

/** The convolutions of a layer; filters of 2 x 2 see the cell itself and the ones after and above it. */
function convolve({ filters }: LayerParameters, { dilation, inputs, separable }: Layer, x: Tensor): Tensor {
  const options = { padding: 'SAME', dilation } as const;
  if (!separable) return conv2d(x, filters[0], options);
  return conv2d(conv2d(x, filters[0], { ...options, groups: inputs }), filters[1]);
}

function run(
  description: CoconetDescription,
  parameters: Parameters,
  input: Tensor,
  norm: Normalise,
): Tensor {
  const layers = layersOf(description);
  if (input.rank !== 4 || input.shape[3] !== layers[0].inputs) {
    const expected = `have shape [B, T, P, ${layers[0].inputs}]`;
    throw new ArgumentError('coconet', 'input', expected, `[${input.shape.join(', ')}]`);
  }
  const hidden: Tensor[] = [];
  layers.forEach((layer, i) => {
    const a = norm(parameters[i], convolve(parameters[i], layer, hidden.at(-1) ?? input), i);
    const sum = layer.skip ? add(a, hidden[i - 2]) : a;
    hidden.push(i === layers.length - 1 ? sum : relu(sum));
  });
  return hidden[layers.length - 1];
}

/**
 * The network with population statistics: `h^l = ReLU(BN(W^l * h^(l-1)) + h^(l-2))`, the sum at every second layer.
 *
 * Source: Cooijmans (2023), thesis, eq. 3.3.6-3.3.7. Every convolution is normalised, the last one, too, as in the
 * released code.
 *
 * @param input - [B, T, P, 2 I], from `networkInput`.
 * @returns Logits [B, T, P, I]; a softmax over the pitches gives the probabilities (eq. 3.3.8).
 * @throws ArgumentError when the input has another number of channels.
 *
 * @example
 * ```ts
 * import { coconet, describe, initParameters, initPopulation } from '@descant/coconet';
 * import { key, zeros } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 8 });
 * const logits = coconet(description, initParameters(key(0), description), initPopulation(description), zeros([1, 2, 46, 8]));
 * logits.shape; // => [1, 2, 46, 4]
 * ```
 */
export function coconet(
  description: CoconetDescription,
  parameters: Parameters,
  statistics: Statistics,
  input: Tensor,
): Tensor {
  return run(description, parameters, input, (p, x, i) =>
    batchNorm(p, statistics[i], x, { epsilon: EPSILON }),
  );
}

/**
 * The network in training: normalised by the batch, whose statistics it returns, too.
 *
 * @returns Logits as of `coconet`, and each layer's mean and unbiased variance over batch, time and pitch.
 *
 * @example
 * ```ts
 * import { coconetTraining, describe, initParameters } from '@descant/coconet';
 * import { key, zeros } from '@descant/tensor-ops';
 * const description = describe({ layers: 4, channels: 8 });
 * const result = coconetTraining(description, initParameters(key(0), description), zeros([1, 2, 46, 8]));
 * result.statistics[3].mean.toArray(); // => [0, 0, 0, 0]
 * ```
 */
export function coconetTraining(
  description: CoconetDescription,
  parameters: Parameters,
  input: Tensor,
): { logits: Tensor; statistics: Statistics } {
  const statistics: BatchStatistics[] = [];
  const logits = run(description, parameters, input, (p, x) => {
    const first = initStatistics(p.scale.size);
    const { output, statistics: batch } = batchNormTraining(p, first, x, { epsilon: EPSILON, rate: 1 });
    statistics.push(batch);
    return output;
  });
  return { logits, statistics };
}

/**
 * Logarithms of the probabilities of every pitch: a softmax over the third axis.
 *
 * @param logits - [B, T, P, I]
 *
 * @example
 * ```ts
 * import { logProbabilities } from '@descant/coconet';
 * import { zeros } from '@descant/tensor-ops';
 * logProbabilities(zeros([1, 1, 2, 1])); // => [[[[-0.6931472], [-0.6931472]]]]
 * ```
 */
export const logProbabilities = (logits: Tensor): Tensor => logSoftmax(logits, 2);
