/** POLA: opponent shaping whose steps are measured in policies, not in parameters. */
import { generalisedAdvantages } from '@descant/estimators';
import {
  ArgumentError,
  add,
  at,
  foldIn,
  mapTree,
  mean,
  neg,
  scan,
  split,
  square,
  sub,
  type Tensor,
  valueAndGrad,
  zeros,
} from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Learner, LearnerState } from '../learners/learner.ts';
import { checkWidth, type Network } from '../networks/network.ts';
import { meanReward, type Plays, play } from '../plays/play.ts';
import { checkFit, type SampledGame } from '../plays/sampled-game.ts';
import { type PolaSettings, shapingGradient } from './pola-gradient.ts';
import { type EstimatedGame, judge, seatRollout } from './pola-objective.ts';

/** Options of `pola`. */
export interface PolaOptions extends PolaSettings {
  /** V of what a seat sees: a network with one output. */
  readonly critic: Network;
  /** Of the player's own steps; its state is new in every update. */
  readonly optimizer: Optimizer<unknown>;
  readonly criticOptimizer: Optimizer<unknown>;
}

/** The state of a player of POLA. */
export interface PolaState extends LearnerState {
  /** Parameters of a critic for each seat: the player judges plays by itself. */
  readonly critics: readonly unknown[];
  readonly criticOptimizer: unknown;
}

/** The mean squared error of all seats' critics on plays. */
function criticLoss(estimated: EstimatedGame, plays: Plays, critics: readonly unknown[]): Tensor {
  const { critic, lambda } = estimated;
  return critics
    .map((parameters, seat) => {
      const { targets } = generalisedAdvantages(seatRollout(estimated, plays, seat, parameters), { lambda });
      return mean(square(sub(targets, judge(critic, parameters, plays, seat).values)));
    })
    .reduce((a, b) => add(a, b));
}

/**
 * Proximal opponent-learning awareness on sampled games (POLA-DiCE).
 *
 * One update approximates the proximal step `x* = argmax_x' J_i(x', y*(x')) - beta_out E[KL(pi_x, pi_x')]` with
 * `y*_j(x') = argmax_y' J_j(x', y') - beta_in E[KL(pi_y, pi_y')]`, by `outerSteps` steps of an optimiser, each through
 * `innerSteps` steps of gradient ascent of the others. KL is `sum_a pi_old log(pi_old / pi_new)`, the mean over the steps
 * of the plays at hand, which every step draws anew. Values are Loaded DiCE's surrogates with generalised
 * advantages, so that all derivatives through the others' steps are estimated.
 *
 * With outerSteps = innerSteps = 1 both penalties have no gradient, and this is LOLA-DiCE with one look-ahead step.
 *
 * Source: Zhao, Lu, Grosse and Foerster 2022 (POLA), eq. 5-7 and alg. 2. Deviations: the player has critics of its own
 * for the others, which learn once in each outer step from its plays (the released code looks at the others' critics,
 * and lets copies of them learn in the inner steps); any number of players, who look ahead at once. OpenSpiel's copy
 * of that code has KL the other way around.
 *
 * @param game - With the plays of one inner or outer step.
 * @throws ArgumentError when a number is out of range, or the critic does not fit the game.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { pola, polaPresets, sampledGame, simultaneous, tabularCritic, tabularPolicy } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * import { adam } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 10 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 32, discount: 0.96 });
 * const player = pola(game, {
 *   ...polaPresets.zhaoPrisonersDilemma.settings,
 *   outerSteps: 3,
 *   critic: tabularCritic(5),
 *   optimizer: adam({ learningRate: 0.1 }),
 *   criticOptimizer: adam({ learningRate: 0.1 }),
 * });
 * const pair = simultaneous(game, [player, player]);
 * const { metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * Object.keys(metrics); // => ['0.criticLoss', '0.reward', '1.criticLoss', '1.reward']
 * ```
 */
export function pola(game: SampledGame, options: PolaOptions): Learner<PolaState> {
  const { critic, optimizer, criticOptimizer, outerSteps, outerPenalty, lambda, dependence } = options;
  checkOptions(game, options);
  const sample: EstimatedGame['sample'] = (parameters, key) => play(game, parameters, key);
  const estimated = { game, sample, critic, lambda, dependence };
  return {
    name: 'POLA',
    init(key, seat) {
      const [own, judging] = [0, 1].map((i) => at(split(key), i));
      const critics = game.policies.map((_, j) => critic.init(foldIn(judging, j)));
      return {
        parameters: game.policies[seat].init(own),
        critics,
        criticOptimizer: criticOptimizer.init(critics),
      };
    },
    update(state, { seat, parameters }, key) {
      const [seeing, learning] = [0, 1].map((i) => at(split(key), i));
      const reward = at(meanReward(play(game, parameters, seeing)), seat);
      if (outerPenalty === Number.POSITIVE_INFINITY)
        return { state, metrics: { reward, criticLoss: zeros([]) } };
      const [end, losses] = scan<OuterState, Tensor, Tensor>(
        ({ x, memory, critics, criticMemory }, k) => {
          const now = parameters.with(seat, x);
          const { gradient, plays } = shapingGradient(
            estimated,
            options,
            seat,
            now,
            state.parameters,
            critics,
            k,
          );
          const step = optimizer.update(mapTree(neg, gradient), memory, x);
          const [loss, slope] = valueAndGrad((c: readonly unknown[]) => criticLoss(estimated, plays, c))(
            critics,
          );
          const judged = criticOptimizer.update(slope, criticMemory, critics);
          const next = {
            x: applyUpdates(x, step.updates),
            memory: step.state,
            critics: applyUpdates(critics, judged.updates),
            criticMemory: judged.state,
          };
          return [next, loss];
        },
        {
          x: state.parameters,
          memory: optimizer.init(state.parameters),
          critics: state.critics,
          criticMemory: state.criticOptimizer,
        },
        split(learning, outerSteps),
      );
      return {
        state: { parameters: end.x, critics: end.critics, criticOptimizer: end.criticMemory },
        metrics: { reward, criticLoss: mean(losses) },
      };
    },
  };
}

/** What the outer steps of one update carry. */
interface OuterState {
  readonly x: unknown;
  readonly memory: unknown;
  readonly critics: readonly unknown[];
  readonly criticMemory: unknown;
}

function checkOptions(game: SampledGame, options: PolaOptions): void {
  const fn = 'pola';
  const {
    critic,
    innerSteps,
    innerLearningRate,
    innerPenalty,
    outerSteps,
    outerPenalty,
    lambda,
    dependence,
  } = options;
  if (!(Number.isSafeInteger(innerSteps) && innerSteps >= 0)) {
    throw new ArgumentError(fn, 'innerSteps', 'be a whole number of at least 0', String(innerSteps));
  }
  checkWidth(fn, 'outerSteps', outerSteps);
  if (!Number.isFinite(innerLearningRate)) {
    throw new ArgumentError(fn, 'innerLearningRate', 'be a finite number', String(innerLearningRate));
  }
  for (const [name, penalty] of Object.entries({ innerPenalty, outerPenalty })) {
    if (!(penalty >= 0)) throw new ArgumentError(fn, name, 'be at least 0', String(penalty));
  }
  for (const [name, share] of Object.entries({ lambda, dependence })) {
    if (!(share >= 0 && share <= 1)) throw new ArgumentError(fn, name, 'lie in [0, 1]', String(share));
  }
  const { observationShape, dtype } = game.environment;
  checkFit(fn, 'critic', critic, observationShape, 1, dtype);
}
