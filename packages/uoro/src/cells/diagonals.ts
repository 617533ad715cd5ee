/** Derivatives of elementwise cells, whose blocks are diagonal, and their products with matrices. */
import {
  add,
  concat,
  expandDims,
  eye,
  matmul,
  mul,
  ones,
  splitAxis,
  sum,
  type Tensor,
  transpose,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import { type Cell, preactivationCount } from './cell.ts';

/** The derivatives of an elementwise cell: p, q number parts of the state (h first), g parts of the preactivations. */
export interface BlockDiagonals {
  /** d s_t[p, i] / d z_t[g, i], as [p][g], each [units]. */
  readonly gates: readonly (readonly Tensor[])[];
  /** d s_t[p, i] / d s_(t-1)[q, i] at fixed preactivations, as [p][q], each [units]. */
  readonly direct: readonly (readonly Tensor[])[];
  /** d z_t / d h_(t-1), as [g], each [units, units]: the recurrent weights. */
  readonly recurrent: readonly Tensor[];
}

/** The pushforwards that the diagonals are read from. */
export interface Pushforwards {
  readonly gates: (v: Tensor) => Tensor;
  readonly direct: (v: Tensor) => Tensor;
  readonly preactivations: (v: Tensor) => Tensor;
  /** A tensor of the dtype to use. */
  readonly like: Tensor;
}

const times = (count: number, units: number): number[] => Array.from({ length: count }, () => units);

/** Reads the diagonals: one pushforward along all units of a part gives a column of them. */
export function blockDiagonals(cell: Cell, push: Pushforwards): BlockDiagonals {
  const { units, stateSize } = cell;
  const { dtype } = push.like;
  const parts = times(stateSize / units, units);
  const gates = times(preactivationCount(cell) / units, units);
  const rows = (pushforward: (v: Tensor) => Tensor, from: readonly number[]): Tensor[][] => {
    const columns = from.map((_, column) => {
      const along = from.map((length, j) => (j === column ? ones : zeros)([length], dtype));
      return splitAxis(pushforward(concat(along)), parts);
    });
    return parts.map((_, p) => columns.map((column) => column[p]));
  };
  const basis = concat([eye(units, dtype), zeros([units, stateSize - units], dtype)], 1);
  return {
    gates: rows(push.gates, gates),
    direct: rows(push.direct, parts),
    recurrent: splitAxis(transpose(vmap(push.preactivations)(basis)), gates),
  };
}

/** The sum of a list of tensors. */
export const total = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));

/** d h-part of F: the derivatives of each part of the state in the hidden vector through the preactivations, [units, units]. */
const throughHidden = ({ gates, recurrent }: BlockDiagonals): Tensor[] =>
  gates.map((row) => total(row.map((d, g) => mul(expandDims(d, 1), recurrent[g]))));

/** F M for a matrix M [S, K]. */
export function elementwisePropagate(blocks: BlockDiagonals, m: Tensor): Tensor {
  const { direct } = blocks;
  const units = direct[0][0].size;
  const rows = splitAxis(m, times(direct.length, units));
  const product = matmul(concat(throughHidden(blocks)), rows[0]);
  const own = direct.map((row) => total(row.map((d, q) => mul(expandDims(d, 1), rows[q]))));
  return add(product, concat(own));
}

/** The diagonals of the blocks of F itself, as [p][q]: the direct ones, and for q = 0 the units' own recurrent weights. */
export function ownInfluence(blocks: BlockDiagonals): Tensor[][] {
  const units = blocks.direct[0][0].size;
  const self = throughHidden(blocks).map((w) => sum(mul(w, eye(units, w.dtype)), 1));
  return blocks.direct.map((row, p) => row.map((d, q) => (q === 0 ? add(d, self[p]) : d)));
}

/** The dense matrix [S, N] of which these are the blocks' diagonals. */
export function fromDiagonals(blocks: readonly (readonly Tensor[])[]): Tensor {
  const spread = (d: Tensor) => mul(eye(d.size, d.dtype), d);
  return concat(blocks.map((row) => concat(row.map(spread), 1)));
}
