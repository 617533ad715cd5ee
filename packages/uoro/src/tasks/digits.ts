/** Handwritten digits, read row by row. */
import { ArgumentError, broadcastTo, cast, gather, ones, randint, type Tensor } from '@descant/tensor-ops';
import type { Task } from './task.ts';

/** Images of digits. */
export interface Digits {
  /** [n, rows, columns], from 0 to 1. */
  readonly images: Tensor;
  /** [n], int32 from 0 to 9. */
  readonly labels: Tensor;
}

/**
 * Row-wise sequential MNIST: a random digit of a set, one row at each step, to be classified at every step.
 *
 * Source: Le, Jaitly and Hinton (2015), by rows as in Cooijmans (2023), sec. 4.7.2: 28 steps of 28 pixels, a loss at every step.
 *
 * @param digits - `loadMnist` of `@descant/uoro/mnist` gives them.
 * @throws ArgumentError when images and labels do not fit each other.
 *
 * @example
 * ```ts
 * import { rowwiseDigits } from '@descant/uoro';
 * import { key, tensor, zeros } from '@descant/tensor-ops';
 * const digits = { images: zeros([2, 28, 28]), labels: tensor([7, 7], { dtype: 'int32' }) };
 * const { inputs, targets } = rowwiseDigits(digits).episode(key(0));
 * inputs.shape; // => [28, 28]
 * targets.value.data[27]; // => 7
 * ```
 */
export function rowwiseDigits({ images, labels }: Digits): Task {
  if (images.rank !== 3 || images.size === 0)
    throw new ArgumentError(
      'rowwiseDigits',
      'images',
      'have shape [n, rows, columns]',
      `[${images.shape.join(', ')}]`,
    );
  const [count, rows, columns] = images.shape;
  if (labels.rank !== 1 || labels.size !== count || labels.dtype !== 'int32') {
    const received = `${labels.dtype} [${labels.shape.join(', ')}]`;
    throw new ArgumentError('rowwiseDigits', 'labels', `be int32 of shape [${count}]`, received);
  }
  return {
    name: 'row-wise digits',
    inputs: columns,
    outputs: 10,
    kind: 'classes',
    length: rows,
    episode(key: Tensor, dtype = 'float32') {
      const which = randint(key, [], 0, count);
      return {
        inputs: cast(gather(images, which), dtype),
        targets: { value: broadcastTo(gather(labels, which), [rows]), weight: ones([rows], dtype) },
      };
    },
  };
}
