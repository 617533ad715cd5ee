/** All primitives by name. */
import { present } from '../errors.ts';
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
import { sortPrimitive } from './sort.ts';
import { stopGradientPrimitive } from './stop-gradient.ts';
import { transposePrimitive } from './transpose.ts';

/** Primitives with several outputs; their outputs are `projection` nodes. */
export type MultiOp = 'loop' | 'while' | 'cond' | 'custom' | 'customTangent';
/** Nodes that the graph walkers treat themselves. */
type Leaf = 'variable' | 'constant' | 'projection';
/** Primitives of entries of their own, which bring them along; see `addPrimitive`. */
type AddedOp = 'conv2d' | 'solve';
type AddedMultiOp = 'while';
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
  stopGradient: stopGradientPrimitive,
});

const makeMultiTable = (): { [K in Exclude<MultiOp, AddedMultiOp>]: MultiPrimitive<K> } => ({
  loop: loopPrimitive,
  cond: condPrimitive,
  custom: customPrimitive,
  customTangent: customTangentPrimitive,
});

let table: ReturnType<typeof makeTable> | undefined;
let multiTable: ReturnType<typeof makeMultiTable> | undefined;
const added: Partial<Record<AddedOp, Primitive<Op>>> = {};
const addedMulti: Partial<Record<AddedMultiOp, MultiPrimitive<Op>>> = {};

/** Makes the rules and the code of a primitive known that most programs do not need: before its first node is made. */
export function addPrimitive<K extends AddedOp>(op: K, primitive: Primitive<K>): void {
  added[op] = primitive as Primitive<Op>;
}

/** The same for a primitive with several outputs. */
export function addMultiPrimitive<K extends AddedMultiOp>(op: K, primitive: MultiPrimitive<K>): void {
  addedMulti[op] = primitive as MultiPrimitive<Op>;
}

/** The rules of a single-output primitive. */
export function primitiveOf(op: Op): Primitive<Op> {
  table ??= makeTable();
  return present((table[op as SingleOp] as Primitive<Op> | undefined) ?? added[op as AddedOp], op);
}

/** The rules of a primitive with several outputs. */
export function multiPrimitiveOf(op: Op): MultiPrimitive<Op> {
  multiTable ??= makeMultiTable();
  const own = multiTable[op as Exclude<MultiOp, AddedMultiOp>] as MultiPrimitive<Op> | undefined;
  return present(own ?? addedMulti[op as AddedMultiOp], op);
}

/** True for nodes with several outputs. */
export const isMulti = (op: Op): op is MultiOp =>
  op === 'loop' || op === 'while' || op === 'cond' || op === 'custom' || op === 'customTangent';
