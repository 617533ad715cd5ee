/** Letting players learn along a network of meta-values whose parameters are an argument: for use during training. */
import {
  ArgumentError,
  at,
  type Executor,
  type FloatType,
  jit,
  mean,
  split,
  type Tensor,
} from '@descant/tensor-ops';
import type { Game } from '../../game.ts';
import { flatGame } from '../../networks/flat-game.ts';
import type { PairNetworkParameters } from '../../networks/pair-network.ts';
import { drawDiscounts } from './exploration.ts';
import { metaTrajectory, metaValueNetwork, quantilesAlong, temporalDifference } from './process.ts';
import { checkSettings, type MetaValueSettings } from './settings.ts';

/** Options of `metaValuePlay`. */
export interface MetaValuePlayOptions {
  readonly pairs: number;
  readonly steps: number;
  /** gamma of both players; default: as in the settings. */
  readonly discount?: MetaValueSettings['discount'];
  readonly dtype?: FloatType;
  readonly executor?: Executor;
}

/** What pairs of players went through. */
export interface MetaValuePlay {
  /** Their values after every step, [steps + 1, 2, pairs]. */
  readonly values: Tensor;
  /**
   * How far the network's first value is from the discounted sum of the steps that followed and its last value, for
   * each player: [2, pairs].
   */
  readonly error: Tensor;
}

/**
 * Compiles pairs of players who learn, from the game's initial parameters, as in training but without exploration.
 *
 * `error` is `sum_(t < steps) (1 - gamma) gamma^t r_t + gamma^steps V(x_steps) - V(x_0)` with V the expectation of the
 * network's quantiles and r_t the meta-reward f(x_t) of V or f(x_(t+1)) of U: over 100 steps, the long-term error of
 * Cooijmans 2023, thesis, fig. 6.3.
 *
 * @returns A function of a network's parameters and a key for the initial parameters and discounts.
 * @throws ArgumentError when a number is out of range or the game does not fit.
 *
 * @example
 * ```ts
 * import { metaValuePlay, metaValuePresets, metaValueTraining, tandemGame } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const settings = { ...metaValuePresets.thesisLogistic(), batch: 2, horizon: 3, stride: 3 };
 * const training = metaValueTraining(tandemGame(), settings);
 * const play = metaValuePlay(tandemGame(), settings, { pairs: 4, steps: 6 });
 * play(training.init(key(0)).parameters, key(1)).values.shape; // => [7, 2, 4]
 * ```
 */
export function metaValuePlay<P>(
  game: Game<P>,
  settings: MetaValueSettings,
  options: MetaValuePlayOptions,
): (parameters: PairNetworkParameters, key: Tensor) => MetaValuePlay {
  const fn = 'metaValuePlay';
  checkSettings(fn, settings);
  const { pairs, steps, discount = settings.discount, dtype = 'float32', executor } = options;
  for (const [argument, count] of Object.entries({ pairs, steps })) {
    if (!Number.isInteger(count) || count < 1)
      throw new ArgumentError(fn, argument, 'be a whole number of at least 1', String(count));
  }
  const flat = flatGame(fn, game, dtype);
  const network = metaValueNetwork(flat.size, settings);
  const play = (parameters: PairNetworkParameters, key: Tensor): MetaValuePlay => {
    const keys = split(key);
    const x = flat.init(split(at(keys, 0), pairs));
    const discounts = drawDiscounts(discount, at(keys, 1), pairs, dtype);
    const climb = { network, parameters, game: flat, formulation: settings.formulation, discounts };
    const { positions, rewards, values } = metaTrajectory(x, steps, climb, settings);
    const means = mean(quantilesAlong(network, parameters, positions, discounts), -1);
    return { values, error: temporalDifference(means, rewards, discounts) };
  };
  return jit(play, executor === undefined ? {} : { executor });
}
