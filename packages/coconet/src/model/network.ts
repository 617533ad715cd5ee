/** The convolutional network: from partial scores to a number for every pitch of every voice and step. */
import { ArgumentError, add, logSoftmax, relu, slice, type Tensor } from '@descant/tensor-ops';
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

/** Steps first..end - 1. */
interface Range {
  readonly first: number;
  readonly end: number;
}

/** The steps of the input and then of each layer's output that the last one's output depends on at one step. */
function rangesFor(layers: readonly Layer[], steps: number, step: number): Range[] {
  const ranges = [{ first: step, end: step + 1 }];
  for (const { size, dilation } of layers.toReversed()) {
    const [before, after] = size === 3 ? [dilation[0], dilation[0]] : [0, 1];
    const [{ first, end }] = ranges;
    ranges.unshift({ first: Math.max(0, first - before), end: Math.min(steps, end + after) });
  }
  return ranges;
}

/** Of x, which has the steps of a range, those of a range within. */
const within = (x: Tensor, outer: Range, { first, end }: Range): Tensor =>
  slice(x, [0, first - outer.first, 0, 0], [-1, end - first, -1, -1]);

function run(
  description: CoconetDescription,
  parameters: Parameters,
  input: Tensor,
  norm: Normalise,
  step?: number,
): Tensor {
  const layers = layersOf(description);
  if (input.rank !== 4 || input.shape[3] !== layers[0].inputs) {
    const expected = `have shape [B, T, P, ${layers[0].inputs}]`;
    throw new ArgumentError('coconet', 'input', expected, `[${input.shape.join(', ')}]`);
  }
  if (step !== undefined && !(Number.isInteger(step) && step >= 0 && step < input.shape[1]))
    throw new ArgumentError('coconet', 'step', `lie in 0..${input.shape[1] - 1}`, String(step));
  const steps = input.shape[1];
  const all = { first: 0, end: steps };
  // Of the input, and then of each layer's output.
  const ranges = step === undefined ? layers.map(() => all).concat(all) : rangesFor(layers, steps, step);
  const hidden = [within(input, all, ranges[0])];
  layers.forEach((layer, i) => {
    const convolved = convolve(parameters[i], layer, hidden[i]);
    // Next to where a range was cut, zeros take the place of steps: what they reach is cut off here.
    const a = norm(parameters[i], within(convolved, ranges[i], ranges[i + 1]), i);
    const sum = layer.skip ? add(a, within(hidden[i - 1], ranges[i - 1], ranges[i + 1])) : a;
    hidden.push(i === layers.length - 1 ? sum : relu(sum));
  });
  return hidden[layers.length];
}

/**
 * The network with population statistics: `h^l = ReLU(BN(W^l * h^(l-1)) + h^(l-2))`, the sum at every second layer.
 *
 * Source: Cooijmans (2023), thesis, eq. 3.3.6-3.3.7. Every convolution is normalised, the last one, too, as in the
 * released code.
 *
 * @param input - [B, T, P, 2 I], from `networkInput`.
 * @param options.step - The only step of the output to compute: about half the work in a window of the network's reach.
 * @returns Logits [B, T, P, I], or of one step [B, 1, P, I]; a softmax over the pitches gives the probabilities
 * (eq. 3.3.8).
 * @throws ArgumentError when the input has another number of channels, or not the step.
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
  options: { readonly step?: number } = {},
): Tensor {
  const norm: Normalise = (p, x, i) => batchNorm(p, statistics[i], x, { epsilon: EPSILON });
  return run(description, parameters, input, norm, options.step);
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
