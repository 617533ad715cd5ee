/** NoBackTrack, UORO's predecessor. */
import { add, div, mul, ones, splitAxis, sqrt, square, sum } from '@descant/tensor-ops';
import { total } from '../cells/diagonals.ts';
import type { Model } from '../models/model.ts';
import { norm, normOf, outerProducts } from './cuts.ts';
import { type Learner, makeLearner } from './learner.ts';
import { multiple } from './outer-sum.ts';
import { EPSILON, type RescalingOptions, rescaling } from './rescaling.ts';
import { dot, noInfluence, type RankOne, rankOneSum } from './uoro.ts';

/** Options of `noBackTrack`. */
export interface NoBackTrackOptions extends Pick<RescalingOptions, 'epsilon' | 'epsilonForm'> {}

/**
 * NoBackTrack: a rank-one estimate of d s_t / d W with a random sign and a coefficient of its own for each unit.
 *
 * `h_t = rho_0 F_t h_(t-1) + sum_i rho_i u_i e_i`, `w_t = w_(t-1) / rho_0 + sum_i u_i (d s_i / d W_t) / rho_i`, with
 * rho_0^2 = |w_(t-1)| / |F_t h_(t-1)|, rho_i^2 = |d s_i / d W_t|; the estimate of d L_t / d W is (l_t . h_t) w_t. It is `uoro` with
 * the cut at the state and Q_t = diag(rho), chosen before the noise is drawn.
 *
 * Source: Ollivier, Tallec and Charpiat (2015), "Training recurrent networks online without backtracking"
 * (arXiv 1507.07680), whose rank-one trick is eq. 7 there.
 *
 * @throws ArgumentError when epsilon is not a finite number of at least 0.
 *
 * @example
 * ```ts
 * import { classifier, lstm, noBackTrack } from '@descant/uoro';
 * noBackTrack(classifier(lstm({ inputs: 2, units: 3 }), 2)).noiseSize; // => 6
 * ```
 */
export function noBackTrack<R, Y>(
  model: Model<R, Y>,
  options: NoBackTrackOptions = {},
): Learner<R, RankOne, Y> {
  const { stateSize, weightShapes } = model.cell;
  const rescale = rescaling('noBackTrack', options);
  return makeLearner(model, {
    name: 'noBackTrack',
    noiseSize: stateSize,
    noise: 'signs',
    init: noInfluence,
    update(seen, memory, u) {
      const past = seen.pushState(memory.state);
      const blocks = splitAxis(
        seen.preactivationJacobian(),
        weightShapes.map(([rows]) => rows),
        1,
      );
      const squares = total(blocks.map((g, k) => mul(sum(square(g), 1), sum(square(seen.features[k])))));
      // rho_i^2 = sqrt(squares_i); epsilon keeps units apart from 0 that no weight moves.
      const rho = sqrt(add(sqrt(squares), options.epsilon ?? EPSILON));
      const pulled = outerProducts(seen.pullPreactivations(div(u, rho)), seen.features, weightShapes);
      const { gamma } = rescale(
        {
          pastWeights: () => normOf(memory.weights),
          pastState: () => norm(past),
          newWeights: () => pulled.norm,
          newState: () => norm(u),
        },
        seen.time,
      );
      const terms = { past, present: mul(rho, u), pulled };
      const next = rankOneSum(memory, terms, { gamma, beta: ones([], past.dtype) });
      const signal = dot(seen.lossGradient, next.state);
      return { memory: next, gradient: next.weights.map((w) => multiple(signal, w)) };
    },
  });
}
