/** How meta-values are learned. */
import { ArgumentError } from '@descant/tensor-ops';
import type { PairNetworkOptions } from '../../networks/pair-network.ts';
import type { Rule } from '../rule.ts';
import type { Formulation } from './surrogate.ts';

/** Settings of `metaValueTraining`, with the symbols of the thesis' algorithm 4. */
export interface MetaValueSettings {
  readonly formulation: Formulation;
  /** alpha, the step size of both players on their surrogates. */
  readonly learningRate: number;
  /** How player 2 learns: as player 1 does, from the same network, or by a rule with the same step size. */
  readonly opponent: 'metaValue' | Rule;
  /** Plays side by side. */
  readonly batch: number;
  /** T, steps of exploration in one outer loop; a multiple of the stride. */
  readonly horizon: number;
  /** k, steps between two updates of the network, and the length of the trajectories it learns from. */
  readonly stride: number;
  /** lambda of the returns, in [0, 1]. */
  readonly lambda: number;
  /** M; 1 learns means alone. */
  readonly quantiles: number;
  /** Where the regression loss becomes linear; Infinity for squares. */
  readonly huberThreshold: number;
  /**
   * Where the next values of the targets come from: `target`, a network that lags behind; `current`, the network
   * itself, held constant; `fullGradient`, the network itself, differentiated.
   */
  readonly bootstrap: 'target' | 'current' | 'fullGradient';
  /** rho, what the target network keeps of itself at every update, in [0, 1]. */
  readonly inertia: number;
  /**
   * gamma: `arcsine`, drawn from the arcsine distribution for each player by itself; `sharedArcsine`, drawn once for
   * both; or fixed, in [0, 1].
   */
  readonly discount: 'arcsine' | 'sharedArcsine' | number;
  /**
   * How positions to learn from are reached: `surrogate`, along the surrogate with flipped signs; `network`, along the
   * network's values with flipped signs, the game left out; `none`, along the trajectories learned from.
   */
  readonly exploration: 'surrogate' | 'network' | 'none';
  /** The probability that a sign is flipped. */
  readonly flipProbability: number;
  /** eta, beta2 and weight decay of AdamW. */
  readonly adam: { readonly learningRate: number; readonly beta2: number; readonly weightDecay: number };
  readonly network: Omit<PairNetworkOptions, 'size' | 'outputs' | 'symmetric'>;
  /** Whether the game is the same from both sides; the network is symmetric when the players also learn alike. */
  readonly symmetricGame: boolean;
}

/** The settings that are one of a few names. */
const choices = {
  formulation: ['V', 'U'],
  bootstrap: ['target', 'current', 'fullGradient'],
  exploration: ['surrogate', 'network', 'none'],
  discount: ['arcsine', 'sharedArcsine'],
} as const;

/** Checks settings for the function `fn`. */
export function checkSettings(fn: string, settings: MetaValueSettings): void {
  for (const argument of ['batch', 'horizon', 'stride', 'quantiles'] as const) {
    const count = settings[argument];
    if (!Number.isInteger(count) || count < 1)
      throw new ArgumentError(fn, argument, 'be a whole number of at least 1', String(count));
  }
  const { horizon, stride, lambda, inertia, flipProbability, learningRate, huberThreshold, discount } =
    settings;
  if (horizon % stride !== 0)
    throw new ArgumentError(fn, 'horizon', `be a multiple of stride = ${stride}`, String(horizon));
  if (!Number.isFinite(learningRate))
    throw new ArgumentError(fn, 'learningRate', 'be a finite number', String(learningRate));
  if (!(huberThreshold > 0))
    throw new ArgumentError(fn, 'huberThreshold', 'be positive', String(huberThreshold));
  const shares = { lambda, inertia, flipProbability, ...(typeof discount === 'number' ? { discount } : {}) };
  for (const [argument, share] of Object.entries(shares)) {
    if (!(share >= 0 && share <= 1)) throw new ArgumentError(fn, argument, 'lie in [0, 1]', String(share));
  }
  for (const argument of ['formulation', 'bootstrap', 'exploration', 'discount'] as const) {
    const known: readonly string[] = choices[argument];
    const value = settings[argument];
    // A number has been checked among the shares.
    if (typeof value !== 'number' && !known.includes(value))
      throw new ArgumentError(fn, argument, `be one of ${known.join(', ')}`, String(value));
  }
}
