/** Iterated matrix games between policies with a memory of one step, with exact values. */
import {
  ArgumentError,
  at,
  concat,
  eye,
  type FloatType,
  moveAxis,
  mul,
  normal,
  reshape,
  sigmoid,
  slice,
  softmax,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
} from '@descant/tensor-ops';
import { solve } from '@descant/tensor-ops/linalg';
import type { Game } from '../game.ts';
import { checkShapes } from '../parameters.ts';
import { playerPayoffs } from './payoffs.ts';

/** Options shared by all iterated games. */
export interface IteratedOptions {
  /** gamma in [0, 1); default 0.96. */
  readonly discount?: number;
  /**
   * How player i numbers the joint actions it remembers: `own` (default) puts its own action first and the others
   * after it in the order of the players; `joint` uses the order of the players for everybody.
   */
  readonly perspective?: 'own' | 'joint';
  /** Multiplies the value by 1 - gamma, so that it lies in the range of the payoffs; default true. */
  readonly normalised?: boolean;
}

/** Options of `iteratedGame`. */
export interface IteratedGameOptions extends IteratedOptions {
  readonly name?: string;
  /**
   * The payoffs [n, A_1, ..., A_n]: for each of n players, nested arrays over the actions of player 1, 2, ...; or
   * for two players with two actions the four (row, column) pairs of AA, AB, BA, BB.
   */
  readonly payoffs: readonly unknown[];
}

/** What the structure of an iterated game depends on. */
interface Form {
  /** A_1, ..., A_n. */
  readonly actions: readonly number[];
  /** S, the number of joint actions, which are the states after the first step. */
  readonly states: number;
  readonly perspective: 'own' | 'joint';
}

/** One player's action probabilities [1 + S, A_i]; the states after the start are in the players' joint order. */
function policy({ actions, states, perspective }: Form, logits: Tensor, player: number): Tensor {
  const own = actions[player];
  const probabilities = own === 2 ? withComplement(sigmoid(logits)) : softmax(logits, -1);
  if (perspective === 'joint' || player === 0) return probabilities;
  const start = slice(probabilities, [0, 0], [1, own]);
  const later = slice(probabilities, [1, 0], [states, own]);
  const others = actions.filter((_, i) => i !== player);
  const joint = moveAxis(reshape(later, [own, ...others, own]), 0, player);
  return concat([start, reshape(joint, [states, own])]);
}

const withComplement = (p: Tensor): Tensor => stack([p, sub(1, p)], 1);

/** Probabilities [1 + S, S] of the next joint action, in each state. */
function transitions(form: Form, parameters: readonly Tensor[]): Tensor {
  const rows = 1 + form.states;
  return parameters
    .map((logits, player) => policy(form, logits, player))
    .reduce((joint, own) => {
      const [before, added] = [joint.shape[1], own.shape[1]];
      const product = mul(reshape(joint, [rows, before, 1]), reshape(own, [rows, 1, added]));
      return reshape(product, [rows, before * added]);
    });
}

/**
 * An iterated matrix game: the players see each other's last actions and play for ever; values are exact.
 *
 * With p0 the distribution of the first joint action, P the matrix of transitions between joint actions and r_i
 * the payoffs of player i: `V_i = p0' (I - gamma P)^-1 r_i`, the first payoff undiscounted, times 1 - gamma when
 * `normalised`. It is computed as `V_i = mu' r_i` with `(I - gamma P)' mu = p0`, the discounted number of visits
 * to each joint action, because one linear system then serves all players.
 *
 * A player's parameters are its logits: with two actions A and B a tensor [1 + S] where sigmoid(logit) is the
 * probability of A, otherwise [1 + S, actions] for a softmax; S is the number of joint actions, and the states are
 * the start, then the last joint action (AA, AB, BA, BB for two players). They start as standard normals.
 *
 * Source: Foerster et al. 2018, appendix A.2, and Cooijmans 2023, thesis, sec. 6.5.2, for two players with two
 * actions; any numbers here. I - gamma P is strictly diagonally dominant, so elimination needs no pivots.
 *
 * @throws ArgumentError when the payoffs have another shape or are not finite, or the discount is not in [0, 1).
 *
 * @example
 * ```ts
 * import { iteratedGame } from '@descant/autodiff-games';
 * import { zeros } from '@descant/tensor-ops';
 * const stagHunt = iteratedGame({ name: 'Stag Hunt', payoffs: [[4, 4], [1, 3], [3, 1], [2, 2]] });
 * stagHunt.values([zeros([5]), zeros([5])]).map((v) => v.item()); // => [2.5, 2.5]
 * const rockPaperScissors = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]];
 * const negated = rockPaperScissors.map((row) => row.map((r) => 0 - r));
 * iteratedGame({ payoffs: [rockPaperScissors, negated] }).values([zeros([10, 3]), zeros([10, 3])]).length; // => 2
 * ```
 */
