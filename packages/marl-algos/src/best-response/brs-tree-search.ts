/** Best response shaping by tree search. */
import { leaveOneOutBaseline, type Rollout, scoreFunction, totalReturn } from '@descant/estimators';
import { at, div, foldIn, grad, mean, neg, reshape, type Tensor, valueAndGrad } from '@descant/tensor-ops';
import { applyUpdates, type Optimizer } from '@descant/tensor-ops/optim';
import type { Algorithm } from '../learners/learner.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { sharedReturn } from './self-play.ts';
import { type SearchedTrees, treeSearch } from './tree-search.ts';
import { checkAlike, checkTwoSeats } from './two-seats.ts';

/** Options of `brsTreeSearch`. */
export interface BrsTreeSearchOptions {
  readonly optimizer: Optimizer<unknown>;
  /** Of self-play with reward sharing: BRS-SP. Default: none, which is BRS. */
  readonly selfPlay?: Optimizer<unknown>;
}

/** State of `brsTreeSearch`. */
export interface BrsTreeSearchState {
  /** Of the agent's policy. */
  readonly parameters: unknown;
  readonly optimizer: unknown;
  /** Null without self-play. */
  readonly selfPlay: unknown;
}

/**
 * The agent's return against a tree search detective, with the gradient of its expectation.
 *
 * `R^1 + (R^1 - b) sum_nodes (log pi(a) - stop(log pi(a)))`, the mean over the trees, with the mean of the other trees
 * as baseline b: every draw in the tree answers for the return on the path, because the path depends on it.
 *
 * Source: Cooijmans 2023, thesis, appendix 5.E and 5.A.1, which name no baseline.
 *
 * @param trees - At least 2.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { sampledGame, tabularPolicy, treeSearch, treeSearchSurrogate } from '@descant/marl-algos';
 * import { grad, key, type Tensor, zeros } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 6 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 64 });
 * const value = (x: Tensor) => treeSearchSurrogate(treeSearch(game, x, key(0)));
 * grad(value)(zeros([5, 1])).shape; // => [5, 1]
 * ```
 */
export function treeSearchSurrogate({ logProbabilities, returns }: SearchedTrees): Tensor {
  const plays = logProbabilities.shape[0];
  const column = (x: Tensor) => reshape(x, [1, plays, 1]);
  const rollout: Rollout = {
    logProbabilities: column(logProbabilities),
    rewards: column(at(returns, 0, 1)),
    discount: 1,
  };
  const credit = totalReturn({ baseline: leaveOneOutBaseline() });
  return at(scoreFunction({ credit }).surrogate(rollout), 0);
}

/**
 * BRS and BRS-SP on a game small enough to search: the agent in seat 0 climbs its return against the best response to
 * itself, and with `selfPlay` after that its return against itself with reward sharing.
 *
 * Metrics: `reward` and `detectiveReward`, returns per step against the detective; with self-play `selfPlayReward`.
 *
 * Source: Cooijmans 2023, thesis, algorithm 2 with the detective of appendix 5.E; its settings are `sgd({ learningRate:
 * 3e-4 })` for both. It names no batch size.
 *
 * @param game - Of two seats, with the trees of one update as `plays`, at least 2.
 * @throws ArgumentError when the game does not have two seats, or their architectures differ with self-play.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { brsTreeSearch, mlpNetwork, sampledGame, train } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * import { sgd } from '@descant/tensor-ops/optim';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 6 });
 * const policies = mlpNetwork({ inputShape: [5], hidden: [16], outputs: 2 });
 * const game = sampledGame({ environment, policies, plays: 64 });
 * const brs = brsTreeSearch(game, { optimizer: sgd({ learningRate: 3e-4 }) });
 * const { history } = await train(brs, { key: key(0), updates: 2 });
 * Object.keys(history[1]); // => ['detectiveReward', 'reward']
 * ```
 */
export function brsTreeSearch(
  game: SampledGame,
  options: BrsTreeSearchOptions,
): Algorithm<BrsTreeSearchState> {
  const { optimizer, selfPlay } = options;
  checkTwoSeats('brsTreeSearch', game);
  if (selfPlay !== undefined) checkAlike('brsTreeSearch', game);
  return {
    name: selfPlay === undefined ? 'BRS by tree search' : 'BRS-SP by tree search',
    init(key) {
      const parameters = game.policies[0].init(key);
      return {
        parameters,
        optimizer: optimizer.init(parameters),
        selfPlay: selfPlay?.init(parameters) ?? null,
      };
    },
    update(state, key) {
      const before = state.parameters;
      const trees = (x: unknown) => treeSearch(game, x, foldIn(key, 0));
      const loss = (x: unknown) => neg(treeSearchSurrogate(trees(x)));
      const step = optimizer.update(grad(loss)(before), state.optimizer, before);
      const parameters = applyUpdates(before, step.updates);
      const perStep = (x: Tensor) => div(x, game.steps);
      const reward = (seat: number) => perStep(mean(at(trees(before).returns, seat, 1)));
      const metrics = { reward: reward(0), detectiveReward: reward(1) };
      if (selfPlay === undefined) {
        return { state: { ...state, parameters, optimizer: step.state }, metrics };
      }
      const selfLoss = (x: unknown) => neg(sharedReturn(game, x, foldIn(key, 1)));
      const [lost, gradient] = valueAndGrad(selfLoss)(parameters);
      const next = selfPlay.update(gradient, state.selfPlay, parameters);
      return {
        state: {
          parameters: applyUpdates(parameters, next.updates),
          optimizer: step.state,
          selfPlay: next.state,
        },
        metrics: { ...metrics, selfPlayReward: perStep(neg(lost)) },
      };
    },
  };
}
