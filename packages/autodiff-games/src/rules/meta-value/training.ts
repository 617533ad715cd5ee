/** Meta-value learning: training a network along the learning of the players that it guides. */
import {
  ArgumentError,
  add,
  at,
  type Executor,
  type FloatType,
  jit,
  mapTree,
  mean,
  mul,
  scan,
  slice,
  split,
  stopGradient,
  type Tensor,
  valueAndGrad,
} from '@descant/tensor-ops';
import { type AdamState, adamw, applyUpdates } from '@descant/tensor-ops/optim';
import type { Game } from '../../game.ts';
import { flatGame } from '../../networks/flat-game.ts';
import type { PairNetwork, PairNetworkParameters } from '../../networks/pair-network.ts';
import { drawDiscounts, flippedSigns } from './exploration.ts';
import { lambdaReturns } from './lambda-returns.ts';
import {
  type MetaTrajectory,
  metaSteps,
  metaTrajectory,
  metaValueNetwork,
  quantilesAlong,
  rootMeanSquare,
  temporalDifference,
} from './process.ts';
import { quantileLoss } from './quantile-loss.ts';
import { checkSettings, type MetaValueSettings } from './settings.ts';

/** What an update changes. */
interface Learner {
  readonly parameters: PairNetworkParameters;
  /** The network that lags behind, which is what is used in the end. */
  readonly target: PairNetworkParameters;
  readonly optimizer: AdamState;
}

/** The state of training; a tree of tensors. */
export interface MetaValueState extends Learner {
  readonly key: Tensor;
}

/** What one outer loop showed, or, with a leading axis, several. */
export interface MetaValueProgress {
  /** The loss, averaged over the updates. */
  readonly loss: Tensor;
  /** The root mean square of the error of the means over a trajectory of `stride` steps, at the first update. */
  readonly shortTermError: Tensor;
}

/** Meta-value learning on one game, ready to be trained. */
export interface MetaValueTraining {
  readonly network: PairNetwork;
  /** The state before the first update; both networks start alike. */
  init(key: Tensor): MetaValueState;
  /** `loops` outer loops in one compiled call; the progress has the leading axis [loops]. */
  run(state: MetaValueState): { state: MetaValueState; progress: MetaValueProgress };
}

/** Options of `metaValueTraining`. */
export interface MetaValueTrainingOptions {
  /** Outer loops in one call of `run`; default 1. */
  readonly loops?: number;
  readonly dtype?: FloatType;
  readonly executor?: Executor;
}

/** The loss of a network on a trajectory, with the error that `temporalDifference` describes. */
export function metaValueLoss(
  network: PairNetwork,
  parameters: PairNetworkParameters,
  target: PairNetworkParameters,
  { positions, rewards }: MetaTrajectory,
  discounts: Tensor,
  { bootstrap, lambda, huberThreshold }: MetaValueSettings,
): { loss: Tensor; error: Tensor } {
  const predicted = quantilesAlong(network, parameters, positions, discounts);
  const values = {
    target: () => quantilesAlong(network, target, positions, discounts),
    current: () => stopGradient(predicted),
    fullGradient: () => predicted,
  }[bootstrap]();
  const returns = lambdaReturns({ rewards, values, discounts, lambda });
  const kept = slice(predicted, [0, 0, 0, 0], returns.shape);
  return {
    loss: quantileLoss(kept, returns, huberThreshold),
    error: rootMeanSquare(temporalDifference(mean(predicted, -1), rewards, discounts)),
  };
}

/**
 * Meta-value learning (MeVa): a network learns what a player's learning process will earn, and the player climbs it.
 *
 * An outer loop draws initial parameters x~, discounts gamma~ and flipped signs theta~. Then, T / k times, it takes k steps
 * of exploration `x~ <- x~ + alpha d(x~; theta~, gamma~)`, draws gamma, lets the players learn for k steps from x~ along the network as it is,
 * and takes one step of AdamW on the regression of the network's quantiles at x_0, ..., x_(k-1) to their lambda-returns
 * `Y_t = (1 - gamma) r_t + gamma ((1 - lambda) U(x_(t+1); theta') + lambda Y_(t+1))`, theta' following theta with inertia
 * rho. Player 1's direction d is the gradient of its surrogate: V(x) itself, or `(1 - gamma) f(x) + gamma U(x)` with U(x)
 * the meta-value after the next step. Values of both players are learned, whoever the opponent is.
 *
 * All of it, rollouts, loss and AdamW, for `loops` outer loops, is one compiled call. Nothing is differentiated through
 * a rollout.
 *
 * Source: Cooijmans 2023, thesis, algorithms 3 and 4, sec. 6.4, appendix 6.A and 6.C. Deviations, as in the authors'
 * notebook: both players have one network (their values depend on theta through the same weights), the loss is averaged
 * over quantiles of the target and summed over those predicted, and GELU is its approximation by tanh. Without
 * exploration the process goes on along the trajectories that are learned from, so that k = T is algorithm 3.
 *
 * @param game - Of two players with equally many parameters.
 * @param settings - See `metaValuePresets` for published ones.
 * @param options.loops - Outer loops in one call of `run`.
 * @returns A training, whose network and `target` parameters `metaValue` makes a rule of.
 * @throws ArgumentError when the game or a setting does not fit.
 *
 * @example
 * ```ts
 * import { metaValuePresets, metaValueTraining, iteratedPrisonersDilemma, naive } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const published = metaValuePresets.notebook({ learningRate: 25, opponent: naive(), symmetricGame: true });
 * const small = { ...published, batch: 2, horizon: 4, stride: 2, network: { ...published.network, units: 8 } };
 * const training = metaValueTraining(iteratedPrisonersDilemma(), small, { loops: 3 });
 * const { state, progress } = training.run(training.init(key(0)));
 * progress.loss.shape; // => [3]
 * training.run(state).progress.shortTermError.shape; // => [3]
 * ```
 */
