/** Random runs of a stochastic program. */
import {
  ArgumentError,
  type JitOptions,
  jit,
  mapTree,
  reshape,
  scan,
  slice,
  split,
  Tensor,
  vmap,
} from '@descant/tensor-ops';
import { checkWhole } from '../check.ts';
import { drawsOf, type StochasticProgram, sampledChance } from './chance.ts';

/** Options of `simulate`. */
export interface SimulateOptions extends JitOptions {
  /** How many runs are computed at once; default 1024. */
  readonly batch?: number;
}

/** The first rows of every leaf [batches, batch, ...]. */
export const firstRows = <Y>(tree: Y, rows: number): Y =>
  mapTree((leaf) => {
    const all = reshape(leaf, [leaf.shape[0] * leaf.shape[1], ...leaf.shape.slice(2)]);
    return slice(
      all,
      all.shape.map(() => 0),
      [rows, ...all.shape.slice(1)],
    );
  }, tree);

/**
 * Runs a stochastic program n times on independent random draws.
 *
 * The d-th draw of run k uses `foldIn(split(key, m)[k], d)`, m being n rounded up to whole batches; runs are computed
 * in compiled batches, as in `enumerate`.
 *
 * @param program - See `StochasticProgram`; may draw normals.
 * @param key - A key.
 * @param runs - n, a whole number of at least 1.
 * @returns What the program returned, every leaf with a leading axis of n runs.
 * @throws ArgumentError when `runs` or `batch` is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { simulate } from '@descant/estimators';
 * import { key, mean } from '@descant/tensor-ops';
 *
 * const runs = simulate((chance) => chance.normal([2]), key(0), 10000);
 * runs.shape; // => [10000, 2]
 * // The standard error is 0.01.
 * mean(runs, 0).data.every((m) => Math.abs(m) < 0.05); // => true
 * ```
 */
export function simulate<Y>(
  program: StochasticProgram<Y>,
  key: Tensor,
  runs: number,
  options: SimulateOptions = {},
): Y {
  const { batch = 1024, ...jitOptions } = options;
  checkWhole('simulate', 'runs', runs);
  checkWhole('simulate', 'batch', batch);
  if (!(key instanceof Tensor)) throw new ArgumentError('simulate', 'key', 'be a key', typeof key);
  drawsOf(program);
  const width = Math.min(batch, runs);
  const batches = Math.ceil(runs / width);
  const all = jit((keys: Tensor) => {
    const each = vmap((one: Tensor) => program(sampledChance(one)));
    return scan((carry, some) => [carry, each(some)], null, keys)[1];
  }, jitOptions);
  return firstRows(all(reshape(split(key, batches * width), [batches, width, 2])), runs);
}
