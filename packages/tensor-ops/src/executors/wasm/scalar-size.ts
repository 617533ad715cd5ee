/** How much scalar code a program would be, and whether that is the better code: found before it is taken apart. */
import type { Program } from '../../ir/attributes.ts';
import { reachable } from '../../ir/graph.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { type Lanes, laneShape, NO_LANES } from './lane-shape.ts';
import { findLanes } from './lanes.ts';

/** Simplification hardly ever leaves less than this part of the operations. */
const LEFT_AT_LEAST = 1 / 4;
/** A product of matrices is large when the matrix that all examples share has so many elements. */
const LARGE_MATRIX = 64;
/** Without a batch axis, operations on tensors of more elements on average are better left to loops over vectors. */
const MOST_ELEMENTS = 16;

interface Size {
  /** Scalar operations for one example. */
  operations: number;
  /** Those in products of large matrices. */
  inProducts: number;
  /** Nodes that compute. */
  nodes: number;
}

/** Why a program cannot have as few scalar operations as given, or undefined when it may. */
export function whyTooLarge(program: Program, most: number): string | undefined {
  const { size, refusal } = sizeOfProgram(program);
  if (size.operations * LEFT_AT_LEAST <= most) return undefined;
  return `${refusal === undefined ? '' : `${refusal}, and `}up to ${size.operations} scalar operations`;
}

/** Why scalar code would be slower than loops over vectors, or undefined when it is likely to be faster. */
export function whySlower(program: Program): string | undefined {
  const { size, refusal } = sizeOfProgram(program);
  const { operations, inProducts, nodes } = size;
  if (2 * inProducts > operations) return 'products of large matrices are most of the work';
  if (refusal === undefined || operations <= MOST_ELEMENTS * nodes) return undefined;
  return `${refusal}, and the tensors are large`;
}

function sizeOfProgram(program: Program): { size: Size; refusal: string | undefined } {
  const found = findLanes(program);
  const alone = typeof found === 'string';
  const size: Size = { operations: 0, inProducts: 0, nodes: 0 };
  addSize(size, program, alone ? NO_LANES : found);
  return { size, refusal: alone ? found : undefined };
}

function addSize(total: Size, program: Program, lanes: Lanes): void {
  const elements = (tensor: Tensor): number => sizeOf(laneShape(tensor.shape, lanes.axis(tensor)));
  const add = (operations: number): void => {
    total.operations += operations;
    total.nodes++;
  };
  for (const node of reachable(program.outputs)) {
    if (node.is('elementwise') || node.is('cast')) add(elements(node));
    else if (node.is('reduce')) add(elements(node.inputs[0]));
    else if (node.is('matmul')) {
      const depth = node.inputs[0].shape[node.inputs[0].rank - 1];
      add(elements(node) * depth);
      if (depth * node.shape[node.rank - 1] >= LARGE_MATRIX) total.inProducts += elements(node) * depth;
    } else if (node.is('conv2d')) {
      const work = elements(node) * sizeOf(node.inputs[1].shape.slice(0, 3));
      add(work);
      total.inProducts += work;
    } else if (node.is('loop')) {
      addSize(total, node.attributes.body, lanes.inside(node, node.attributes.body));
    } else if (node.is('cond')) {
      const { whenTrue, whenFalse } = node.attributes;
      for (const branch of [whenTrue, whenFalse]) addSize(total, branch, lanes.inside(node, branch));
    }
  }
}
