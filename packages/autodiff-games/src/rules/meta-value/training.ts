/** Meta-value learning: training a network along the learning of the players that it guides. */
import {
  ArgumentError,
  add,
  at,
  concat,
  type Executor,
  expandDims,
  type FloatType,
  fori,
  full,
  jit,
  mapTree,
  mean,
  mul,
  scan,
  slice,
  split,
  sqrt,
  square,
  stack,
  stopGradient,
  sub,
  type Tensor,
  valueAndGrad,
} from '@descant/tensor-ops';
import { type AdamState, adamw, applyUpdates } from '@descant/tensor-ops/optim';
import type { Game } from '../../game.ts';
import { type FlatGame, flatGame } from '../../networks/flat-game.ts';
import { type PairNetwork, type PairNetworkParameters, pairNetwork } from '../../networks/pair-network.ts';
import { arcsineDiscounts, flippedSigns } from './exploration.ts';
import { lambdaReturns } from './lambda-returns.ts';
import { quantileLoss } from './quantile-loss.ts';
import {
  metaSteps,
  type MetaTrajectory,
  metaTrajectory,
  metaValueNetwork,
  quantilesAlong,
  rootMeanSquare,
  temporalDifference,
} from './process.ts';
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
 * Meta-value learning: a network learns the discounted sum of what a player's learning process will earn, and the
 * player climbs its gradient.
 */
export function metaValueTraining<P>(
  game: Game<P>,
  settings: MetaValueSettings,
  options: MetaValueTrainingOptions = {},
): MetaValueTraining {
  checkSettings(settings);
  const { loops = 1, dtype = 'float32', executor } = options;
  const flat = flatGame('metaValueTraining', game, dtype);
  const network = metaValueNetwork(flat.size, settings);
  const optimizer = adamw(settings.adam);
  const { batch, stride, horizon, exploration, inertia, formulation } = settings;

  const drawnDiscounts = (key: Tensor) =>
    settings.discount === 'arcsine'
      ? arcsineDiscounts(key, [2, batch], dtype)
      : full([2, batch], settings.discount, dtype);

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
    const signs = flippedSigns(at(keys, 2), settings.flipProbability, [2, batch, network.options.units], dtype);
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
    (state: MetaValueState) => scan((now: MetaValueState, _: null) => outerLoop(now), state, null, { length: loops }),
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
