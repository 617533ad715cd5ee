/** Which cells the network sees in training. */
import { ArgumentError, at, permutation, randint, split, type Tensor } from '@descant/tensor-ops';

/**
 * A random set of hidden cells: their number uniform on 1..D, the subset uniform among those of that size.
 *
 * Source: Cooijmans (2023), thesis, section 3.3. Its |C| ~ U(1, D) counts from one: |C| = d - 1 is on 0..D-1.
 *
 * @param cells - D, at least 1.
 * @returns 1 for hidden cells, 0 for known ones, D of them.
 * @throws ArgumentError when there is no cell.
 *
 * @example
 * ```ts
 * import { orderlessMask } from '@descant/coconet';
 * import { key } from '@descant/tensor-ops';
 * orderlessMask(key(0), 1); // => [1]
 * ```
 */
export function orderlessMask(key: Tensor, cells: number): Float32Array {
  if (!Number.isInteger(cells) || cells < 1)
    throw new ArgumentError('orderlessMask', 'cells', 'be a whole number of at least 1', String(cells));
  const keys = split(key);
  const count = randint(at(keys, 0), [], 1, cells + 1).item();
  const hidden = new Float32Array(cells);
  for (const cell of permutation(at(keys, 1), cells).data.subarray(0, count)) hidden[cell] = 1;
  return hidden;
}
