/** Best responses by training. */
import { at, jit, split, type Tensor } from '@descant/tensor-ops';
import { type Learner, simultaneous } from '../learners/learner.ts';
import { checkWidth, type Network } from '../networks/network.ts';
import { play } from '../plays/play.ts';
import { type SampledGame, sampledGame } from '../plays/sampled-game.ts';
import { type Training, train } from '../training/train.ts';
import type { Responder } from './agent.ts';
import { fixed } from './fixed.ts';

/** Options of `trainedResponse`. */
export interface TrainedResponseOptions {
  /** With all settings that the training depends on, because leagues know responders by their names. */
  readonly name: string;
  /** The policy that is trained. */
  readonly network: Network;
  /** How it learns in the game of its training. */
  readonly learner: (game: SampledGame) => Learner;
  /** Plays of an update. */
  readonly plays: number;
  readonly updates: number;
  /** Called after each update. */
  readonly onUpdate?: (training: Training) => void;
}

/**
 * A policy trained anew against given agents, which stay as they are: a response that approximates the best from below.
 *
 * Source: Aghajohari et al. 2024 (BRS), section 5.5.2, "Trained": a GRU and policy gradients for 3000 steps.
 *
 * @throws ArgumentError when a number is no whole number of at least 1, or from `respond` when the policy does not fit
 *   the game or training diverges.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import {
 *   constantPolicy,
 *   estimate,
 *   reinforce,
 *   rewardPerStep,
 *   sampledGame,
 *   tabularPolicy,
 *   trainedResponse,
 *   uniformPolicy,
 * } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 10 });
 * const policies = [constantPolicy(environment, 0, 0), uniformPolicy(environment, 1)];
 * const game = sampledGame({ environment, policies, plays: 64 });
 * const trained = trainedResponse({
 *   name: 'REINFORCE, 100 updates',
 *   network: tabularPolicy(5, 2),
 *   learner: (inTraining) => reinforce(inTraining, { optimizer: sgd({ learningRate: 0.2 }) }),
 *   plays: 64,
 *   updates: 100,
 * });
 * const plays = await trained.respond({ game, parameters: [null, null], seat: 1, key: key(0) });
 * (estimate(rewardPerStep(plays))[1].mean ?? 0) > -0.1; // => true
 * ```
 */
export function trainedResponse(options: TrainedResponseOptions): Responder {
  const { name, network, learner, plays, updates, onUpdate } = options;
  checkWidth('trainedResponse', 'plays', plays);
  checkWidth('trainedResponse', 'updates', updates);
  return {
    name,
    async respond({ game, parameters, seat, key, signal }) {
      const { environment, steps, discount } = game;
      const policies = game.policies.with(seat, network);
      const inTraining = sampledGame({ environment, policies, plays, steps, discount });
      const learners = parameters.map((x, i): Learner => (i === seat ? learner(inTraining) : fixed(x)));
      const [forTraining, forPlays] = [0, 1].map((i) => at(split(key), i));
      const { state } = await train(simultaneous(inTraining, learners), {
        key: forTraining,
        updates,
        ...(signal === undefined ? {} : { signal }),
        ...(onUpdate === undefined ? {} : { onUpdate }),
      });
      signal?.throwIfAborted();
      const shown = { ...inTraining, plays: game.plays };
      return jit((p: readonly unknown[], k: Tensor) => play(shown, p, k))(
        parameters.with(seat, state[seat].parameters),
        forPlays,
      );
    },
  };
}
