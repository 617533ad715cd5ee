/** Meta-value learning on plays: what learning will earn, learned from sampled returns. */
import {
  arcsineDiscounts,
  flippedSigns,
  lambdaReturns,
  type PairNetworkOptions,
  type PairNetworkParameters,
  pairNetwork,
  quantileLoss,
} from '@descant/autodiff-games';
import { dice, type Estimator } from '@descant/estimators';
import {
  ArgumentError,
  add,
  at,
  concat,
  expandDims,
  type FloatType,
  mapTree,
  mean,
  moveAxis,
  mul,
  scan,
  slice,
  split,
  stack,
  type Tensor,
  valueAndGrad,
  vmap,
} from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Algorithm } from '../learners/learner.ts';
import { checkWidth } from '../networks/network.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { centredRewards } from '../shaping/centred-rewards.ts';
import { joined, parameterCount } from './flat-parameters.ts';
import { type Ascent, estimationOf, surrogateDirections } from './meta-value-ascent.ts';

/** Options of `metaValueLearning`, with the symbols of the thesis' algorithm 4. */
export interface MetaValueLearningOptions {
  /** Of the network. */
  readonly optimizer: Optimizer<unknown>;
  /** alpha, the step size of both players, on values per step. */
  readonly learningRate: number;
  /** How player 2 learns: along the network, too, or naively. */
  readonly opponent: 'metaValue' | 'naive';
  /** R, pairs of players that learn side by side; default 32. */
  readonly pairs?: number;
  /** T, the steps of a pair in an update of the algorithm, a multiple of the stride; default 100. */
  readonly horizon?: number;
  /** k, steps of exploration, and then of the trajectory that the network learns from; default 10. */
  readonly stride?: number;
  /** lambda of the returns, in [0, 1]; default 0.9. */
  readonly lambda?: number;
  /** M; default 32. */
  readonly quantiles?: number;
  /** rho, what the target network keeps of itself at each step; default 0.99. */
  readonly inertia?: number;
  /** The probability that a sign is flipped while exploring; default 1/16. */
  readonly flipProbability?: number;
  readonly network: Omit<PairNetworkOptions, 'size' | 'outputs'>;
  /** Of the players' values; default `centredRewards(dice())`. */
  readonly estimator?: Estimator;
}

/** The state of `metaValueLearning`. */
export interface MetaValueLearningState {
  readonly parameters: PairNetworkParameters;
  /** What follows them, and what to play along. */
  readonly target: PairNetworkParameters;
  readonly optimizer: unknown;
}

/**
 * Meta-value learning (MeVa) where values are not known: rewards and gradients of the learning process are estimates
 * from fresh plays at every step.
 *
 * A network holds `U_i(x)`, what player i's process of learning earns after its next step; players climb `(1 - gamma)
 * f_i(x) + gamma U_i(x)` with f's gradient from plays. In an update, R new pairs learn for T steps: k steps of exploration
 * along flipped signs, then k along the network, from which it learns by quantile regression on lambda-returns `Y_t = (1 -
 * gamma) r_t + gamma ((1 - lambda) U(x_(t+1); theta') + lambda Y_(t+1))`, with r_t the mean return of the plays at
 * x_(t+1). Returns enter the targets linearly, so that sampling adds noise to the distribution, and no bias to its mean.
 *
 * Source: Cooijmans 2023, thesis, algorithm 4 and appendix 6.E; with known values it is `metaValueTraining` of
 * `@descant/autodiff-games`, whose network and losses these are. The metrics are the regression's loss and mean
 * values per step of both players at the end of the trajectories.
 *
 * @param game - Of two seats with equally many parameters; its plays are those of one estimate.
 * @throws ArgumentError when the game or an option does not fit.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { metaValueLearning, sampledGame, tabularPolicy, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { adamw } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 5 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 8, discount: 0.9 });
 * const meva = metaValueLearning(game, {
 *   learningRate: 5, opponent: 'naive', pairs: 4, horizon: 4, stride: 2, quantiles: 4,
 *   optimizer: adamw({ learningRate: 1e-3, beta2: 0.99 }),
 *   network: { units: 8, residualBlocks: 1, encoder: 'thesis', input: 'probabilities', last: 'tanh', symmetric: false },
 * });
 * const { history } = await train(meva, { key: key(0), updates: 1 });
 * history[0].loss > 0; // => true
 * ```
 */
