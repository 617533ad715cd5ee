/** Biased learners that keep of the influence only what a unit's own weights have on the unit itself. */
import {
  ArgumentError,
  add,
  concat,
  mul,
  reshape,
  splitAxis,
  sum,
  type Tensor,
  zeros,
} from '@descant/tensor-ops';
import { type BlockDiagonals, ownInfluence, total } from '../cells/diagonals.ts';
import type { Model } from '../models/model.ts';
import { type Learner, makeLearner } from './learner.ts';
import { wholeMatrix } from './outer-sum.ts';

/**
 * The influence of each unit's weights on the parts of its own state: [parts, gates, units, features] for each matrix.
 */
export type OwnInfluence = readonly Tensor[];

/** A learner whose influence is propagated within units by the given diagonals [p][q]. */
function local<R, Y>(
  name: string,
  model: Model<R, Y>,
  within: (blocks: BlockDiagonals) => readonly (readonly Tensor[])[],
): Learner<R, OwnInfluence, Y> {
  const { units, stateSize, weightShapes, elementwise } = model.cell;
  if (!elementwise)
    throw new ArgumentError(
      name,
      'model.cell',
      'be elementwise, to have influences within units',
      model.cell.name,
    );
  const parts = Array.from({ length: stateSize / units }, () => units);
  const gatesOf = (k: number): number => weightShapes[k][0] / units;
  const firstGate = weightShapes.map((_, k) =>
    weightShapes.slice(0, k).reduce((n, [rows]) => n + rows / units, 0),
  );
  return makeLearner(model, {
    name,
    noiseSize: 0,
    noise: 'signs',
    init: (_weights, { dtype }): OwnInfluence =>
      weightShapes.map(([, columns], k) => zeros([parts.length, gatesOf(k), units, columns], dtype)),
    update(seen, memory) {
      const blocks = seen.diagonals();
      const diagonals = within(blocks);
      const next = memory.map((m, k) => {
        const past = splitAxis(
          m,
          parts.map(() => 1),
        );
        const rows = parts.map((_, p) => {
          const carried = total(past.map((row, q) => mul(reshape(diagonals[p][q], [1, 1, units, 1]), row)));
          const gates = Array.from({ length: gatesOf(k) }, (_, g) => blocks.gates[p][firstGate[k] + g]);
          const present = mul(reshape(concat(gates), [1, gates.length, units, 1]), seen.features[k]);
          return add(carried, present);
        });
        return concat(rows);
      });
      const l = reshape(seen.lossGradient, [parts.length, 1, units, 1]);
      const gradient = next.map((m) => wholeMatrix(sum(mul(l, m), 0)));
      return { memory: next, gradient };
    },
  });
}

/**
 * SnAp-1: RTRL restricted to the influences that are not zero after one step, in O(P) time and memory a step. Biased.
 *
 * In elementwise cells a weight acts within one step on its own unit's state only, so that of F_t the diagonals of its
 * blocks remain, among them each unit's recurrent weight to itself.
 *
 * Source: Menick et al. (2021), "A practical sparse approximation for real time recurrent learning".
 *
 * @throws ArgumentError when the cell is not elementwise.
 *
 * @example
 * ```ts
 * import { classifier, gru, snap1 } from '@descant/uoro';
 * snap1(classifier(gru({ inputs: 2, units: 3 }), 2)).name; // => 'snap1'
 * ```
 */
export const snap1 = <R, Y>(model: Model<R, Y>): Learner<R, OwnInfluence, Y> =>
  local('snap1', model, ownInfluence);

/**
 * RFLO: like SnAp-1, but without any recurrent weight in the propagated influence, which decays by the cell's own
 * memory alone: (1 - leak) of a leaky RNN, the gates of an LSTM or GRU. Biased; local in space.
 *
 * For a leaky RNN: `p_t = (1 - leak) p_(t-1) + leak phi'(z_t) a_t` for each unit's weights, and the gradient is l_t p_t.
 *
 * Source: Murray (2019), "Local online learning in recurrent networks with random feedback". Deviation: the error is
 * backpropagated through the readout exactly, where Murray has random feedback weights.
 *
 * @throws ArgumentError when the cell is not elementwise.
 *
 * @example
 * ```ts
 * import { classifier, rflo, tanhRnn } from '@descant/uoro';
 * rflo(classifier(tanhRnn({ inputs: 2, units: 3, leak: 0.1 }), 2)).name; // => 'rflo'
 * ```
 */
export const rflo = <R, Y>(model: Model<R, Y>): Learner<R, OwnInfluence, Y> =>
  local('rflo', model, ({ direct }) => direct);
