/** What Meta-PG and Meta-MAPG share: the ascent of a start from which everybody learns. */
import { dice, type Estimator } from '@descant/estimators';
import {
  ArgumentError,
  at,
  mean,
  neg,
  reshape,
  split,
  type Tensor,
  valueAndGrad,
  vmap,
} from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Algorithm, LearnerState } from '../learners/learner.ts';
import { checkWidth } from '../networks/network.ts';
import { play, toRollout } from '../plays/play.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { centredRewards } from '../shaping/centred-rewards.ts';
import { learningReturn } from './learning-process.ts';

/** Options of `metaPg` and `metaMapg`. */
export interface MetaGradientOptions {
  /** Of the meta-learner's start. */
  readonly optimizer: Optimizer<unknown>;
  /** alpha: the step sizes with which all players learn, or one for each. */
  readonly innerRates: number | readonly number[];
  /** L, how often they learn; at least 1. */
  readonly innerSteps: number;
  /** i, the meta-learner; default 0. */
  readonly seat?: number;
  /** Processes of learning in an update, each with peers of its own; default 1. */
  readonly processes?: number;
  /** Draws where all players start; the meta-learner's own is not used. Default: as their policies begin. */
  readonly population?: (key: Tensor) => readonly unknown[];
  /** Of values and second derivatives; default `centredRewards(dice())`. */
  readonly estimator?: Estimator;
}

/** The state of `metaPg` and `metaMapg`. */
export interface MetaGradientState extends LearnerState {
  readonly optimizer: unknown;
}

/** Climbs the return of a process of learning. */
export function metaGradientAscent(
  fn: string,
  name: string,
  game: SampledGame,
  options: MetaGradientOptions,
  peerLearning: boolean,
): Algorithm<MetaGradientState> {
  const { optimizer, innerRates, innerSteps, seat = 0, processes = 1 } = options;
  const { estimator = centredRewards(dice()) } = options;
  const { policies } = game;
  const begin = (key: Tensor) => {
    const keys = split(key, policies.length);
    return policies.map((network, j) => network.init(at(keys, j)));
  };
  const { population = begin } = options;
  checkWidth(fn, 'innerSteps', innerSteps);
  checkWidth(fn, 'processes', processes);
  if (!Number.isSafeInteger(seat) || seat < 0 || seat >= policies.length) {
    throw new ArgumentError(fn, 'seat', `be one of 0 to ${policies.length - 1}`, String(seat));
  }
  const rates = typeof innerRates === 'number' ? policies.map(() => innerRates) : innerRates;
  if (rates.length !== policies.length || !rates.every(Number.isFinite)) {
    const expected = `be a finite number, or ${policies.length} of them, one a seat`;
    throw new ArgumentError(fn, 'innerRates', expected, String(innerRates));
  }
  const values = (parameters: readonly unknown[], key: Tensor) =>
    estimator.surrogate(toRollout(game, play(game, parameters, key)));
  const process = { seat, rates, peerLearning };

  return {
    name: `${name}, ${innerSteps} inner steps`,
    init(key) {
      const parameters = policies[seat].init(key);
      return { parameters, optimizer: optimizer.init(parameters) };
    },
    update(state, key) {
      const loss = (own: unknown): Tensor => {
        const one = (k: Tensor): Tensor => {
          const keys = split(k);
          const start = population(at(keys, 0)).with(seat, own);
          const steps = reshape(split(at(keys, 1), 2 * innerSteps), [innerSteps, 2, ...k.shape]);
          return learningReturn(values, start, steps, process);
        };
        return neg(mean(vmap(one)(split(key, processes))));
      };
      const [cost, slope] = valueAndGrad(loss)(state.parameters);
      const step = optimizer.update(slope, state.optimizer, state.parameters);
      return {
        state: { parameters: applyUpdates(state.parameters, step.updates), optimizer: step.state },
        metrics: { return: neg(cost) },
      };
    },
  };
}
