/** Matrix games and others with known values, played by one who sets its policy anew at each step of a learner. */
import type { Game, Rule } from '@descant/autodiff-games';
import {
  ArgumentError,
  add,
  concat,
  type FloatType,
  key as keyOf,
  mul,
  sigmoid,
  stack,
  type Tensor,
} from '@descant/tensor-ops';

/** The game of shaping a learner: an environment of one agent, as functions of a single play. */
export interface MetaGame {
  readonly name: string;
  /** The number of parameters of each player. */
  readonly sizes: readonly [number, number];
  readonly dtype: FloatType;
  /** A beginning: policies of both players, drawn with the key. */
  start(key: Tensor): MetaStart;
  /** One step: the agent's policy x against the learner's y, which then learns. */
  step(learner: Tensor, action: Tensor): MetaStep;
}

/** How a meta-game begins. */
export interface MetaStart {
  /** The learner's parameters. */
  readonly learner: Tensor;
  /** What the agent sees first. */
  readonly observation: Tensor;
}

/** What a step of a meta-game leads to. */
export interface MetaStep extends MetaStart {
  /** [2]: of the agent, and of the learner. */
  readonly rewards: Tensor;
}

/** Options of `metaGame`. */
export interface MetaGameOptions {
  /** Of two players whose parameters are vectors of logits. */
  readonly game: Game;
  /** How player 2 learns. */
  readonly opponent: Rule;
  /** eta, the step size of player 2. */
  readonly learningRate: number;
  readonly dtype?: FloatType;
}

/** What both agent and opponent are: sigma of their logits. */
export const metaState = (own: Tensor, other: Tensor): Tensor => sigmoid(concat([own, other], own.rank - 1));

/**
 * The meta-game of M-FOS: its state is what both players do, its action a policy, its reward the policy's value.
 *
 * With action x and learner y: `r = (f_1(x, y), f_2(x, y))`, next `y <- y + eta d_2(x, y)` by the learner's rule, and
 * the agent sees `sigma([x, y])` with the y BEFORE its step. It starts from standard normal x and y after one step.
 *
 * Source: Lu et al. 2022 (M-FOS), sec. 4, and the authors' code, where the observation lags behind in this way.
 * Deviation: the agent is player 1, in the code player 2.
 *
 * @throws ArgumentError when the game is not one of two players with a vector of parameters each, or the step size is
 *   not a finite number.
 *
 * @example
 * ```ts
 * import { iteratedPrisonersDilemma, naive } from '@descant/autodiff-games';
 * import { metaGame } from '@descant/marl-algos';
 * import { full } from '@descant/tensor-ops';
 * const shaping = metaGame({ game: iteratedPrisonersDilemma(), opponent: naive(), learningRate: 25 });
 * const { rewards, observation } = shaping.step(full([5], 0), full([5], 0));
 * rewards.toArray(); // => [-1.5, -1.5]
 * observation.shape; // => [10]
 * ```
 */
export function metaGame(options: MetaGameOptions): MetaGame {
  const { game, opponent, learningRate, dtype = 'float32' } = options;
  const sizes = vectorSizes('metaGame', game, dtype);
  if (!Number.isFinite(learningRate)) {
    throw new ArgumentError('metaGame', 'learningRate', 'be a finite number', String(learningRate));
  }
  const step = (learner: Tensor, action: Tensor): MetaStep => {
    const players = [action, learner];
    const direction = opponent.direction(game, players, 1);
    return {
      learner: add(learner, mul(direction, learningRate)),
      observation: metaState(action, learner),
      rewards: stack(game.values(players)),
    };
  };
  return {
    name: `${game.name} against ${opponent.name}`,
    sizes,
    dtype,
    start(key) {
      const [own, learner] = game.init(key, dtype);
      const first = step(learner, own);
      return { learner: first.learner, observation: first.observation };
    },
    step,
  };
}

/** The numbers of parameters of two players that have a vector each. */
export function vectorSizes(fn: string, game: Game, dtype: FloatType): readonly [number, number] {
  const players = game.init(keyOf(0), dtype);
  if (players.length !== 2) {
    throw new ArgumentError(fn, 'game', 'have two players', `${game.name} with ${players.length}`);
  }
  const [own, other] = players.map(({ shape }) => shape);
  if (own.length !== 1 || other.length !== 1) {
    const received = `${game.name} with shapes [${own.join(', ')}] and [${other.join(', ')}]`;
    throw new ArgumentError(fn, 'game', 'have a vector of parameters a player', received);
  }
  return [own[0], other[0]];
}
