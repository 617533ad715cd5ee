/** What can happen to a fixed policy in an iterated game. */
import { ArgumentError, key, stack, type Tensor, tensor, vmap } from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { convexHull } from './convex-hull.ts';

/** More opponents than this are refused. */
const MOST_OPPONENTS = 2 ** 16;
/** A logit at which the sigmoid and the softmax are exactly 0 or 1. */
const CERTAIN = 1000;

/** The logits of all deterministic policies of a player with this shape of logits, [policies, ...shape]. */
function deterministic(shape: readonly number[]): Tensor {
  const [states, actions = 2] = shape;
  const count = actions ** states;
  if (count > MOST_OPPONENTS) {
    const expected = `have at most ${MOST_OPPONENTS} deterministic opponents`;
    throw new ArgumentError('returnPolytope', 'game', expected, `${actions}^${states}`);
  }
  const action = (policy: number, state: number) => Math.floor(policy / actions ** state) % actions;
  const policies = Array.from({ length: count }, (_, policy) =>
    Array.from({ length: states }, (_, state) => {
      const chosen = action(policy, state);
      if (shape.length === 1) return chosen === 0 ? CERTAIN : -CERTAIN;
      return Array.from({ length: actions }, (_, a) => (a === chosen ? CERTAIN : 0));
    }),
  );
  return tensor(policies, { dtype: 'float64' });
}

/**
 * The polytope of returns that a fixed policy allows in an iterated game of two players: its exact corners.
 *
 * Against a fixed policy with a memory of one step the opponent faces a Markov decision process with the last
 * joint actions as its states, and the discounted visits that its policies can bring about, of any memory, are the
 * convex hull of those of the deterministic memory-one policies. Returns are linear in the visits, so the polytope
 * is the hull of the returns (V_1, V_2) against all 2^5 (in general A^(1 + S)) deterministic opponents.
 *
 * Source: Cooijmans 2023, thesis, appendix 6.F and fig. 6.4, where random opponents outline it; Puterman 1994,
 * "Markov decision processes", sec. 6.9, for the visits.
 *
 * @param game - A game made by `iteratedGame`, of two players.
 * @param policy - The fixed player's logits, as the game's parameters.
 * @param player - Which player is fixed; default 0, the first.
 * @returns The corners (V_1, V_2), counter-clockwise from the leftmost; fewer than three when flat.
 * @throws ArgumentError when the game has not two players, or more than 2^16 deterministic opponents.
 *
 * @example
 * ```ts
 * import { iteratedPrisonersDilemma, returnPolytope } from '@descant/autodiff-games';
 * import { full } from '@descant/tensor-ops';
 * const alwaysDefect = full([5], -1000, 'float64');
 * returnPolytope(iteratedPrisonersDilemma(), alwaysDefect); // => [[-2, -2], [0, -3]]
 * ```
 */
export function returnPolytope(game: Game, policy: Tensor, player: 0 | 1 = 0): (readonly [number, number])[] {
  if (game.players !== 2) {
    throw new ArgumentError('returnPolytope', 'game', 'have 2 players', `${game.players}`);
  }
  const opponents = deterministic(game.init(key(0), 'float64')[1 - player].shape);
  const returns = vmap((opponent: Tensor) => {
    const both = player === 0 ? [policy, opponent] : [opponent, policy];
    return stack(game.values(both));
  })(opponents);
  return convexHull(returns.toArray() as [number, number][]);
}
