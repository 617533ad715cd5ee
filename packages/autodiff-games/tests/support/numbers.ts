import { at, flatten, mapTree, type Tensor, tensor } from '@descant/tensor-ops';

/** A float64 tensor. */
export const float64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: 'float64' });

/** All elements of a tree, in the order of its leaves. */
export const elements = (tree: unknown): number[] =>
  flatten(tree).leaves.flatMap((leaf) => Array.from(leaf.data));

/** All elements of one play of a batched tree. */
export const elementsOfPlay = (tree: unknown, play: number): number[] =>
  elements(mapTree((leaf) => at(leaf, play), tree));

/**
 * The largest difference of elements, relative to the largest magnitude expected (absolute where all are zero):
 * single elements of a gradient may be rounding noise, and are not compared by themselves.
 */
export function relativeError(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(...expected.map(Math.abs)) || 1;
  return Math.max(...expected.map((v, i) => Math.abs(v - actual[i]) / scale));
}
