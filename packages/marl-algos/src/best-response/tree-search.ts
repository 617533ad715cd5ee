/** The tree search detective: an opponent that tries everything against the answers of an agent. */
import {
  add,
  arange,
  argmax,
  at,
  broadcastTo,
  categorical,
  equal,
  expandDims,
  foldIn,
  mul,
  reshape,
  split,
  sum,
  type Tensor,
  vmap,
  where,
  zeros,
} from '@descant/tensor-ops';
import { logProbabilityOf } from '../plays/play.ts';
import { firstPosition, observeAll, proceed } from '../plays/position.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { repeatRows } from './rows.ts';
import { checkTwoSeats } from './two-seats.ts';

/** B trees of all that the detective can do in a game, with what the agent did in each case. */
export interface SearchedTrees {
  /** log pi of all of the agent's actions in a tree, also off the path that the detective takes: [B]. */
  readonly logProbabilities: Tensor;
  /** Discounted returns on the path that the detective takes, of the agent and of the detective: [B, 2]. */
  readonly returns: Tensor;
}

/** What happened after the nodes of one depth: [n A, 2] rewards, by node and action of the detective. */
type Branches = { readonly rewards: Tensor; readonly moves: number };

/** The returns on the detective's best path from the roots, [B, 2], from the leaves backwards. */
function bestPath(depths: readonly Branches[], discount: number, like: Tensor): Tensor {
  return depths.reduceRight(
    (later, { rewards, moves }) => {
      const values = reshape(add(rewards, mul(discount, later)), [rewards.shape[0] / moves, moves, 2]);
      const taken = equal(arange(0, moves), expandDims(argmax(at(values, 1, 2), 1), 1));
      return sum(where(expandDims(taken, 2), values, 0), 1);
    },
    zeros(depths[depths.length - 1].rewards.shape, like.dtype),
  );
}

function search(
  game: SampledGame,
  parameters: unknown,
  choose: (logits: Tensor, depth: number) => Tensor,
  key: Tensor,
): SearchedTrees {
  const { environment, policies, plays, steps, discount } = game;
  const moves = environment.actions[1];
  const episodes = split(key, plays);
  const keysAt = (depth: number) => vmap((e: Tensor) => foldIn(e, depth))(episodes);
  let position = firstPosition(game, keysAt(0));
  let logProbabilities = zeros([plays], environment.dtype);
  const depths: Branches[] = [];
  for (let depth = 0; depth < steps; depth++) {
    const nodes = moves ** depth;
    const seen = at(observeAll(game, position.state), 0, 1);
    const answer = policies[0].step(parameters, seen, position.memories[0]);
    const action = choose(answer.outputs, depth);
    const log = where(at(position.over, 0, 1), 0, logProbabilityOf(answer.outputs, action));
    logProbabilities = add(logProbabilities, sum(reshape(log, [plays, nodes]), 1));
    const tried = reshape(broadcastTo(arange(0, moves), [plays * nodes, moves]), [-1]);
    const branches = repeatRows({ position, action, memory: answer.memory }, moves);
    // Chance at a step is the same whatever was done before.
    const chances = repeatRows(keysAt(depth + 1), nodes * moves);
    const memories = [branches.memory, branches.position.memories[1]];
    const step = proceed(game, branches.position, memories, [branches.action, tried], chances);
    depths.push({ rewards: step.rewards, moves });
    position = step.position;
  }
  return { logProbabilities, returns: bestPath(depths, discount, logProbabilities) };
}

/**
 * The tree search detective against an agent in seat 0: it sees what the agent does after everything that it may do
 * itself, and takes the path that pays it most.
 *
 * In each node of a tree, one action of the agent is drawn from its policy; all A actions of the detective branch from
 * there. The detective chooses backwards, `a = argmax_a r + gamma V(child_a)`; of equal values it takes the action with the
 * lowest number (the thesis does not say). A tree of T steps has `sum_t A^t` nodes, whose log-probabilities all count,
 * because the path depends on all of the draws. Tree b draws its chances from `split(key, B)[b]`: they do not depend on
 * what is done.
 *
 * Source: Cooijmans 2023, thesis, ch. 5, appendix 5.E.
 *
 * @param game - Of two seats; the policy of seat 1 is not used.
 * @param parameters - Of the agent's policy.
 * @throws ArgumentError when the game does not have two seats.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { sampledGame, tabularPolicy, treeSearch } from '@descant/marl-algos';
 * import { key, tensor } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 6 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 1 });
 * const titForTat = tensor([[99], [99], [-99], [99], [-99]]);
 * // Cooperation pays the detective until the last step.
 * treeSearch(game, titForTat, key(0)).returns.toArray(); // => [[-8, -5]]
 * ```
 */
export function treeSearch(game: SampledGame, parameters: unknown, key: Tensor): SearchedTrees {
  checkTwoSeats('treeSearch', game);
  const keys = split(key);
  const choices = at(keys, 1);
  const draw = (logits: Tensor, depth: number) => categorical(foldIn(choices, depth), logits);
  return search(game, parameters, draw, at(keys, 0));
}

/**
 * The trees in which given actions are taken: `treeSearch` without draws from the policy, for exact sums.
 *
 * @param actions - Of the agent: for each depth t int32[B, A^t], the nodes in the order of the detective's actions.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { sampledGame, tabularPolicy, treeSearchActions } from '@descant/marl-algos';
 * import { key, tensor, zeros } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 2 });
 * const game = sampledGame({ environment, policies: tabularPolicy(5, 2), plays: 1 });
 * const actions = [[[0]], [[0, 1]]].map((a) => tensor(a, { dtype: 'int32' })); // tit for tat
 * treeSearchActions(game, zeros([5, 1]), actions, key(0)).returns.toArray(); // => [[-4, -1]]
 * ```
 */
export function treeSearchActions(
  game: SampledGame,
  parameters: unknown,
  actions: readonly Tensor[],
  key: Tensor,
): SearchedTrees {
  checkTwoSeats('treeSearchActions', game);
  return search(game, parameters, (_logits, depth) => reshape(actions[depth], [-1]), key);
}
