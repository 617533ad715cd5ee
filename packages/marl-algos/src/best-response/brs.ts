/** Best response shaping with a detective that asks questions. */
import { ArgumentError, at, div, foldIn, neg, split, type Tensor, valueAndGrad } from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Algorithm } from '../learners/learner.ts';
import type { Network } from '../networks/network.ts';
import { checkWidth } from '../networks/network.ts';
import { logProbabilities } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { type DetectiveParameters, detectiveNetwork, playDetective } from './detective.ts';
import type { QuestionOptions } from './questions.ts';
import { beginReplay, eachItsOwn, type Replay, recall, remember } from './replay.ts';
import { agentGradients, seatLoss, valuesOf } from './seat-loss.ts';
import { sharedReturn } from './self-play.ts';
import { checkAlike, checkTwoSeats } from './two-seats.ts';

/** Options of `brs`. */
export interface BrsOptions {
  /** Of the agent, over what its policy sees, with one output. */
  readonly critic: Network;
  /** Units of the detective's GRU and layers. */
  readonly detectiveUnits: number;
  readonly questions?: QuestionOptions;
  /** Agents that the replay buffer holds; default 2048 (BRS-SP: 512). */
  readonly capacity?: number;
  /** Variance of the noise on their parameters; default 0.01. */
  readonly noise?: number;
  readonly optimizers: {
    /** Term 1 of eq. 5.A.1: what the agent does. */
    readonly policy: Optimizer<unknown>;
    /** Term 2: what the detective does because of it. */
    readonly detection: Optimizer<unknown>;
    readonly detective: Optimizer<unknown>;
    /** Of both critics. */
    readonly values: Optimizer<unknown>;
    /** Of self-play with reward sharing: BRS-SP. Default: none, which is BRS. */
    readonly selfPlay?: Optimizer<unknown>;
  };
}

/** A tree of parameters with its optimiser's state. */
export interface Trained<P = unknown> {
  readonly parameters: P;
  readonly optimizer: unknown;
}

/** State of `brs`. */
export interface BrsState {
  /** Of the agent's policy. */
  readonly parameters: unknown;
  /** States of the optimisers that the agent's policy has besides each other. */
  readonly policy: unknown;
  readonly detection: unknown;
  /** Null without self-play. */
  readonly selfPlay: unknown;
  readonly critic: Trained;
  readonly detective: Trained<DetectiveParameters>;
  readonly detectiveCritic: Trained<DetectiveParameters>;
  readonly replay: Replay;
}

const descend = <P>(
  { parameters, optimizer }: Trained<P>,
  by: Optimizer<unknown>,
  gradient: P,
): Trained<P> => {
  const { updates, state } = by.update(gradient, optimizer, parameters);
  return { parameters: applyUpdates(parameters, updates as P), optimizer: state };
};

/**
 * BRS and BRS-SP: the agent in seat 0 climbs its return against a detective in seat 1 that learns to respond to any agent,
 * through what the detective does because of what the agent would do.
 *
 * One update is an iteration of algorithm 2: (1) the detective learns from plays with B agents of the replay buffer, with
 * noise on their parameters; (2) the agent learns from plays with the detective, with one optimiser for
 * `sum_t A^1_t grad log pi_1(a_t | s_t)` and one for `sum_t A^1_t grad log pi_2(b_t | answers(pi_1), s_t)`; (3) with
 * `selfPlay`, from plays with itself; (4) the buffer takes the agent. Advantages are Monte Carlo returns minus a critic's
 * value (lambda = 1), critics learn by the Huber loss.
 *
 * Metrics: mean rewards per step, discounted: `reward` of the agent against the detective, `detectiveReward` of the
 * detective against agents of the buffer; `selfPlayReward`.
 *
 * Source: Cooijmans 2023, thesis, algorithm 2, eq. 5.4.6, 5.A.1 and appendix 5.A.2. Its settings: batch 128, GRUs of 64
 * units, Adam with a rate of 3e-4 everywhere but 1e-3 for the policy in BRS. Deviations: policies and critics are networks of
 * their own, not heads of one, because different optimisers train them; no entropy bonus, whose weight the thesis does
 * not give; the baseline of self-play, which it does not name, is the mean of the other plays. The answers are
 * estimates, so that the gradient through a detective that is not linear in them has a bias that falls with the samples.
 *
 * @param game - Of two seats, with the plays of one update; the policy of seat 1 is not used.
 * @throws ArgumentError when the game does not have two seats, an option is out of range, or the seats' architectures differ
 *   with self-play.
 *
 * @example
 * ```ts
 * import { tracedCoinGame } from '@descant/envs';
 * import { brs, gruNetwork, sampledGame, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { adam } from '@descant/tensor-ops/optim';
 * const gru = (outputs: number) => gruNetwork({ inputShape: [4, 3, 3], units: 4, outputs });
 * const game = sampledGame({ environment: tracedCoinGame({ maxSteps: 3 }), policies: gru(4), plays: 2, discount: 0.96 });
 * const slow = adam({ learningRate: 3e-4 });
 * const algorithm = brs(game, {
 *   critic: gru(1),
 *   detectiveUnits: 4,
 *   capacity: 8,
 *   questions: { samples: 2, steps: 2 },
 *   optimizers: { policy: adam({ learningRate: 1e-3 }), detection: adam({ learningRate: 1e-3 }), detective: slow, values: slow },
 * });
 * const { history } = await train(algorithm, { key: key(0), updates: 2 });
 * Object.keys(history[1]); // => ['detectiveReward', 'reward']
 * ```
 */