export function iteratedGame(options: IteratedGameOptions): Game {
  const { name = 'iterated game', discount = 0.96, perspective = 'own', normalised = true } = options;
  if (typeof discount !== 'number' || !(discount >= 0 && discount < 1)) {
    throw new ArgumentError('iteratedGame', 'discount', 'lie in [0, 1)', String(discount));
  }
  if (perspective !== 'own' && perspective !== 'joint') {
    throw new ArgumentError('iteratedGame', 'perspective', 'be own or joint', String(perspective));
  }
  const { actions, payoffs } = playerPayoffs('iteratedGame', options.payoffs);
  const states = actions.reduce((product, a) => product * a, 1);
  const form: Form = { actions, states, perspective };
  const shapes = actions.map((a) => (a === 2 ? [1 + states] : [1 + states, a]));
  const scale = normalised ? 1 - discount : 1;
  return {
    name,
    players: actions.length,
    values(parameters) {
      checkShapes(name, parameters, shapes);
      const probabilities = transitions(form, parameters);
      const { dtype } = probabilities;
      const first = at(probabilities, 0);
      const later = slice(probabilities, [1, 0], [states, states]);
      const system = sub(eye(states, dtype), mul(transpose(later), discount));
      const visits = solve(system, first, { diagonallyDominant: true });
      return payoffs.map((r) => mul(sum(mul(visits, tensor(r, { dtype }))), scale));
    },
    init(key, dtype: FloatType = 'float32') {
      const keys = split(key, shapes.length);
      return shapes.map((shape, player) => normal(at(keys, player), shape, dtype));
    },
  };
}

/**
 * The Iterated Prisoner's Dilemma: A cooperates, B defects; payoffs (-1,-1), (-3,0), (0,-3), (-2,-2).
 *
 * Source: Cooijmans 2023, thesis, table 6.1a. See `iteratedGame` for values and parameters.
 *
 * @example
 * ```ts
 * import { iteratedPrisonersDilemma } from '@descant/autodiff-games';
 * import { full, tensor } from '@descant/tensor-ops';
 * const titForTat = tensor([50, 50, -50, 50, -50]);
 * const alwaysDefect = full([5], -50);
 * const game = iteratedPrisonersDilemma({ discount: 0.5 });
 * game.values([titForTat, alwaysDefect]).map((v) => v.item()); // => [-2.5, -1]
 * ```
 */
export const iteratedPrisonersDilemma = (options: IteratedOptions = {}): Game =>
  iteratedGame({
    ...options,
    name: 'IPD',
    payoffs: [
      [-1, -1],
      [-3, 0],
      [0, -3],
      [-2, -2],
    ],
  });

/**
 * Iterated Matching Pennies: A shows heads, B tails; payoffs (1,-1), (-1,1), (-1,1), (1,-1).
 *
 * Source: Cooijmans 2023, thesis, table 6.1b. See `iteratedGame` for values and parameters.
 *
 * @example
 * ```ts
 * import { iteratedMatchingPennies } from '@descant/autodiff-games';
 * import { full, zeros } from '@descant/tensor-ops';
 * iteratedMatchingPennies().values([full([5], 2), zeros([5])]).map((v) => v.item()); // => [0, 0]
 * ```
 */
export const iteratedMatchingPennies = (options: IteratedOptions = {}): Game =>
  iteratedGame({
    ...options,
    name: 'IMP',
    payoffs: [
      [1, -1],
      [-1, 1],
      [-1, 1],
      [1, -1],
    ],
  });

/**
 * Iterated Chicken: A swerves, B goes straight; payoffs (0,0), (-1,1), (1,-1), (-100,-100).
 *
 * Source: Cooijmans 2023, thesis, table 6.1c. See `iteratedGame` for values and parameters.
 *
 * @example
 * ```ts
 * import { iteratedChicken } from '@descant/autodiff-games';
 * import { full } from '@descant/tensor-ops';
 * iteratedChicken().values([full([5], 50), full([5], -50)]).map((v) => v.item()); // => [-1, 1]
 * ```
 */
export const iteratedChicken = (options: IteratedOptions = {}): Game =>
  iteratedGame({
    ...options,
    name: 'Chicken',
    payoffs: [
      [0, 0],
      [-1, 1],
      [1, -1],
      [-100, -100],
    ],
  });
