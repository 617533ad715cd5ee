/** How much scalar code a program would be: a quick bound, before it is taken apart. */
import type { Program } from '../../ir/attributes.ts';
import { reachable } from '../../ir/graph.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Lanes, laneShape, NO_LANES } from './lane-shape.ts';
import { findLanes } from './lanes.ts';

/** Simplification leaves no less than this part of the operations. */
const LEFT_AT_LEAST = 1 / 16;

/** Why a program cannot have as few scalar operations as given, or undefined when it may. */
export function whyTooLarge(program: Program, most: number): string | undefined {
  const found = findLanes(program);
  const alone = typeof found === 'string';
  const bound = scalarOperations(program, alone ? NO_LANES : found);
  if (bound * LEFT_AT_LEAST <= most) return undefined;
  return `${alone ? `${found}, and ` : ''}up to ${bound} scalar operations`;
}

function scalarOperations(program: Program, lanes: Lanes): number {
  const size = (tensor: Tensor): number => sizeOf(laneShape(tensor.shape, lanes.axis(tensor)));
  const inside = (node: Tensor, body: Program): number => scalarOperations(body, lanes.inside(node, body));
  let sum = 0;
  for (const node of reachable(program.outputs)) {
    if (node.is('elementwise') || node.is('cast')) sum += size(node);
    else if (node.is('reduce')) sum += size(node.inputs[0]);
    else if (node.is('matmul')) sum += size(node) * node.inputs[0].shape[node.inputs[0].rank - 1];
    else if (node.is('loop')) sum += inside(node, node.attributes.body);
    else if (node.is('cond')) {
      sum += inside(node, node.attributes.whenTrue) + inside(node, node.attributes.whenFalse);
    }
  }
  return sum;
}
