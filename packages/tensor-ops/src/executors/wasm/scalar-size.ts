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
/** Reading at a computed index selects among all elements: worth it for small tables only. */
const LARGE_TABLE = 16;
/** Without a batch axis, operations on tensors of more elements on average are better left to loops over vectors. */
const MOST_ELEMENTS = 16;
/**
 * A step of a loop is short when it has no more scalar operations for each example. One vector of examples goes through
 * all steps of a loop before the next: a short step leaves the processor waiting for its own last result.
 */
const SHORT_STEP = 8;
/** From so many examples on, loops over the examples within each step are faster than short steps. */
const MANY_EXAMPLES = 32;

interface Size {
  /** Scalar operations for one example. */
  operations: number;
  /** Those in products of large matrices. */
  inProducts: number;
  /** Those that select from large tables. */
  inSelections: number;
  /** Nodes that compute. */
  nodes: number;
  /** Operations times the steps of the loops around them; and those in short steps. */
  work: number;
  inShortSteps: number;
}

const nothing = (): Size => ({
  operations: 0,
  inProducts: 0,
  inSelections: 0,
  nodes: 0,
  work: 0,
  inShortSteps: 0,
});

/** Why a program cannot have as few scalar operations as given, or undefined when it may. */
export function whyTooLarge(program: Program, most: number): string | undefined {
  const { size, refusal } = sizeOfProgram(program);
  if (size.operations * LEFT_AT_LEAST <= most) return undefined;
  return `${refusal === undefined ? '' : `${refusal}, and `}up to ${size.operations} scalar operations`;
}

/** Why scalar code would be slower than loops over vectors, or undefined when it is likely to be faster. */
export function whySlower(program: Program): string | undefined {
  const { size, refusal, batch } = sizeOfProgram(program);
  const { operations, inProducts, inSelections, nodes, work, inShortSteps } = size;
  if (2 * inProducts > operations) return 'products of large matrices are most of the work';
  if (2 * inSelections > operations) return 'selections from large tables are most of the work';
  if (refusal === undefined && batch >= MANY_EXAMPLES && 2 * inShortSteps > work) {
    return 'the steps of a loop do little for each example';
  }
  if (refusal === undefined || operations <= MOST_ELEMENTS * nodes) return undefined;
  return `${refusal}, and the tensors are large`;
}

function sizeOfProgram(program: Program): { size: Size; refusal: string | undefined; batch: number } {
  const found = findLanes(program);
  const alone = typeof found === 'string';
  const lanes = alone ? NO_LANES : found;
  const size = nothing();
  addSize(size, program, lanes);
  return { size, refusal: alone ? found : undefined, batch: lanes.batch };
}

function addSize(total: Size, program: Program, lanes: Lanes): void {
  const elements = (tensor: Tensor): number => sizeOf(laneShape(tensor.shape, lanes.axis(tensor)));
  const add = (operations: number): void => {
    total.operations += operations;
    total.work += operations;
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
    } else if ((node.is('gather') || node.is('scatterAdd')) && !node.inputs[1].isConcrete) {
      // Every element is selected among all that the index may mean.
      const { axis } = node.attributes;
      const [smaller, larger] = node.is('gather') ? [node, node.inputs[0]] : [node.inputs[0], node];
      const selections = 2 * elements(smaller) * larger.shape[axis];
      add(selections);
      if (larger.shape[axis] > LARGE_TABLE) total.inSelections += selections;
    } else if (node.is('loop')) {
      const { body, length } = node.attributes;
      const inner = nothing();
      addSize(inner, body, lanes.inside(node, body));
      for (const key of ['operations', 'inProducts', 'inSelections', 'nodes'] as const)
        total[key] += inner[key];
      total.work += length * inner.work;
      total.inShortSteps += length * (inner.operations <= SHORT_STEP ? inner.work : inner.inShortSteps);
    } else if (node.is('cond')) {
      const { whenTrue, whenFalse } = node.attributes;
      for (const branch of [whenTrue, whenFalse]) addSize(total, branch, lanes.inside(node, branch));
    }
  }
}
