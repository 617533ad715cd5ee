/** Meta-MAPG: a start from which one's own learning goes well, and that of the others, too. */
import type { Algorithm } from '../learners/learner.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type MetaGradientOptions, type MetaGradientState, metaGradientAscent } from './meta-gradient.ts';

/**
 * Meta-multiagent policy gradients: through one's own learning and, by which it shapes them, that of the peers.
 *
 * The total derivative in phi_0^i of `1/L sum_(l = 1..L) V_i(phi_l)`, where every player j learns by `phi_(l+1)^j =
 * phi_l^j + alpha_j grad_j V_j(phi_l)` on fresh plays. For L = 1 it is what `metaPg` has, `(I + alpha H_ii V_i) grad_i
 * V_i(phi_1)`, and `sum_j alpha_j H_ij V_j grad_j V_i(phi_1)`, the term of the peers' learning. Each update draws new
 * peers. The metric is the mean return of the process.
 *
 * Source: Kim et al. 2021 (Meta-MAPG), theorem 1, whose three terms are the parts of this derivative. Deviations:
 * steps are fixed, not learned. The theorem also multiplies returns with the scores of earlier plays; when updates are
 * expected gradients, as it takes them to be, these products have mean 0, and DiCE's inner steps already
 * hold the dependence on how plays are drawn: they are left out. As the batch grows the estimate becomes the exact derivative; with
 * a finite one the noise of the inner steps passes through the policies, which makes it biased, as LOLA-DiCE is.
 *
 * @param game - With the plays of one step of learning.
 * @throws ArgumentError when an option is out of range; when traced, for estimators of first order.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { metaMapg, sampledGame, tabularPolicy, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { adam } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 10 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 16 });
 * const meta = metaMapg(game, { innerRates: 0.1, innerSteps: 2, optimizer: adam({ learningRate: 0.1 }) });
 * const { done } = await train(meta, { key: key(0), updates: 2 });
 * done; // => 2
 * ```
 */
export const metaMapg = (game: SampledGame, options: MetaGradientOptions): Algorithm<MetaGradientState> =>
  metaGradientAscent('metaMapg', 'Meta-MAPG', game, options, true);
