/** Real-time recurrent learning, exact and with its immediate term projected. */
import {
  at,
  broadcastTo,
  expandDims,
  mapTree,
  matmul,
  reshape,
  scan,
  slice,
  splitAxis,
  type Tensor,
  transpose,
  zeros,
} from '@descant/tensor-ops';
import type { Cell, WeightShape } from '../cells/cell.ts';
import type { OuterProducts } from '../cells/diagonals.ts';
import type { Model } from '../models/model.ts';
import { type CutName, cutOf } from './cuts.ts';
import { type Estimator, type Learner, makeLearner, type NoiseKind, type Observation } from './learner.ts';
import { wholeMatrix } from './outer-sum.ts';

/**
 * d s_t / d W for each matrix [N_k, A_k], as blocks of columns that stay in a processor's cache: [blocks, S, N_k A_k / blocks]. The
 * columns of all blocks are the weights, row by row.
 */
export type Influence = readonly Tensor[];

/** The most bytes of a block, unless one row of weights has more. */
const BLOCK_BYTES = 2 ** 16;

/** The number of blocks for a matrix of weights: each has as many whole rows. */
function blockCount(stateSize: number, [rows, columns]: WeightShape): number {
  const most = BLOCK_BYTES / (4 * stateSize * columns);
  let each = rows;
  while (each > 1 && (each > most || rows % each !== 0)) each--;
  return rows / each;
}

/** F M + D and l' (F M + D), block by block, for the influence D of the weights at this step on the state. */
function carried(seen: Observation, m: Tensor, { left, right }: OuterProducts, units: number) {
  const [blocks, stateSize, width] = m.shape;
  const [rows, columns] = right.shape;
  const each = rows / blocks;
  // The loss depends on the hidden vector alone: l is zero below it.
  const l = slice(seen.lossGradient, [0], [units]);
  const step = (block: { readonly m: Tensor } & OuterProducts) => {
    const next = seen.propagate(block.m, block);
    return { next, row: matmul(l, slice(next, [0, 0], [units, width])) };
  };
  const all = {
    m,
    left: transpose(reshape(left, [stateSize, blocks, each]), [1, 0, 2]),
    right: reshape(right, [blocks, each, columns]),
  };
  if (blocks > 1)
    return scan((none: readonly Tensor[], block: typeof all) => [none, step(block)], [], all)[1];
  const { next, row } = step(mapTree((t) => at(t, 0), all));
  return { next: expandDims(next, 0), row };
}

/** An estimator that carries an influence forward and adds to it the (estimated) influence of the present weights. */
function carrying(
  { stateSize, units, weightShapes }: Cell,
  parts: Pick<Estimator<Influence>, 'name' | 'noiseSize' | 'noise'>,
  immediate: (seen: Observation, noise: Tensor) => readonly OuterProducts[],
): Estimator<Influence> {
  return {
    ...parts,
    init: (_weights, { dtype }) =>
      weightShapes.map((shape) => {
        const blocks = blockCount(stateSize, shape);
        return zeros([blocks, stateSize, (shape[0] * shape[1]) / blocks], dtype);
      }),
    update(seen, memory, noise) {
      const present = immediate(seen, noise);
      const next = memory.map((m, k) => carried(seen, m, present[k], units));
      return { memory: next.map((n) => n.next), gradient: next.map(({ row }) => wholeMatrix(row)) };
    },
  };
}

/**
 * Real-time recurrent learning: the exact gradient of every loss, by the influence M_t = F_t M_(t-1) + d s_t / d W_t.
 *
 * The gradient is l_t' M_t. Structured: the immediate term is G_t (x) a_t, and F_t of an elementwise cell acts through
 * [S, units] and diagonals. O(S P) memory and O(S H P) time a step.
 *
 * Source: Williams and Zipser (1989); Cooijmans (2023), eq. 4.3.4. When parameters change between steps, M_t mixes
 * derivatives at old and new ones, as all online learners do.
 *
 * @example
 * ```ts
 * import { classifier, rtrl, tanhRnn } from '@descant/uoro';
 * import { key } from '@descant/tensor-ops';
 * const model = classifier(tanhRnn({ inputs: 2, units: 3 }), 2);
 * rtrl(model).init(model.init(key(0))).memory[0].shape; // => [1, 3, 18]
 * ```
 */
export function rtrl<R, Y>(model: Model<R, Y>): Learner<R, Influence, Y> {
  const { cell } = model;
  return makeLearner(
    model,
    carrying(cell, { name: 'rtrl', noiseSize: 0, noise: 'signs' }, (seen) => {
      const blocks = splitAxis(
        seen.preactivationJacobian(),
        cell.weightShapes.map(([rows]) => rows),
        1,
      );
      return blocks.map((left, k) => ({ left, right: broadcastTo(seen.features[k], cell.weightShapes[k]) }));
    }),
  );
}

/** Options of `spatialProjection`. */
export interface SpatialProjectionOptions {
  /** Default `preactivation`. */
  readonly cut?: CutName;
  /** Default `signs`. */
  readonly noise?: NoiseKind;
}

/**
 * RTRL with G_t v_t v_t' J_t in place of the immediate term G_t J_t: UORO's spatial projection without the temporal one.
 *
 * Unbiased; as large and slow as RTRL. It separates the two sources of UORO's variance.
 *
 * Source: Cooijmans (2023), sec. 4.5.1, first equation, and fig. 4.4 ("spatial").
 *
 * @example
 * ```ts
 * import { classifier, spatialProjection, tanhRnn } from '@descant/uoro';
 * spatialProjection(classifier(tanhRnn({ inputs: 2, units: 3 }), 2)).noiseSize; // => 3
 * ```
 */
export function spatialProjection<R, Y>(
  model: Model<R, Y>,
  options: SpatialProjectionOptions = {},
): Learner<R, Influence, Y> {
  const { cut: name = 'preactivation', noise = 'signs' } = options;
  const cut = cutOf(model.cell, name);
  return makeLearner(
    model,
    carrying(model.cell, { name: 'spatialProjection', noiseSize: cut.size, noise }, (seen, v) => {
      const pushed = expandDims(cut.push(seen, v), 1);
      const pulled = cut.pull(seen, v).times(1);
      return pulled.map((right) => ({ left: broadcastTo(pushed, [pushed.size, right.shape[0]]), right }));
    }),
  );
}
