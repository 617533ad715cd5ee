/** The copy task: repeat a list of symbols after a pause. */
import { concat, full, oneHot, ones, randint, type Tensor, zeros } from '@descant/tensor-ops';
import { checkSize } from '../cells/cell.ts';
import type { Task } from './task.ts';

/** Options of `copyTask`. */
export interface CopyOptions {
  /** The number of different symbols; default 8. */
  readonly symbols?: number;
  /** How many have to be remembered; default 10. */
  readonly items?: number;
  /** The pause; default 20. */
  readonly pause?: number;
}

/**
 * The copy task: `items` symbols, `pause` - 1 blanks, a signal, and `items` more blanks, during which the symbols are to be output.
 *
 * Inputs are one-hot: the symbols, blank, signal. Only the last `items` steps have targets. Guessing costs ln(symbols) at each.
 *
 * Source: Hochreiter and Schmidhuber (1997); Arjovsky, Shah and Bengio (2016), sec. 5.1, with no loss for blanks.
 *
 * @throws ArgumentError when a number is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { copyTask } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * const task = copyTask({ symbols: 3, items: 2, pause: 4 });
 * task.episode(key(0)).inputs.shape; // => [8, 5]
 * task.episode(key(0)).targets.weight.toArray(); // => [0, 0, 0, 0, 0, 0, 1, 1]
 * ```
 */
export function copyTask(options: CopyOptions = {}): Task {
  const { symbols = 8, items = 10, pause = 20 } = options;
  for (const [argument, size] of Object.entries({ symbols, items, pause }))
    checkSize('copyTask', argument, size);
  const [blank, signal] = [symbols, symbols + 1];
  const silent = items + pause;
  return {
    name: 'copy',
    inputs: symbols + 2,
    outputs: symbols,
    kind: 'classes',
    length: silent + items,
    episode(key: Tensor, dtype = 'float32') {
      const list = randint(key, [items], 0, symbols);
      const stream = concat([
        list,
        full([pause - 1], blank, 'int32'),
        full([1], signal, 'int32'),
        full([items], blank, 'int32'),
      ]);
      return {
        inputs: oneHot(stream, symbols + 2, dtype),
        targets: {
          value: concat([zeros([silent], 'int32'), list]),
          weight: concat([zeros([silent], dtype), ones([items], dtype)]),
        },
      };
    },
  };
}
