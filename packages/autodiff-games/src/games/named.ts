/** The payoffs of the games that have names, for `matrixGame` and `iteratedGame`. */
import { ArgumentError } from '@descant/tensor-ops';

/** Payoffs of two players: [2, actions of player 1, actions of player 2]. */
type Bimatrix = readonly [readonly (readonly number[])[], readonly (readonly number[])[]];

/** Both players see the game alike: the second player's payoffs are the transpose. */
const symmetric = (rows: readonly (readonly number[])[]): Bimatrix => [
  rows,
  rows[0].map((_, column) => rows.map((row) => row[column])),
];

/** What one player wins the other loses. */
const zeroSum = (rows: readonly (readonly number[])[]): Bimatrix => [
  rows,
  rows.map((row) => row.map((v) => 0 - v)),
];

/**
 * Payoffs [2, A_1, A_2] of well-known games of two players; the actions are in the order of the comment.
 *
 * - `prisonersDilemma`: cooperate, defect. (-1,-1) (-3,0) (0,-3) (-2,-2). Cooijmans 2023, thesis, table 6.1.
 * - `matchingPennies`: heads, tails; player 1 wants them equal. Cooijmans 2023, thesis, table 6.1.
 * - `chicken`: swerve, straight, with a disaster of -100. Cooijmans 2023, thesis, table 6.1.
 * - `stagHunt`: stag, hare. (4,4) (1,3) (3,1) (2,2).
 * - `battleOfTheSexes`: each prefers another meeting place. (2,1) (0,0) (0,0) (1,2). Luce and Raiffa 1957.
 * - `hawkDove`: hawk, dove, with a prize of 2 and a wound of 4. (-1,-1) (2,0) (0,2) (1,1). Maynard Smith 1982.
 * - `rotation`: no equilibrium in pure strategies, and not zero-sum. (0,3) (3,2) (1,0) (2,1).
 * - `ultimatum`: a fair split of 10 or 8 for the proposer; the responder accepts all, or only the fair split.
 *   (5,5) (5,5) (8,2) (0,0). After Gueth, Schmittberger and Schwarze 1982.
 * - `rockPaperScissors`: rock, paper, scissors; zero-sum.
 */
export const namedPayoffs = {
  prisonersDilemma: symmetric([
    [-1, -3],
    [0, -2],
  ]),
  matchingPennies: zeroSum([
    [1, -1],
    [-1, 1],
  ]),
  chicken: symmetric([
    [0, -1],
    [1, -100],
  ]),
  stagHunt: symmetric([
    [4, 1],
    [3, 2],
  ]),
  battleOfTheSexes: [
    [
      [2, 0],
      [0, 1],
    ],
    [
      [1, 0],
      [0, 2],
    ],
  ],
  hawkDove: symmetric([
    [-1, 2],
    [0, 1],
  ]),
  rotation: [
    [
      [0, 3],
      [1, 2],
    ],
    [
      [3, 2],
      [0, 1],
    ],
  ],
  ultimatum: [
    [
      [5, 5],
      [8, 0],
    ],
    [
      [5, 5],
      [2, 0],
    ],
  ],
  rockPaperScissors: zeroSum([
    [0, -1, 1],
    [1, 0, -1],
    [-1, 1, 0],
  ]),
} as const satisfies Record<string, Bimatrix>;

/** Options of `publicGoodsPayoffs`. */
export interface PublicGoodsOptions {
  /** n, at least 2; default 2. */
  readonly players?: number;
  /** What a contribution is multiplied by before everybody gets an equal share; default 1.33. */
  readonly factor?: number;
}

/**
 * The payoffs of the n-player public goods game, which is POLA's contribution game: everybody contributes 1 (action
 * A) or nothing (B), and the multiplied sum is shared equally.
 *
 * `r_i(a) = factor m / n - [a_i = A]`, with m the number of contributors. Contributing is good for all together when
 * the factor is above 1, and bad for oneself when it is below n. For two players with the factor 1.33:
 * AA .33, AB -.335 and .665, BB 0.
 *
 * Source: Zhao et al. 2022 (POLA), contribution game, with two players and the factor 1.33.
 *
 * @returns Payoffs [n, 2, ..., 2] for `matrixGame` or, memory 1, `iteratedGame`.
 * @throws ArgumentError when there are fewer than two players or the factor is not a positive number.
 *
 * @example
 * ```ts
 * import { iteratedGame, publicGoodsPayoffs } from '@descant/autodiff-games';
 * publicGoodsPayoffs({ factor: 1.5 }); // => [[[0.5, -0.25], [0.75, 0]], [[0.5, 0.75], [-0.25, 0]]]
 * iteratedGame({ payoffs: publicGoodsPayoffs({ players: 3 }) }).players; // => 3
 * ```
 */
export function publicGoodsPayoffs({ players = 2, factor = 1.33 }: PublicGoodsOptions = {}): unknown[] {
  if (!Number.isInteger(players) || players < 2) {
    const expected = 'be a whole number of at least 2';
    throw new ArgumentError('publicGoodsPayoffs', 'players', expected, String(players));
  }
  if (typeof factor !== 'number' || !Number.isFinite(factor) || factor <= 0) {
    throw new ArgumentError('publicGoodsPayoffs', 'factor', 'be a finite number above 0', String(factor));
  }
  const nested = (player: number, chosen: readonly boolean[]): unknown => {
    if (chosen.length < players) return [true, false].map((gives) => nested(player, [...chosen, gives]));
    const contributors = chosen.filter(Boolean).length;
    return (factor * contributors) / players - (chosen[player] ? 1 : 0);
  };
  return Array.from({ length: players }, (_, player) => nested(player, []));
}
