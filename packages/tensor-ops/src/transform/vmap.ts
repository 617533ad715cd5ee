/** Vectorisation: a function of one example becomes a function of a batch. */
import { ArgumentError, showShape } from '../errors.ts';
import { isTracing, variable, variableLike, withInterning } from '../ir/build.ts';
import { moveAxis } from '../primitives/transpose.ts';
import { normaliseAxis } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { flatten, unflatten } from '../tree.ts';
import { allBatched, batchGraph } from './batch-graph.ts';
import { evaluateOrInline } from './trace.ts';

/** Which axis of an argument (of all its leaves) is the batch; null: the same value for all examples. */
export type BatchAxis = number | null;

/**
 * Applies a function of single examples to a batch of them.
 *
 * `axes` gives the batch axis of each argument (default: 0 for all); null leaves an argument out. Results have the
 * batch as their first axis. Arguments and results are trees. There is no loop: every operation runs on the whole
 * batch. An `ArgumentError` when batch sizes differ.
 *
 * @example
 * ```ts
 * import { add, tensor, vmap } from '@descant/tensor-ops';
 * vmap(add, [0, null])(tensor([1, 2]), tensor(10)).toArray(); // => [11, 12]
 * ```
 */
export function vmap<A extends readonly unknown[], Y>(
  fn: (...args: A) => Y,
  axes?: readonly BatchAxis[],
): (...args: A) => Y {
  return (...args) => {
    const nested = isTracing();
    const each = args.map((arg, i) => ({ ...flatten(arg, 'vmap'), axis: axes ? (axes[i] ?? null) : 0 }));
    const size = batchSize(each);
    return withInterning(() => {
      const leaves: { whole: Tensor; batch: Tensor<'variable'>; example: Tensor<'variable'> }[] = [];
      const examples = each.map(({ leaves: own, structure, axis }) =>
        unflatten<A[number]>(
          structure,
          own.map((leaf) => {
            if (axis === null) return leaf;
            const whole = moveAxis(leaf, normaliseAxis('vmap', axis, leaf.rank), 0);
            const example = variable('example', whole.shape.slice(1), leaf.dtype);
            leaves.push({ whole, batch: variableLike('batch', whole), example });
            return example;
          }),
        ),
      );
      const result = flatten(fn(...(examples as unknown as A)), 'vmap');
      const batchOf = new Map(leaves.map((l) => [l.example as Tensor, l.batch as Tensor]));
      const outputs = allBatched(batchGraph(result.leaves, batchOf, size), size);
      const program = { inputs: leaves.map((l) => l.batch), outputs };
      return unflatten<Y>(
        result.structure,
        evaluateOrInline(
          program,
          leaves.map((l) => l.whole),
          nested,
        ),
      );
    });
  };
}

/** The common length of the batch axes. */
function batchSize(each: readonly { leaves: readonly Tensor[]; axis: BatchAxis }[]): number {
  const sizes = each.flatMap(({ leaves, axis }) =>
    axis === null ? [] : leaves.map((leaf) => leaf.shape[normaliseAxis('vmap', axis, leaf.rank)]),
  );
  if (sizes.length === 0)
    throw new ArgumentError('vmap', 'axes', 'name a batch axis for at least one argument', 'none');
  if (sizes.some((s) => s !== sizes[0])) {
    throw new ArgumentError('vmap', 'arguments', 'have batch axes of one length', showShape(sizes));
  }
  return sizes[0];
}
