/** Meta-PG: a start from which one's own learning goes well. */
import type { Algorithm } from '../learners/learner.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type MetaGradientOptions, type MetaGradientState, metaGradientAscent } from './meta-gradient.ts';

/**
 * Meta-policy gradients through one's own learning: the peers learn, too, but as if nobody influenced them.
 *
 * The ascent of `1/L sum_(l = 1..L) V_i(phi_l^i, phi_l^-i)` in phi_0^i, where every player learns by `phi_(l+1)^j =
 * phi_l^j + alpha_j grad_j V_j(phi_l)` on fresh plays, and the derivative passes through phi_l^i alone: for L = 1 it is
 * `(I + alpha H_ii V_i) grad_i V_i(phi_1)`. Each update draws new peers. The metric is the mean return of the process.
 *
 * Source: Al-Shedivat et al. 2018 (Meta-PG), as Kim et al. 2021 compare with it. Deviations: steps are fixed, not
 * learned; and the scores of earlier plays, times later returns, are left out, see `metaMapg`.
 *
 * @param game - With the plays of one step of learning.
 * @throws ArgumentError when an option is out of range; when traced, for estimators of first order.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { metaPg, sampledGame, tabularPolicy, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { adam } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 10 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 16 });
 * const meta = metaPg(game, { innerRates: 0.1, innerSteps: 2, optimizer: adam({ learningRate: 0.1 }) });
 * const { done } = await train(meta, { key: key(0), updates: 2 });
 * done; // => 2
 * ```
 */
export const metaPg = (game: SampledGame, options: MetaGradientOptions): Algorithm<MetaGradientState> =>
  metaGradientAscent('metaPg', 'Meta-PG', game, options, false);
