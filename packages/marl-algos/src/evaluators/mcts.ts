/** Monte Carlo tree search as an opponent of given agents. */
import {
  ArgumentError,
  at,
  cast,
  categorical,
  concat,
  expandDims,
  foldIn,
  jit,
  split,
  stack,
  sub,
  type Tensor,
  tensor,
  vmap,
  where,
  zeros,
} from '@descant/tensor-ops';
import { checkWidth } from '../networks/network.ts';
import { logProbabilityOf, type Plays } from '../plays/play.ts';
import { firstPosition, look, observeAll, type Position, proceed } from '../plays/position.ts';
import { nextTurn } from '../training/train.ts';
import type { Challenge, Responder } from './agent.ts';
import { checkSeat } from './opponents.ts';
import { type Search, searchActions } from './tree-search.ts';

/** Options of `mcts`. */
export interface MctsOptions {
  /** Simulated plays for each decision; the papers have 1000. */
  readonly simulations: number;
  /** c of UCB1, for returns scaled to [0, 1]; default 0.5. */
  readonly exploration?: number;
  /** Steps that a simulation looks ahead at most; default: to the end of the play. */
  readonly horizon?: number;
  /** Called after each step of the plays with the steps done and all. */
  readonly onStep?: (done: number, steps: number) => void;
}

type Turn = Omit<Plays, 'finalObservations'>;

/** The search of a seat's actions in all plays of a game, step by step. */
async function searchPlays(search: Search, { key, signal }: Challenge, onStep: MctsOptions['onStep']) {
  const { game, parameters, seat } = search;
  const { plays, steps, environment } = game;
  const [forEpisodes, forChoices, forSearch] = [0, 1, 2].map((i) => at(split(key, 3), i));
  const episodes = split(forEpisodes, plays);
  const keysAt = (time: Tensor) => vmap((e: Tensor) => foldIn(e, time))(episodes);
  const turn = jit((given: readonly unknown[], position: Position, t: Tensor): readonly [Position, Turn] => {
    const now = { ...search, parameters: given };
    const view = look(game, given, position);
    const time = cast(t, 'uint32');
    const found = searchActions(now, position, sub(steps + 1, t), foldIn(forSearch, time));
    const actions = view.outputs.map((logits, i) =>
      i === seat ? found : categorical(foldIn(foldIn(forChoices, time), i), logits),
    );
    const logs = view.outputs.map((logits, i) =>
      i === seat ? zeros([plays], environment.dtype) : logProbabilityOf(logits, actions[i]),
    );
    const { position: next, ...step } = proceed(game, position, view.memories, actions, keysAt(time));
    const { observations } = view;
    const { over } = position;
    const logProbabilities = where(over, 0, stack(logs, 1));
    return [next, { ...step, observations, actions: stack(actions, 1), over, logProbabilities }];
  });
  let position = firstPosition(game, keysAt(tensor(0, { dtype: 'uint32' })));
  const turns: Turn[] = [];
  for (let t = 1; t <= steps; t++) {
    signal?.throwIfAborted();
    const [next, done] = turn(parameters, position, tensor(t, { dtype: 'int32' }));
    position = next;
    turns.push(done);
    onStep?.(t, steps);
    await nextTurn();
  }
  const over = (name: keyof Turn) =>
    concat(
      turns.map((done) => expandDims(done[name], 0)),
      0,
    );
  return {
    observations: over('observations'),
    actions: over('actions'),
    logProbabilities: over('logProbabilities'),
    rewards: over('rewards'),
    terminated: over('terminated'),
    truncated: over('truncated'),
    over: over('over'),
    finalObservations: observeAll(game, position.state),
  };
}

/**
 * Monte Carlo tree search as an opponent: it answers agents whose policies, with their memories, it knows.
 *
 * Before each of its moves it simulates plays from the present. In the tree it takes untried actions first, in random
 * order, and then UCB1's, `argmax_a Q(n, a) + c (high - low) sqrt(ln N(n) / N(n, a))`, where Q is the mean discounted
 * return that followed and [low, high] the range of returns seen in this search; beyond, its moves are drawn from the
 * policy of its seat in the game, the uniform one in leagues. The agents' moves are drawn from their policies, and
 * what is random in the environment is drawn anew: a child stands for an action of its own and the state that followed
 * (by a 32-bit hash), so that the search knows and conditions on what happened. Each simulation adds the first node
 * that is not yet there. It then plays the action most often tried, and forgets the tree. It does not know what the
 * environment or the agents will draw.
 *
 * All plays search side by side in one compiled call for each step.
 *
 * Source: Kocsis and Szepesvari 2006 (UCT); as best response Aghajohari et al. 2024 (BRS), section 5.5.2, which gives
 * the number of simulations only. Scaling by the range of returns is MuZero's (Schrittwieser et al. 2020, eq. 5).
 *
 * @throws ArgumentError when an option is out of range, or from `respond` when the environment's state has fractions.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { estimate, mcts, rewardPerStep, sampledGame, titForTat, uniformPolicy } from '@descant/marl-algos';
 * import { key } from '@descant/tensor-ops';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 4 });
 * const policies = [titForTat(environment, 0), uniformPolicy(environment, 1)];
 * const game = sampledGame({ environment, policies, plays: 4 });
 * const search = mcts({ simulations: 200 });
 * const plays = await search.respond({ game, parameters: [null, null], seat: 1, key: key(0) });
 * estimate(rewardPerStep(plays))[1].mean; // => -0.75
 * ```
 */
export function mcts(options: MctsOptions): Responder {
  const fn = 'mcts';
  const { simulations, exploration = 0.5, horizon, onStep } = options;
  checkWidth(fn, 'simulations', simulations);
  if (horizon !== undefined) checkWidth(fn, 'horizon', horizon);
  if (!(exploration >= 0 && exploration < Number.POSITIVE_INFINITY)) {
    throw new ArgumentError(fn, 'exploration', 'be a number of at least 0', String(exploration));
  }
  const ahead = horizon === undefined ? '' : `, ${horizon} steps ahead`;
  return {
    name: `mcts ${simulations}, c ${exploration}${ahead}`,
    respond(challenge) {
      const { game, parameters, seat } = challenge;
      checkSeat(fn, game.environment, seat);
      const depth = Math.min(horizon ?? game.steps, game.steps);
      const search = { game, parameters, seat, simulations, exploration, horizon: depth };
      return searchPlays(search, challenge, onStep);
    },
  };
}