export function metaValueTraining<P>(
  game: Game<P>,
  settings: MetaValueSettings,
  options: MetaValueTrainingOptions = {},
): MetaValueTraining {
  checkSettings('metaValueTraining', settings);
  const { loops = 1, dtype = 'float32', executor } = options;
  if (!Number.isInteger(loops) || loops < 1)
    throw new ArgumentError('metaValueTraining', 'loops', 'be a whole number of at least 1', String(loops));
  const flat = flatGame('metaValueTraining', game, dtype);
  const network = metaValueNetwork(flat.size, settings);
  const optimizer = adamw(settings.adam);
  const { batch, stride, horizon, exploration, inertia, formulation } = settings;

  const drawnDiscounts = (key: Tensor) => drawDiscounts(settings.discount, key, batch, dtype);

  const update = (now: Learner, x: Tensor, key: Tensor): [Learner, MetaTrajectory, MetaValueProgress] => {
    const { parameters, target } = now;
    const discounts = drawnDiscounts(key);
    const climb = { network, parameters, game: flat, formulation, discounts };
    const trajectory = metaTrajectory(x, stride, climb, settings);
    const lossOf = (p: PairNetworkParameters) =>
      metaValueLoss(network, p, target, trajectory, discounts, settings);
    const [loss, gradients] = valueAndGrad((p: PairNetworkParameters) => lossOf(p).loss)(parameters);
    const { updates, state } = optimizer.update(gradients, now.optimizer, parameters);
    const moved = applyUpdates(parameters, updates);
    const followed = mapTree((old, p) => add(mul(inertia, old), mul(1 - inertia, p)), target, moved);
    return [
      { parameters: moved, target: followed, optimizer: state },
      trajectory,
      { loss, shortTermError: lossOf(parameters).error },
    ];
  };

  const outerLoop = ({ key, ...learner }: MetaValueState): [MetaValueState, MetaValueProgress] => {
    const keys = split(key, 5);
    const signs = flippedSigns(
      at(keys, 2),
      settings.flipProbability,
      [2, batch, network.options.units],
      dtype,
    );
    const discounts = drawnDiscounts(at(keys, 3));
    const explore = (x: Tensor, { parameters }: Learner) => {
      const climb = { network, parameters, game: flat, discounts, signs };
      const along = exploration === 'network' ? ('V' as const) : formulation;
      return metaSteps(x, stride, { ...climb, formulation: along }, settings);
    };
    const [end, progress] = scan(
      ({ learner: now, x }: { learner: Learner; x: Tensor }, updateKey: Tensor) => {
        const start = exploration === 'none' ? x : explore(x, now);
        const [next, trajectory, seen] = update(now, start, updateKey);
        const reached = exploration === 'none' ? at(trajectory.positions, stride) : start;
        return [{ learner: next, x: reached }, seen];
      },
      { learner, x: flat.init(split(at(keys, 1), batch)) },
      split(at(keys, 4), horizon / stride),
    );
    return [
      { ...end.learner, key: at(keys, 0) },
      { loss: mean(progress.loss), shortTermError: at(progress.shortTermError, 0) },
    ];
  };

  const compiled = jit(
    (state: MetaValueState) =>
      scan((now: MetaValueState, _: null) => outerLoop(now), state, null, { length: loops }),
    executor === undefined ? {} : { executor },
  );
  const started = jit((key: Tensor): MetaValueState => {
    const keys = split(key);
    const parameters = network.init(at(keys, 0), dtype);
    return { parameters, target: parameters, optimizer: optimizer.init(parameters), key: at(keys, 1) };
  });
  return {
    network,
    init: started,
    run(state) {
      const [next, progress] = compiled(state);
      return { state: next, progress };
    },
  };
}