export function brs(game: SampledGame, options: BrsOptions): Algorithm<BrsState> {
  checkTwoSeats('brs', game);
  if (options.optimizers.selfPlay !== undefined) checkAlike('brs', game);
  const { critic, detectiveUnits, optimizers, capacity = 2048, noise = 0.01 } = options;
  const questions = { samples: 16, steps: 4, reseed: true, ...options.questions };
  checkWidth('brs', 'capacity', capacity);
  checkWidth('brs', 'questions.samples', questions.samples);
  checkWidth('brs', 'questions.steps', questions.steps);
  if (!(noise >= 0 && noise < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError('brs', 'noise', 'be a variance of at least 0', String(noise));
  }
  if (critic.outputs !== 1) {
    throw new ArgumentError('brs', 'critic', 'have one output', `${critic.outputs}`);
  }
  const [agent] = game.policies;
  const detective = detectiveNetwork(game, detectiveUnits, game.environment.actions[1]);
  const detectiveCritic = detectiveNetwork(game, detectiveUnits, 1);
  const crowd = { ...game, policies: [eachItsOwn(agent, game.plays), game.policies[1]] };
  const begin = <P>(parameters: P, optimizer: Optimizer<unknown>): Trained<P> => ({
    parameters,
    optimizer: optimizer.init(parameters),
  });
  const perStep = (x: Tensor) => div(x, game.steps);
  return {
    name: optimizers.selfPlay === undefined ? 'BRS' : 'BRS-SP',
    init(key) {
      const keys = split(key, 4);
      const parameters = agent.init(at(keys, 0));
      return {
        parameters,
        policy: optimizers.policy.init(parameters),
        detection: optimizers.detection.init(parameters),
        selfPlay: optimizers.selfPlay?.init(parameters) ?? null,
        critic: begin(critic.init(at(keys, 1)), optimizers.values),
        detective: begin(detective.init(at(keys, 2)), optimizers.detective),
        detectiveCritic: begin(detectiveCritic.init(at(keys, 3)), optimizers.values),
        replay: beginReplay(parameters, capacity),
      };
    },
    update(state, key) {
      const keyOf = (part: number) => foldIn(key, part);
      const agents = recall(state.replay, game.plays, Math.sqrt(noise), keyOf(0));
      const met = playDetective(crowd, detective, [agents, state.detective.parameters], keyOf(1), questions);
      const theirLoss = (x: { policy: DetectiveParameters; critic: DetectiveParameters }) =>
        seatLoss(
          game,
          met,
          1,
          [logProbabilities(detective, x.policy, met.read, at(met.actions, 1, 2))],
          valuesOf(detectiveCritic, x.critic, met.read),
        );
      const [theirLost, theirs] = valueAndGrad(theirLoss)({
        policy: state.detective.parameters,
        critic: state.detectiveCritic.parameters,
      });
      const trained = descend(state.detective, optimizers.detective, theirs.policy);
      const judging = descend(state.detectiveCritic, optimizers.values, theirs.critic);

      const ours = agentGradients(
        game,
        { detective, critic },
        (x) => playDetective(game, detective, [x, trained.parameters], keyOf(2), questions),
        { policy: state.parameters, detective: trained.parameters, critic: state.critic.parameters },
      );
      const first = descend(
        { parameters: state.parameters, optimizer: state.policy },
        optimizers.policy,
        ours.policy,
      );
      const second = descend(
        { parameters: first.parameters, optimizer: state.detection },
        optimizers.detection,
        ours.detection,
      );
      const next = {
        policy: first.optimizer,
        detection: second.optimizer,
        critic: descend(state.critic, optimizers.values, ours.critic),
        detective: trained,
        detectiveCritic: judging,
      };
      const metrics = { reward: perStep(ours.value), detectiveReward: perStep(neg(theirLost)) };
      const { selfPlay } = optimizers;
      const finish = ({ parameters, optimizer }: Trained): BrsState => ({
        ...next,
        parameters,
        selfPlay: optimizer,
        replay: remember(state.replay, parameters),
      });
      if (selfPlay === undefined) {
        return { state: finish({ parameters: second.parameters, optimizer: null }), metrics };
      }
      const [lost, gradient] = valueAndGrad((x: unknown) => neg(sharedReturn(game, x, keyOf(3))))(
        second.parameters,
      );
      const shared = descend(
        { parameters: second.parameters, optimizer: state.selfPlay },
        selfPlay,
        gradient,
      );
      return { state: finish(shared), metrics: { ...metrics, selfPlayReward: perStep(neg(lost)) } };
    },
  };
}
