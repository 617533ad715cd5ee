/** Real-time recurrent learning, exact and with its immediate term projected. */
import { expandDims, matmul, mul, reshape, slice, splitAxis, type Tensor, zeros } from '@descant/tensor-ops';
import type { Cell } from '../cells/cell.ts';
import type { Model } from '../models/model.ts';
import { addAll, type CutName, cutOf } from './cuts.ts';
import { type Estimator, type Learner, makeLearner, type NoiseKind, type Observation } from './learner.ts';

/** d s_t / d W: [S, N_k, A_k] for each matrix [N_k, A_k]. */
export type Influence = readonly Tensor[];

/** F M for each block of an influence. */
const propagated = (seen: Observation, influence: Influence, { stateSize }: Cell): Tensor[] =>
  influence.map((m) => reshape(seen.propagate(reshape(m, [stateSize, m.size / stateSize])), m.shape));

/** l' M: the gradient of the loss, for each block. The loss depends on the hidden vector alone: l is zero below it. */
const contracted = (l: Tensor, influence: Influence, { units, stateSize }: Cell): Tensor[] =>
  influence.map((m) => {
    const rows = slice(reshape(m, [stateSize, m.size / stateSize]), [0, 0], [units, m.size / stateSize]);
    return reshape(matmul(slice(l, [0], [units]), rows), m.shape.slice(1));
  });

/** An estimator that carries an influence forward and adds to it the (estimated) influence of the present weights. */
function carrying(
  cell: Cell,
  parts: Pick<Estimator<Influence>, 'name' | 'noiseSize' | 'noise'>,
  immediate: (seen: Observation, noise: Tensor) => Influence,
): Estimator<Influence> {
  return {
    ...parts,
    init: (weights, { dtype }) => weights.map((w) => zeros([cell.stateSize, ...w.shape], dtype)),
    update(seen, memory, noise) {
      const next = addAll(propagated(seen, memory, cell), immediate(seen, noise));
      return { memory: next, gradient: contracted(seen.lossGradient, next, cell) };
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
 * rtrl(model).init(model.init(key(0))).memory[0].shape; // => [3, 3, 6]
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
      return blocks.map((g, k) => mul(expandDims(g, 2), seen.features[k]));
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
      const pushed = reshape(cut.push(seen, v), [model.cell.stateSize, 1, 1]);
      return cut.pull(seen, v).weights.map((w) => mul(pushed, expandDims(w, 0)));
    }),
  );
}
