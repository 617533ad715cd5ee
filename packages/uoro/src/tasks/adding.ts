/** The adding problem: the sum of two marked numbers. */
import {
  ArgumentError,
  add,
  arange,
  at,
  cast,
  concat,
  equal,
  expandDims,
  mul,
  ones,
  randint,
  split,
  stack,
  sum,
  type Tensor,
  uniform,
  zeros,
} from '@descant/tensor-ops';
import type { Task } from './task.ts';

/** Options of `addingTask`. */
export interface AddingOptions {
  /** The number of steps; default 50. */
  readonly length?: number;
}

/**
 * The adding problem: numbers uniform on [0, 1), two of them marked, one in each half; the last step's target is their sum.
 *
 * Inputs are [number, mark]. Always answering 1 costs 1/12: half of the variance 1/6 of the sum.
 *
 * Source: Hochreiter and Schmidhuber (1997), exp. 4, in the form of Le, Jaitly and Hinton (2015).
 *
 * @throws ArgumentError when the length is not a whole number of at least 2.
 *
 * @example
 * ```ts
 * import { addingTask } from '@descant/uoro';
 * import { at, key, sum } from '@descant/tensor-ops';
 * const { inputs, targets } = addingTask({ length: 6 }).episode(key(0));
 * at(sum(inputs, 0), 1).item(); // => 2
 * targets.value.shape; // => [6, 1]
 * ```
 */
export function addingTask(options: AddingOptions = {}): Task {
  const { length = 50 } = options;
  if (!Number.isInteger(length) || length < 2)
    throw new ArgumentError('addingTask', 'length', 'be a whole number of at least 2', String(length));
  const half = Math.floor(length / 2);
  return {
    name: 'adding',
    inputs: 2,
    outputs: 1,
    kind: 'numbers',
    length,
    episode(key: Tensor, dtype = 'float32') {
      const keys = split(key, 3);
      const numbers = uniform(at(keys, 0), [length], { dtype });
      const marked = (k: Tensor, low: number, high: number) =>
        cast(equal(arange(0, length), randint(k, [], low, high)), dtype);
      const marks = add(marked(at(keys, 1), 0, half), marked(at(keys, 2), half, length));
      const answer = expandDims(sum(mul(numbers, marks)), 0);
      return {
        inputs: stack([numbers, marks], 1),
        targets: {
          value: expandDims(concat([zeros([length - 1], dtype), answer]), 1),
          weight: concat([zeros([length - 1], dtype), ones([1], dtype)]),
        },
      };
    },
  };
}
