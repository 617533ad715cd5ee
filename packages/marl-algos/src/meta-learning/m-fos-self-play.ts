/** Two M-FOS agents that shape each other, on games with known values. */
import { type Game, naive } from '@descant/autodiff-games';
import {
  ArgumentError,
  add,
  at,
  cast,
  cond,
  type FloatType,
  greaterEqual,
  mean,
  mul,
  scan,
  split,
  stack,
  sub,
  type Tensor,
  uniform,
  vmap,
  zeros,
} from '@descant/tensor-ops';
import type { Algorithm } from '../learners/learner.ts';
import { drawAction } from './gaussian-policy.ts';
import { playMetaGame } from './m-fos.ts';
import { type MetaPlays, type MFosOptions, type MFosState, mFosAgent, mFosSettings } from './m-fos-agent.ts';
import { metaGame, metaState, vectorSizes } from './meta-game.ts';

/** Options of `mFosSelfPlay`. */
export interface MFosSelfPlayOptions extends MFosOptions {
  /** eta of the naive learners that the agents practise on. */
  readonly learningRate: number;
  /** What the probability of practice loses with each update, from 1 on; default 0.0015. */
  readonly annealing?: number;
  readonly dtype?: FloatType;
}

/** The state of `mFosSelfPlay`. */
export interface MFosSelfPlayState {
  readonly agents: readonly MFosState[];
  /** Updates done, int32. */
  readonly updates: Tensor;
}

/** The next states of both agents, and their mean rewards [2]. */
interface Round {
  readonly agents: readonly MFosState[];
  readonly rewards: Tensor;
}

/**
 * M-FOS against M-FOS: both set their policies anew at every step, and see what both have just done.
 *
 * An update is practice, where each agent plays against a naive learner of its own, or with growing probability a
 * match between the two: practice has the probability `max(0, 1 - a n)` at update n = 1, 2, ... with a the annealing.
 * The metrics are the agents' mean rewards over all steps and plays, in practice those against the learners.
 *
 * Source: Lu et al. 2022 (M-FOS), meta-self-play, and the authors' code. See `mFos` for how an agent learns.
 * Deviation: in practice both agents are player 1; where the game is not symmetric, the second one's is
 * the game with the players exchanged.
 *
 * @throws ArgumentError when the game is not one of two players with a vector each, or an option is out of range.
 *
 * @example
 * ```ts
 * import { iteratedPrisonersDilemma } from '@descant/autodiff-games';
 * import { mFosSelfPlay } from '@descant/marl-algos';
 * import { jit, key } from '@descant/tensor-ops';
 * const pair = mFosSelfPlay(iteratedPrisonersDilemma(), { learningRate: 25, plays: 8, steps: 10, hidden: 8 });
 * const { state, metrics } = jit(pair.update)(pair.init(key(0)), key(1));
 * state.updates.item(); // => 1
 * Object.keys(metrics); // => ['0.reward', '1.reward']
 * ```
 */
export function mFosSelfPlay(game: Game, options: MFosSelfPlayOptions): Algorithm<MFosSelfPlayState> {
  const fn = 'mFosSelfPlay';
  const { learningRate, annealing = 0.0015, dtype = 'float32' } = options;
  const settings = mFosSettings(fn, options, 0.0002);
  const sizes = vectorSizes(fn, game, dtype);
  if (!(annealing > 0)) throw new ArgumentError(fn, 'annealing', 'be positive', String(annealing));
  const { plays, steps } = settings;
  const agents = sizes.map((size) => mFosAgent(sizes[0] + sizes[1], size, dtype, settings));
  const lessons = [game, exchanged(game)].map((from) =>
    metaGame({ game: from, opponent: naive(), learningRate, dtype }),
  );

  const practice = ({ states, key }: { states: readonly MFosState[]; key: Tensor }): Round => {
    const keys = split(key, 2);
    const rounds = agents.map((agent, seat) => {
      const seen = playMetaGame(lessons[seat], states[seat], plays, steps, at(keys, seat));
      return { agent: agent.learn(states[seat], seen.plays), reward: mean(seen.plays.rewards) };
    });
    return { agents: rounds.map(({ agent }) => agent), rewards: stack(rounds.map(({ reward }) => reward)) };
  };

  const match = ({ states, key }: { states: readonly MFosState[]; key: Tensor }): Round => {
    const both = playMatch(game, states, { plays, steps, dtype }, key);
    return {
      agents: agents.map((agent, seat) => agent.learn(states[seat], both[seat])),
      rewards: stack(both.map(({ rewards }) => mean(rewards))),
    };
  };

  return {
    name: `M-FOS against itself on ${game.name}`,
    init(key) {
      const keys = split(key, 2);
      return { agents: agents.map((agent, seat) => agent.init(at(keys, seat))), updates: zeros([], 'int32') };
    },
    update(state, key) {
      const keys = split(key, 2);
      const updates = add(state.updates, 1);
      const practised = sub(1, mul(cast(updates, 'float32'), annealing));
      const round = cond(greaterEqual(uniform(at(keys, 0), []), practised), match, practice, {
        states: state.agents,
        key: at(keys, 1),
      });
      return {
        state: { agents: round.agents, updates },
        metrics: { '0.reward': at(round.rewards, 0), '1.reward': at(round.rewards, 1) },
      };
    },
  };
}

/** The game as player 2 sees it. */
const exchanged = (game: Game): Game => ({
  ...game,
  values: ([own, other]) => game.values([other, own]).toReversed(),
  init: (key, dtype) => game.init(key, dtype).toReversed(),
});

/** What both agents saw and did in B matches of T steps. */
function playMatch(
  game: Game,
  states: readonly MFosState[],
  { plays, steps, dtype }: { plays: number; steps: number; dtype: FloatType },
  key: Tensor,
): MetaPlays[] {
  const keys = split(key, 2);
  const sides = (x: readonly Tensor[]): Tensor[] => [metaState(x[0], x[1]), metaState(x[1], x[0])];
  const [, seen] = scan(
    (observations: readonly Tensor[], k: Tensor) => {
      const own = split(k, 2);
      const moves = states.map(({ parameters }, seat) =>
        drawAction(parameters, observations[seat], at(own, seat)),
      );
      const actions = moves.map(({ action }) => action);
      const rewards = vmap((x: Tensor, y: Tensor) => stack(game.values([x, y])))(actions[0], actions[1]);
      const moments = moves.map(({ action, logProbability }, seat) => ({
        observations: observations[seat],
        actions: action,
        logProbabilities: logProbability,
        rewards: at(rewards, seat, 1),
      }));
      return [sides(actions), moments];
    },
    sides(vmap((k: Tensor) => game.init(k, dtype))(split(at(keys, 0), plays))),
    split(at(keys, 1), steps),
  );
  return seen;
}