export function metaValueLearning(
  game: SampledGame,
  options: MetaValueLearningOptions,
): Algorithm<MetaValueLearningState> {
  const fn = 'metaValueLearning';
  const { pairs = 32, horizon = 100, stride = 10, lambda = 0.9, quantiles = 32 } = options;
  const { inertia = 0.99, flipProbability = 1 / 16, learningRate, opponent, optimizer } = options;
  const { estimator = centredRewards(dice()) } = options;
  for (const [name, count] of Object.entries({ pairs, horizon, stride, quantiles }))
    checkWidth(fn, name, count);
  if (horizon % stride !== 0) {
    throw new ArgumentError(fn, 'horizon', `be a multiple of stride = ${stride}`, String(horizon));
  }
  for (const [name, share] of Object.entries({ lambda, inertia, flipProbability })) {
    if (!(share >= 0 && share <= 1)) throw new ArgumentError(fn, name, 'lie in [0, 1]', String(share));
  }
  if (!Number.isFinite(learningRate)) {
    throw new ArgumentError(fn, 'learningRate', 'be a finite number', String(learningRate));
  }
  if (opponent !== 'metaValue' && opponent !== 'naive') {
    throw new ArgumentError(fn, 'opponent', 'be metaValue or naive', String(opponent));
  }
  const network = pairNetwork({ ...options.network, size: parameterCount(fn, game), outputs: quantiles });
  const { dtype } = game.environment;
  const estimation = estimationOf(game, estimator);

  const move = (x: Tensor, ascent: Ascent, key: Tensor): Tensor => {
    const { slopes } = estimation(x, key);
    const climb = surrogateDirections(x, slopes, ascent);
    const both = opponent === 'metaValue' ? climb : stack([at(climb, 0), at(slopes, 1)]);
    return add(x, mul(both, learningRate));
  };
  const explore = (x: Tensor, ascent: Ascent, key: Tensor): Tensor =>
    scan((y: Tensor, k: Tensor): [Tensor, null] => [move(y, ascent, k), null], x, split(key, stride))[0];

  /** Positions x_0, ..., x_k and what is earned at x_1, ..., x_k. */
  const trajectory = (x: Tensor, ascent: Ascent, key: Tensor) => {
    const [, seen] = scan(
      (now: Tensor, k: Tensor): [Tensor, { position: Tensor; reward: Tensor }] => {
        const keys = split(k);
        const next = move(now, ascent, at(keys, 0));
        return [next, { position: next, reward: estimation(next, at(keys, 1)).values }];
      },
      x,
      split(key, stride),
    );
    return { positions: concat([expandDims(x, 0), seen.position]), rewards: seen.reward };
  };

  const learn = (state: MetaValueLearningState, start: Tensor, key: Tensor) => {
    const keys = split(key);
    const discounts = arcsineDiscounts(at(keys, 0), [2, pairs], dtype);
    const { positions, rewards } = trajectory(
      start,
      { network, parameters: state.parameters, discounts },
      at(keys, 1),
    );
    const outputs = (p: PairNetworkParameters) =>
      vmap((x: Tensor) => network.outputs(p, x, discounts))(positions);
    const targets = lambdaReturns({ rewards, values: outputs(state.target), discounts, lambda });
    const lossOf = (p: PairNetworkParameters) =>
      quantileLoss(slice(outputs(p), [0, 0, 0, 0], targets.shape), targets);
    const [loss, slope] = valueAndGrad(lossOf)(state.parameters);
    const step = optimizer.update(slope, state.optimizer, state.parameters);
    const parameters = applyUpdates(state.parameters, step.updates);
    const target = mapTree(
      (old: Tensor, p: Tensor) => add(mul(inertia, old), mul(1 - inertia, p)),
      state.target,
      parameters,
    );
    return {
      state: { parameters, target, optimizer: step.state },
      seen: { loss, values: mean(at(rewards, stride - 1), 1) },
    };
  };

  return {
    name: `MeVa on plays, opponent ${opponent}`,
    init(key) {
      const parameters = network.init(key, dtype as FloatType);
      return { parameters, target: parameters, optimizer: optimizer.init(parameters) };
    },
    update(before, key) {
      const keys = split(key, 4);
      const start = vmap((k: Tensor) => joined(game, k))(split(at(keys, 0), pairs));
      const discounts = arcsineDiscounts(at(keys, 1), [2, pairs], dtype);
      const signs = flippedSigns(at(keys, 2), flipProbability, [2, pairs, network.options.units], dtype);
      const [end, seen] = scan(
        ({ state, x }: { state: MetaValueLearningState; x: Tensor }, k: Tensor) => {
          const own = split(k);
          const ascent = { network, parameters: state.parameters, discounts, signs };
          const reached = explore(x, ascent, at(own, 0));
          const learned = learn(state, reached, at(own, 1));
          return [{ state: learned.state, x: reached }, learned.seen];
        },
        { state: before, x: moveAxis(start, 1, 0) },
        split(at(keys, 3), horizon / stride),
      );
      const last = at(seen.values, horizon / stride - 1);
      return {
        state: end.state,
        metrics: { loss: mean(seen.loss), '0.value': at(last, 0), '1.value': at(last, 1) },
      };
    },
  };
}
