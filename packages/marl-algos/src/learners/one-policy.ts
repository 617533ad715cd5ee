/** Self-play: one policy at all seats. */
import type { Tensor } from '@descant/tensor-ops';
import { ArgumentError } from '@descant/tensor-ops';
import type { SampledGame } from '../plays/sampled-game.ts';
import type { Algorithm, Learner, LearnerState } from './learner.ts';

/**
 * Self-play: the learner of seat 0 learns, and all seats play its policy.
 *
 * In a symmetric game whose observations put everybody's own things first, all seats would learn alike: this is what
 * `simultaneous` would do with one initial policy and one key for all, at the cost of one learner. Metrics carry no seat.
 *
 * @param game - Whose seats have policies of one architecture.
 * @throws ArgumentError when the architectures differ.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { gruNetwork, onePolicy, reinforce, sampledGame } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { adam } from '@descant/tensor-ops/optim';
 * const environment = tracedCoinGame({ egocentric: true, maxSteps: 10 });
 * const policies = gruNetwork({ inputShape: [4, 3, 3], units: 8, outputs: 4 });
 * const game = sampledGame({ environment, policies, plays: 16 });
 * const algorithm = onePolicy(game, reinforce(game, { optimizer: adam({ learningRate: 0.01 }) }));
 * const { metrics } = jit(algorithm.update)(algorithm.init(key(0)), key(1));
 * Object.keys(metrics); // => ['reward']
 * ```
 */
export function onePolicy<S extends LearnerState>(game: SampledGame, learner: Learner<S>): Algorithm<S> {
  const [first, ...others] = game.policies;
  const odd = others.find(({ name }) => name !== first.name);
  if (odd !== undefined)
    throw new ArgumentError('onePolicy', 'game', `have ${first.name} at all seats`, odd.name);
  return {
    name: `${learner.name} with itself`,
    init: (key) => learner.init(key, 0),
    update(state, key: Tensor) {
      const parameters = game.policies.map(() => state.parameters);
      return learner.update(state, { seat: 0, parameters }, key);
    },
  };
}
