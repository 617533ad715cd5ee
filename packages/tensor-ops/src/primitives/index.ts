/** All primitives by name. */
import type { Op } from '../ir/attributes.ts';
import { argmaxPrimitive } from './argmax.ts';
import { assemblePrimitive } from './assemble.ts';
import { broadcastPrimitive } from './broadcast.ts';
import { castPrimitive } from './cast.ts';
import { condPrimitive } from './cond.ts';
import { cumsumPrimitive } from './cumsum.ts';
import { customPrimitive, customTangentPrimitive } from './custom.ts';
import { elementwisePrimitive } from './elementwise.ts';
import { gatherPrimitive } from './gather.ts';
import { loopPrimitive } from './loop.ts';
import { matmulPrimitive } from './matmul.ts';
import type { MultiPrimitive, Primitive } from './primitive.ts';
import { reducePrimitive } from './reduce.ts';
import { reshapePrimitive } from './reshape.ts';
import { scatterAddPrimitive } from './scatter-add.ts';
import { slicePrimitive } from './slice.ts';
import { solvePrimitive } from './solve.ts';
import { sortPrimitive } from './sort.ts';
import { stopGradientPrimitive } from './stop-gradient.ts';
import { transposePrimitive } from './transpose.ts';
import { whilePrimitive } from './while.ts';

/** Primitives with several outputs; their outputs are `projection` nodes. */
export type MultiOp = 'loop' | 'while' | 'cond' | 'custom' | 'customTangent';
/** Nodes that the graph walkers treat themselves. */
type Leaf = 'variable' | 'constant' | 'projection';
/** Primitives of entries of their own, which bring them along; see `addPrimitive`. */
type AddedOp = 'conv2d';
type SingleOp = Exclude<Op, MultiOp | Leaf | AddedOp>;

// Built on first use: the primitives and the node builder import each other.
const makeTable = (): { [K in SingleOp]: Primitive<K> } => ({
  elementwise: elementwisePrimitive,
  cast: castPrimitive,
  broadcast: broadcastPrimitive,
  reshape: reshapePrimitive,
  transpose: transposePrimitive,
  slice: slicePrimitive,
  assemble: assemblePrimitive,
  reduce: reducePrimitive,
  matmul: matmulPrimitive,
  gather: gatherPrimitive,
  scatterAdd: scatterAddPrimitive,
  argmax: argmaxPrimitive,
  cumsum: cumsumPrimitive,
  sort: sortPrimitive,
  solve: solvePrimitive,
  stopGradient: stopGradientPrimitive,
});

const makeMultiTable = (): { [K in MultiOp]: MultiPrimitive<K> } => ({
  loop: loopPrimitive,
  while: whilePrimitive,
  cond: condPrimitive,
  custom: customPrimitive,
  customTangent: customTangentPrimitive,
});

let table: ReturnType<typeof makeTable> | undefined;
let multiTable: ReturnType<typeof makeMultiTable> | undefined;
const added: { [K in AddedOp]?: Primitive<K> } = {};

/** Makes the rules and the code of a primitive known that most programs do not need: before its first node is made. */
export function addPrimitive<K extends AddedOp>(op: K, primitive: Primitive<K>): void {
  added[op] = primitive;
}

/** The rules of a single-output primitive. */
export function primitiveOf(op: Op): Primitive<Op> {
  table ??= makeTable();
  const found = table[op as SingleOp] ?? added[op as AddedOp];
  if (!found) throw new Error(`internal: ${op} has no single-output rules`);
  return found as Primitive<Op>;
}

/** The rules of a primitive with several outputs. */
export function multiPrimitiveOf(op: Op): MultiPrimitive<Op> {
  multiTable ??= makeMultiTable();
  const found = multiTable[op as MultiOp];
  if (!found) throw new Error(`internal: ${op} has no multiple-output rules`);
  return found as MultiPrimitive<Op>;
}

/** True for nodes with several outputs. */
export const isMulti = (op: Op): op is MultiOp =>
  op === 'loop' || op === 'while' || op === 'cond' || op === 'custom' || op === 'customTangent';
