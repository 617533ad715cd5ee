/** Opponent modelling: what to believe of the others when only their play is seen. */
import { add, at, fori, grad, mean, neg, split, type Tensor } from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Learner, LearnerState } from '../learners/learner.ts';
import { checkWidth } from '../networks/network.ts';
import { logProbabilities, meanReward, type Plays, play } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';

/** Options of `opponentModelling`. */
export interface OpponentModellingOptions {
  /** Of the models. */
  readonly optimizer: Optimizer<unknown>;
  /** Steps of the optimiser on the plays seen before each update of the learner; default 1. */
  readonly steps?: number;
}

/** What a learner that models the others carries beside its own state. */
export interface OpponentModels {
  readonly opponents: {
    /** Parameters of the other seats' policies, in the order of the seats. */
    readonly models: readonly unknown[];
    readonly optimizer: unknown;
  };
}

/**
 * A learner that does not see the others' parameters: it learns from models of them, of maximum likelihood.
 *
 * Before each update a batch of plays with the actual policies is seen, and the models climb
 * `sum_j mean_(t, b) log pi(a_j | o_j; phi_j)` on it by some steps of the optimiser; the update then takes phi_j for the
 * parameters of seat j. The models have the architectures of the game's policies and begin with parameters of their own.
 *
 * Source: Foerster et al. 2018 (LOLA), sec. 4.4, eq. 4.8; Zhao et al. 2022 (POLA), sec. 5 (opponent modelling).
 *
 * @param learner - Any learner that looks at the others' parameters.
 * @throws ArgumentError when the number of steps is no whole number of at least 1.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { opponentModelling, reinforce, sampledGame, simultaneous, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { adam, sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 20 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64, discount: 0.96 });
 * const naive = reinforce(game, { optimizer: sgd({ learningRate: 0.1 }) });
 * const blind = opponentModelling(game, naive, { optimizer: adam({ learningRate: 0.1 }) });
 * const pair = simultaneous(game, [blind, blind]);
 * const { state } = jit(pair.update)(pair.init(key(0)), key(1));
 * state[0].opponents.models.length; // => 1
 * ```
 */
export function opponentModelling<S extends LearnerState>(
  game: SampledGame,
  learner: Learner<S>,
  options: OpponentModellingOptions,
): Learner<S & OpponentModels> {
  const { optimizer, steps = 1 } = options;
  checkWidth('opponentModelling', 'steps', steps);
  const others = (seat: number) => game.policies.flatMap((policy, j) => (j === seat ? [] : [{ policy, j }]));
  /** -sum_j mean log pi_j(a_j) of plays under the models. */
  const loss = (models: readonly unknown[], seat: number, plays: Plays): Tensor =>
    others(seat)
      .map(({ policy, j }, k) => {
        const [seen, taken] = [plays.observations, plays.actions].map((x) => at(x, j, 2));
        return neg(mean(logProbabilities(policy, models[k], seen, taken)));
      })
      .reduce((a, b) => add(a, b));
  return {
    name: `${learner.name}-OM`,
    init(key, seat) {
      const [own, theirs] = [0, 1].map((i) => at(split(key), i));
      const models = others(seat).map(({ policy, j }) =>
        policy.init(at(split(theirs, game.policies.length), j)),
      );
      return { ...learner.init(own, seat), opponents: { models, optimizer: optimizer.init(models) } };
    },
    update(state, { seat, parameters }, key) {
      const [seeing, learning] = [0, 1].map((i) => at(split(key), i));
      const plays = play(game, parameters, seeing);
      const opponents = fori(
        0,
        steps,
        (_, { models, optimizer: before }) => {
          const gradients = grad((m: readonly unknown[]) => loss(m, seat, plays))(models);
          const step = optimizer.update(gradients, before, models);
          return { models: applyUpdates(models, step.updates), optimizer: step.state };
        },
        state.opponents,
      );
      const believed = parameters.map((own, j) =>
        j === seat ? own : opponents.models[others(seat).findIndex((other) => other.j === j)],
      );
      const next = learner.update(state, { seat, parameters: believed }, learning);
      return {
        state: { ...next.state, opponents },
        metrics: {
          ...next.metrics,
          reward: at(meanReward(plays), seat),
          logLikelihood: neg(loss(opponents.models, seat, plays)),
        },
      };
    },
  };
}
