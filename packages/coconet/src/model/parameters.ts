/** Parameters and population statistics of a network, as trees of tensors. */
import { at, full, split, type Tensor, zeros } from '@descant/tensor-ops';
import { type BatchStatistics, heNormal, initStatistics } from '@descant/tensor-ops/nn';
import { type CoconetDescription, layersOf } from './description.ts';

/** Parameters of one layer: a convolution without bias, and the normalisation after it. */
export interface LayerParameters {
  /** [size, size, inputs, outputs]; for a separable layer [size, size, 1, inputs] and [1, 1, inputs, outputs]. */
  readonly filters: readonly Tensor[];
  /** gamma and beta of the normalisation, [outputs]. */
  readonly scale: Tensor;
  readonly offset: Tensor;
}

/** Parameters of a network, first layer first. */
export type Parameters = readonly LayerParameters[];

/** Population means and variances of the convolutions' outputs, layer by layer. */
export type Statistics = readonly BatchStatistics[];

/** gamma before training. */
const FIRST_SCALE = 0.1;

/**
 * Parameters before training: filters from He's normal distribution, scales 0.1, offsets 0.
 *
 * Source: the released code of Coconet; the thesis does not say.
 *
 * @param key - Made by `key` or `split` of tensor-ops.
 *
 * @example
 * ```ts
 * import { describe, initParameters } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * const parameters = initParameters(key(0), describe({ layers: 4, channels: 8 }));
 * parameters[3].filters[0].shape; // => [2, 2, 8, 4]
 * parameters[3].scale.size; // => 4
 * ```
 */
export function initParameters(key: Tensor, description: CoconetDescription): Parameters {
  const layers = layersOf(description);
  const keys = split(key, layers.length);
  return layers.map(({ size, inputs, outputs, separable }, i) => {
    const [first, second] = [0, 1].map((part) => at(split(at(keys, i)), part));
    const filters = separable
      ? [
          // Each output of a depthwise convolution sees one channel: the fan-in is that of one channel.
          heNormal(first, [size, size, 1, inputs]),
          heNormal(second, [1, 1, inputs, outputs]),
        ]
      : [heNormal(at(keys, i), [size, size, inputs, outputs])];
    return { filters, scale: full([outputs], FIRST_SCALE), offset: zeros([outputs]) };
  });
}

/**
 * Statistics before any is estimated: means 0, variances 1.
 *
 * @example
 * ```ts
 * import { describe, initPopulation } from '@descant/coconet';
 * initPopulation(describe({ layers: 4, channels: 8 })).length; // => 4
 * ```
 */
export const initPopulation = (description: CoconetDescription): Statistics =>
  layersOf(description).map(({ outputs }) => initStatistics(outputs));
