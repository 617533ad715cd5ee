/** Cheap functions of one tensor, which are computed where they are read instead of being written to memory. */
import { uniformValue } from '../../../ir/build.ts';
import type { ScalarFunction } from '../../../ir/scalar-functions.ts';
import { sameShape } from '../../../shape.ts';
import type { Tensor } from '../../../tensor.ts';

const CHEAP: readonly ScalarFunction[] = ['negate', 'add', 'subtract', 'multiply'];
/** More of them in a row are worth their memory. */
const MOST_IN_A_ROW = 4;

/**
 * How many functions in a row lead to a node, when it is a cheap function of a single tensor of its shape: who reads
 * it may as well read that one. Undefined for other nodes. `known` has the numbers of the nodes before it.
 */
export function derivedDepth(node: Tensor, known: ReadonlyMap<Tensor, number>): number | undefined {
  if (!node.is('elementwise') || !CHEAP.includes(node.attributes.fn)) return undefined;
  const operands = new Set(node.inputs.filter((x) => uniformValue(x) === undefined));
  const [only] = operands;
  if (operands.size !== 1 || !sameShape(only.shape, node.shape)) return undefined;
  const depth = 1 + (known.get(only) ?? 0);
  return depth <= MOST_IN_A_ROW ? depth : undefined;
}
