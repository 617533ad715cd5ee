/** Best responses by dynamic programming, where a game is small enough. */
import {
  ArgumentError,
  at,
  flatten,
  gather,
  key,
  mapTree,
  softmax,
  split,
  type Tensor,
  tensor,
} from '@descant/tensor-ops';
import { firstPosition, look, type Position, proceed } from '../plays/position.ts';
import type { SampledGame } from '../plays/sampled-game.ts';
import { checkSeat } from './opponents.ts';

/** More positions than this at one step are too many. */
const LIMIT = 200_000;

/** The moves from all positions at one step. */
interface Level {
  /** Probability of each action of each seat: [seat][position][action]. */
  readonly chances: readonly (readonly (readonly number[])[])[];
  /** For each position and joint action, what the seat gets and the position it leads to at the next step. */
  readonly rewards: ArrayLike<number>;
  readonly children: readonly number[];
}

/** All sequences of one action a seat. */
const jointActions = (actions: readonly number[]): number[][] =>
  actions.reduce<number[][]>(
    (joint, n) => joint.flatMap((before) => Array.from({ length: n }, (_, a) => [...before, a])),
    [[]],
  );

const rowsOf = (x: unknown, indices: readonly number[]): unknown =>
  mapTree((leaf: Tensor) => gather(leaf, tensor([...indices], { dtype: 'int32' })), x);

/** A text for each position that is the same where the future is. */
function namesOf({ state, memories, over }: Position, n: number): string[] {
  const { leaves } = flatten({ state, memories, over });
  return Array.from({ length: n }, (_, i) =>
    leaves.map(({ data, size }) => data.slice((i * size) / n, ((i + 1) * size) / n).join()).join(';'),
  );
}

function checkSame(what: string, one: unknown, other: unknown): void {
  const [a, b] = [one, other].map((x) =>
    flatten(x)
      .leaves.map(({ data }) => data.join())
      .join(';'),
  );
  if (a === b) return;
  const expected = 'have nothing random in it, because all its plays are enumerated';
  throw new ArgumentError('exactResponse', 'game.environment', expected, `a random ${what}`);
}

/** Steps from distinct positions to distinct positions, forwards in time. */
function expand(game: SampledGame, parameters: readonly unknown[], seat: number): Level[] {
  const { environment, steps } = game;
  const joint = jointActions(environment.actions);
  const keysOf = (seed: number, n: number) => split(key(seed), n);
  let here = firstPosition(game, keysOf(0, 1));
  checkSame('beginning', here.state, firstPosition(game, keysOf(1, 1)).state);
  let n = 1;
  return Array.from({ length: steps }, () => {
    if (n * joint.length > LIMIT) {
      const expected = `have at most ${LIMIT} moves at a step`;
      throw new ArgumentError('exactResponse', 'game', expected, String(n * joint.length));
    }
    const view = look(game, parameters, here);
    const repeated = Array.from({ length: n * joint.length }, (_, i) => Math.floor(i / joint.length));
    const position = rowsOf(here, repeated) as Position;
    const actions = environment.actions.map((_, i) =>
      tensor(
        repeated.map((_row, move) => joint[move % joint.length][i]),
        { dtype: 'int32' },
      ),
    );
    const memories = rowsOf(view.memories, repeated) as readonly unknown[];
    const step = (seed: number) => proceed(game, position, memories, actions, keysOf(seed, repeated.length));
    const taken = step(0);
    checkSame('step', taken.position.state, step(1).position.state);
    const names = namesOf(taken.position, repeated.length);
    const distinct = [...new Map(names.map((name, i) => [name, i])).entries()];
    const places = new Map(distinct.map(([name], place) => [name, place]));
    here = rowsOf(
      taken.position,
      distinct.map(([, i]) => i),
    ) as Position;
    n = distinct.length;
    return {
      chances: view.outputs.map((logits) => softmax(logits).toArray() as number[][]),
      rewards: at(taken.rewards, seat, 1).data,
      children: names.map((name) => places.get(name) as number),
    };
  });
}

/** What a seat can get, and what it gets. */
export interface ExactResponse {
  /** The discounted return of a best response to the other seats. */
  readonly value: number;
  /** That of the seat's own policy. */
  readonly present: number;
}

/**
 * The exact value of a best response to policies in a game without chance, such as a finite iterated matrix game.
 *
 * `V_t(h) = max_a sum_b pi(b | h) (r(a, b) + gamma V_{t+1}(h'))` backwards from the end, over all positions that can be
 * reached: states of the environment with the memories of the networks, of which equal ones count once. So memoryless
 * policies need a number of positions that does not grow with time, those that remember one that grows like that of
 * plays.
 *
 * @param parameters - Of all seats; those of the seat itself give `present`.
 * @throws ArgumentError when there is no such seat, the environment is random, or the game too large.
 *
 * @example
 * ```ts
 * import { tracedIteratedMatrixGame } from '@descant/envs';
 * import { exactResponse, sampledGame, titForTat, uniformPolicy } from '@descant/marl-algos';
 * const environment = tracedIteratedMatrixGame({ game: 'prisonersDilemma', maxSteps: 6 });
 * const policies = [titForTat(environment, 0), uniformPolicy(environment, 1)];
 * const game = sampledGame({ environment, policies, plays: 1 });
 * // Five times mutual cooperation, and a defection that nothing can follow.
 * exactResponse(game, [null, null], 1).value; // => -5
 * ```
 */
export function exactResponse(
  game: SampledGame,
  parameters: readonly unknown[],
  seat: number,
): ExactResponse {
  checkSeat('exactResponse', game.environment, seat);
  const { actions } = game.environment;
  const joint = jointActions(actions);
  /** The value of each own action in a position, from the values at the next step. */
  const valuesOf = ({ chances, rewards, children }: Level, later: readonly number[], position: number) => {
    const values = Array.from({ length: actions[seat] }, () => 0);
    joint.forEach((moves, j) => {
      const move = position * joint.length + j;
      const chance = moves.reduce((p, a, i) => (i === seat ? p : p * chances[i][position][a]), 1);
      values[moves[seat]] += chance * (rewards[move] + game.discount * later[children[move]]);
    });
    return values;
  };
  const levels = expand(game, parameters, seat);
  const end = new Set(levels[levels.length - 1].children);
  let best = Array.from(end, () => 0);
  let present = best;
  for (const level of levels.toReversed()) {
    const own = level.chances[seat];
    const [laterBest, laterPresent] = [best, present];
    best = own.map((_, i) => Math.max(...valuesOf(level, laterBest, i)));
    present = own.map((chances, i) =>
      valuesOf(level, laterPresent, i).reduce((sum, value, a) => sum + chances[a] * value, 0),
    );
  }
  return { value: best[0], present: present[0] };
}
