/** Derivatives of elementwise cells, whose blocks are diagonal, and their products with matrices. */
import {
  add,
  concat,
  expandDims,
  eye,
  linearize,
  matmul,
  mul,
  ones,
  reshape,
  splitAxis,
  square,
  sum,
  type Tensor,
  transpose,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import type { Cell } from './cell.ts';

/** The derivatives of an elementwise cell: p, q number parts of the state (h first), g parts of the preactivations. */
export interface BlockDiagonals {
  /** d s_t[p, i] / d z_t[g, i], as [p][g], each [units]. */
  readonly gates: readonly (readonly Tensor[])[];
  /** d s_t[p, i] / d s_(t-1)[q, i] at fixed preactivations, as [p][q], each [units]. */
  readonly direct: readonly (readonly Tensor[])[];
  /** d z_t / d h_(t-1), as [g], each [units, units]: the recurrent weights. */
  readonly recurrent: readonly Tensor[];
}

/** The functions that the diagonals are derivatives of, and where they are taken. */
export interface StepFunctions {
  /** s_t from z_t, at the present state. */
  readonly ofPreactivations: (z: Tensor) => Tensor;
  /** s_t from s_(t-1), at the present preactivations. */
  readonly ofState: (s: Tensor) => Tensor;
  /** z_t from s_(t-1). */
  readonly preactivationsOf: (s: Tensor) => Tensor;
  readonly preactivations: Tensor;
  readonly state: Tensor;
}

const times = (count: number, units: number): number[] => Array.from({ length: count }, () => units);

/** The diagonals of the blocks of a Jacobian, [p][column]: one pushforward along all units of a part gives a column. */
function diagonalBlocks(
  f: (x: Tensor) => Tensor,
  x: Tensor,
  units: number,
  parts: readonly number[],
): Tensor[][] {
  const pieces = splitAxis(x, times(x.size / units, units));
  const columns = pieces.map((piece, column) => {
    // Of the part alone, so that what does not depend on it is known to be zero when it is traced.
    const ofPiece = (v: Tensor) => f(concat(pieces.map((other, j) => (j === column ? v : other))));
    return splitAxis(linearize(ofPiece, piece)[1](ones([units], x.dtype)), parts);
  });
  return parts.map((_, p) => columns.map((column) => column[p]));
}

/** Reads the diagonals off a step. */
export function blockDiagonals(cell: Cell, step: StepFunctions): BlockDiagonals {
  const { units, stateSize } = cell;
  const { state, preactivations } = step;
  const parts = times(stateSize / units, units);
  const basis = concat([eye(units, state.dtype), zeros([units, stateSize - units], state.dtype)], 1);
  const push = linearize(step.preactivationsOf, state)[1];
  return {
    gates: diagonalBlocks(step.ofPreactivations, preactivations, units, parts),
    direct: diagonalBlocks(step.ofState, state, units, parts),
    recurrent: splitAxis(transpose(vmap(push)(basis)), times(preactivations.size / units, units)),
  };
}

/** The sum of a list of tensors. */
export const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));

/** Whether a tensor is known to be zero, as derivatives in what a function does not read are. */
const isZero = (t: Tensor): boolean => t.isConcrete && t.data.every((v: number) => v === 0);

/** The derivatives of each part of the state in the hidden vector through the preactivations, each [units, units]. */
const throughHidden = ({ gates, recurrent }: BlockDiagonals): Tensor[] =>
  gates.map((row) => total(row.map((d, g) => mul(expandDims(d, 1), recurrent[g]))));

/**
 * F M, or F M + D, for a matrix M [S, K]. What is added to the product through the hidden vector is computed before it, in
 * one go, and the product begins with it.
 */
export function elementwisePropagate(blocks: BlockDiagonals, m: Tensor, plus?: OuterProducts): Tensor {
  const { direct } = blocks;
  const units = direct[0][0].size;
  const parts = times(direct.length, units);
  const before = besides(direct, m, plus);
  const product = matmul(concat(throughHidden(blocks)), splitAxis(m, parts)[0]);
  return before ? add(product, before) : product;
}

/** The parts of F M that the diagonals of `direct` make, plus outer products, [S, K]; nothing where there are none. */
function besides(
  direct: BlockDiagonals['direct'],
  m: Tensor,
  plus: OuterProducts | undefined,
): Tensor | undefined {
  const [size, width] = m.shape;
  const parts = times(direct.length, direct[0][0].size);
  const count = plus ? plus.right.shape[0] : 1;
  const rows = splitAxis(reshape(m, [size, count, width / count]), parts);
  const scaled = (d: Tensor, row: Tensor) => mul(reshape(d, [d.size, 1, 1]), row);
  const left = plus && splitAxis(plus.left, parts);
  const sums = direct.map((row, p) => [
    ...row.flatMap((d, q) => (isZero(d) ? [] : [scaled(d, rows[q])])),
    ...(plus && left ? [mul(expandDims(left[p], 2), plus.right)] : []),
  ]);
  if (sums.every((terms) => terms.length === 0)) return undefined;
  const none = () => zeros(rows[0].shape, m.dtype);
  const each = sums.map((terms) => (terms.length > 0 ? total(terms) : none()));
  return reshape(concat(each), m.shape);
}

/** The outer products of columns with rows, side by side: left [S, c] and right [c, A] make [S, c A]. */
export interface OuterProducts {
  readonly left: Tensor;
  readonly right: Tensor;
}

/** The matrix [S, c A]. */
export const multipliedOut = ({ left, right }: OuterProducts): Tensor =>
  reshape(mul(expandDims(left, 2), right), [left.shape[0], right.size]);

/** The diagonals of the blocks of F itself, as [p][q]: the direct ones, and for q = 0 the units' own recurrent weights. */
export function ownInfluence(blocks: BlockDiagonals): Tensor[][] {
  const units = blocks.direct[0][0].size;
  const self = throughHidden(blocks).map((w) => sum(mul(w, eye(units, w.dtype)), 1));
  return blocks.direct.map((row, p) => row.map((d, q) => (q === 0 ? add(d, self[p]) : d)));
}

/** factor * M + scale * D for M and D [S, N], where D has these diagonals of blocks; D itself is not written down. */
export function plusDiagonals(
  factor: Tensor,
  m: Tensor,
  scale: Tensor,
  blocks: readonly (readonly Tensor[])[],
): Tensor {
  const units = blocks[0][0].size;
  const columns = concat(
    blocks[0].map(() => eye(units, m.dtype)),
    1,
  );
  const rows = splitAxis(m, times(blocks.length, units));
  return concat(rows.map((row, p) => add(mul(factor, row), mul(mul(scale, concat(blocks[p])), columns))));
}

/** The sum of the squares of their elements. */
export const sumOfSquares = (tensors: readonly Tensor[]): Tensor => total(tensors.map((t) => sum(square(t))));

/** The dense matrix [S, N] of which these are the blocks' diagonals. */
export function fromDiagonals(blocks: readonly (readonly Tensor[])[]): Tensor {
  const spread = (d: Tensor) => mul(eye(d.size, d.dtype), d);
  return concat(blocks.map((row) => concat(row.map(spread), 1)));
}
