/** A learner that does not learn. */
import type { Learner, LearnerState } from '../learners/learner.ts';

/**
 * A seat whose parameters never change: what the other seats learn is a response to them.
 *
 * With one learner at another seat, `simultaneous` is the training of a best response to an agent.
 *
 * @param parameters - Of the seat's policy; null for a policy without any.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { constantPolicy, fixed, reinforce, sampledGame, simultaneous, tabularPolicy, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 10 });
 * const policies = [constantPolicy(environment, 0, 0), tabularPolicy(5, 2)];
 * const game = sampledGame({ environment, policies, plays: 64 });
 * const responder = reinforce(game, { optimizer: sgd({ learningRate: 0.2 }) });
 * const response = simultaneous(game, [fixed(null), responder]);
 * const { history } = await train(response, { key: key(0), updates: 100 });
 * history[99]['1.reward'] > -0.1; // => true
 * ```
 */
export const fixed = (parameters: unknown): Learner<LearnerState> => ({
  name: 'fixed',
  init: () => ({ parameters }),
  update: (state) => ({ state, metrics: {} }),
});
