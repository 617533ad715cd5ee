/** COLA: training a network of directions that are consistent with each other. */
import {
  ArgumentError,
  at,
  broadcastTo,
  type Executor,
  expandDims,
  type FloatType,
  jit,
  mean,
  scan,
  split,
  square,
  stopGradient,
  sub,
  type Tensor,
  uniform,
  valueAndGrad,
} from '@descant/tensor-ops';
import { type AdamState, adamw, applyUpdates } from '@descant/tensor-ops/optim';
import type { Game } from '../../game.ts';
import { flatGame } from '../../networks/flat-game.ts';
import {
  type PairNetwork,
  type PairNetworkOptions,
  type PairNetworkParameters,
  pairNetwork,
} from '../../networks/pair-network.ts';
import { shapingGradients } from './consistency.ts';

/** Settings of `colaTraining`. */
export interface ColaSettings {
  /** The range of alpha, the step size of the opponent's imagined step: drawn uniformly, and seen by the network. */
  readonly opponentRates: readonly [number, number];
  /** Positions side by side, drawn as the game's initial parameters are. */
  readonly batch: number;
  /** Whether both sides of the equation learn, or the right one is held constant. */
  readonly gradient: 'both' | 'left';
  readonly adam: { readonly learningRate: number; readonly beta2: number; readonly weightDecay: number };
  readonly network: Omit<PairNetworkOptions, 'size' | 'outputs'>;
}

/** The state of training; a tree of tensors. */
export interface ColaState {
  readonly parameters: PairNetworkParameters;
  readonly optimizer: AdamState;
  readonly key: Tensor;
}

/** COLA on one game, ready to be trained. */
export interface ColaTraining {
  readonly network: PairNetwork;
  init(key: Tensor): ColaState;
  /** `updates` updates in one compiled call; their losses, [updates]. */
  run(state: ColaState): { state: ColaState; losses: Tensor };
}

/** Options of `colaTraining`. */
export interface ColaTrainingOptions {
  /** Updates in one call of `run`; default 1. */
  readonly updates?: number;
  readonly dtype?: FloatType;
  readonly executor?: Executor;
}

/**
 * COLA, consistent learning with opponent-learning awareness: a network g learns the directions that are consistent
 * with each other.
 *
 * It minimises the mean square of `g_i(x; alpha) - d/dx_i f_i(x_i, x_j + alpha g_j(x; alpha))` over initial positions x
 * of the game and step sizes alpha; the derivative is total, through g.
 *
 * Source: Willi et al. 2022; Cooijmans 2023, thesis, appendix 6.B and 6.D, where the network sees alpha, drawn from
 * (0, 10). The thesis does not say from which positions it learns; Willi et al. draw them, too.
 *
 * @param game - Of two players with equally many parameters.
 * @returns A training, whose `network` and trained parameters `cola` makes a rule of.
 * @throws ArgumentError when the game or a setting does not fit.
 *
 * @example
 * ```ts
 * import { cola, colaTraining, logisticGame } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const training = colaTraining(logisticGame(), {
 *   opponentRates: [0, 10],
 *   batch: 4,
 *   gradient: 'both',
 *   adam: { learningRate: 1e-3, beta2: 0.999, weightDecay: 0 },
 *   network: { units: 8, residualBlocks: 1, encoder: 'thesis', input: 'parameters', last: 'gelu', symmetric: true },
 * });
 * const { state, losses } = training.run(training.init(key(0)));
 * losses.shape; // => [1]
 * cola({ network: training.network, parameters: state.parameters, opponentRate: 5 }).name; // => 'COLA'
 * ```
 */
export function colaTraining<P>(
  game: Game<P>,
  settings: ColaSettings,
  options: ColaTrainingOptions = {},
): ColaTraining {
  const { opponentRates, batch, gradient } = settings;
  const { updates = 1, dtype = 'float32', executor } = options;
  const [low, high] = opponentRates;
  if (!(low >= 0 && low < high && Number.isFinite(high))) {
    const expected = 'be two finite numbers of at least 0, ascending';
    throw new ArgumentError('colaTraining', 'opponentRates', expected, opponentRates.join(', '));
  }
  for (const [argument, count] of Object.entries({ batch, updates })) {
    if (!Number.isInteger(count) || count < 1)
      throw new ArgumentError('colaTraining', argument, 'be a whole number of at least 1', String(count));
  }
  if (gradient !== 'both' && gradient !== 'left')
    throw new ArgumentError('colaTraining', 'gradient', 'be both or left', String(gradient));
  const flat = flatGame('colaTraining', game, dtype);
  const network = pairNetwork({ ...settings.network, size: flat.size, outputs: flat.size });
  const optimizer = adamw(settings.adam);

  const lossAt = (x: Tensor, rates: Tensor) => (parameters: PairNetworkParameters) => {
    const seen = broadcastTo(expandDims(rates, 0), [2, batch]);
    const field = (y: Tensor) => network.outputs(parameters, y, seen);
    const consistent = shapingGradients(flat, field, x, rates);
    return mean(square(sub(field(x), gradient === 'left' ? stopGradient(consistent) : consistent)));
  };
  const update = ({ parameters, optimizer: before, key }: ColaState): [ColaState, Tensor] => {
    const keys = split(key, 3);
    const x = flat.init(split(at(keys, 1), batch));
    const rates = uniform(at(keys, 2), [batch], { dtype, low, high });
    const [loss, gradients] = valueAndGrad(lossAt(x, rates))(parameters);
    const next = optimizer.update(gradients, before, parameters);
    const moved = applyUpdates(parameters, next.updates);
    return [{ parameters: moved, optimizer: next.state, key: at(keys, 0) }, loss];
  };
  const compiled = jit(
    (state: ColaState) => scan((now: ColaState, _: null) => update(now), state, null, { length: updates }),
    executor === undefined ? {} : { executor },
  );
  return {
    network,
    init: jit((key: Tensor): ColaState => {
      const keys = split(key);
      const parameters = network.init(at(keys, 0), dtype);
      return { parameters, optimizer: optimizer.init(parameters), key: at(keys, 1) };
    }),
    run(state) {
      const [next, losses] = compiled(state);
      return { state: next, losses };
    },
  };
}
