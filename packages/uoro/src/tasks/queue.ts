/** The queue task: repeat the input some steps later. */
import { bernoulli, cast, concat, expandDims, ones, slice, type Tensor, zeros } from '@descant/tensor-ops';
import { checkSize } from '../cells/cell.ts';
import type { Task } from './task.ts';

/** Options of `queueTask`. */
export interface QueueOptions {
  /** The number of steps of an episode; default 28. */
  readonly length?: number;
  /** Default 4. */
  readonly delay?: number;
}

/**
 * The queue task: the input is a stream of random bits, the target the bit of `delay` steps before.
 *
 * The first `delay` steps have no target. Guessing costs ln 2 a step.
 *
 * Source: Cooijmans (2023), sec. 4.8 and fig. 4.4, which gives neither the distribution of the bits (here 1/2) nor what is asked
 * for at the start.
 *
 * @throws ArgumentError when a number is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { queueTask } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * const { inputs, targets } = queueTask({ length: 6, delay: 2 }).episode(key(3));
 * inputs.shape; // => [6, 1]
 * targets.weight.toArray(); // => [0, 0, 1, 1, 1, 1]
 * ```
 */
export function queueTask(options: QueueOptions = {}): Task {
  const { length = 28, delay = 4 } = options;
  checkSize('queueTask', 'length', length);
  checkSize('queueTask', 'delay', delay);
  return {
    name: 'queue',
    inputs: 1,
    outputs: 2,
    kind: 'classes',
    length,
    episode(key: Tensor, dtype = 'float32') {
      const bits = cast(bernoulli(key, 0.5, [length]), 'int32');
      const rest = Math.max(length - delay, 0);
      const before = Math.min(delay, length);
      return {
        inputs: expandDims(cast(bits, dtype), 1),
        targets: {
          value: concat([zeros([before], 'int32'), slice(bits, [0], [rest])]),
          weight: concat([zeros([before], dtype), ones([rest], dtype)]),
        },
      };
    },
  };
}
