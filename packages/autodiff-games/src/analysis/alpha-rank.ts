/** Alpha-rank: which strategies survive selection and mutation in the long run. */
import { ArgumentError } from '@descant/tensor-ops';
import { playerPayoffs } from '../games/payoffs.ts';
import { bimatrix, jointActions, strideOf } from './strategic-form.ts';

/** Options of `alphaRank` and `alphaRankSymmetric`. */
export interface AlphaRankOptions {
  /** alpha > 0, how strongly payoffs are selected for. */
  readonly intensity: number;
  /** m, the number of individuals in a population, at least 2; default 50. */
  readonly populationSize?: number;
}

function checkOptions(fn: string, { intensity, populationSize = 50 }: AlphaRankOptions) {
  if (!(intensity > 0 && Number.isFinite(intensity))) {
    throw new ArgumentError(fn, 'intensity', 'be a finite number above 0', String(intensity));
  }
  if (!Number.isInteger(populationSize) || populationSize < 2) {
    throw new ArgumentError(fn, 'populationSize', 'be a whole number of at least 2', String(populationSize));
  }
  return { intensity, populationSize };
}

/**
 * The probability that a mutant takes over the population, `1 / (1 + sum_l exp(-alpha sum_(k <= l) d_k))` over
 * l = 1, ..., m - 1, with d_k its advantage when there are k mutants.
 */
function fixation(
  { intensity, populationSize }: Required<AlphaRankOptions>,
  advantage: (mutants: number) => number,
): number {
  let [exponent, total] = [0, 1];
  for (let mutants = 1; mutants < populationSize; mutants++) {
    exponent -= intensity * advantage(mutants);
    total += Math.exp(exponent);
  }
  return 1 / total;
}

/**
 * The stationary distribution of a Markov chain with these probabilities of moving, by the elimination of
 * Grassmann, Taksar and Heyman 1985, which never subtracts and so keeps small probabilities accurate.
 */
function stationary(fn: string, moves: readonly (readonly number[])[]): number[] {
  const p = moves.map((row) => [...row]);
  for (let k = p.length - 1; k > 0; k--) {
    const out = p[k].slice(0, k).reduce((sum, v) => sum + v, 0);
    if (!(out > 0)) {
      const expected = 'leave every move possible in float64';
      throw new ArgumentError(fn, 'intensity', expected, `one at which strategy ${k} is never left`);
    }
    for (let i = 0; i < k; i++) {
      p[i][k] /= out;
      for (let j = 0; j < k; j++) if (j !== i) p[i][j] += p[i][k] * p[k][j];
    }
  }
  const mass = [1];
  for (let k = 1; k < p.length; k++) mass.push(mass.reduce((sum, v, i) => sum + v * p[i][k], 0));
  const total = mass.reduce((sum, v) => sum + v, 0);
  return mass.map((v) => v / total);
}

/**
 * Alpha-rank of a matrix game: the share of time that n populations, one a player, spend at each joint action.
 *
 * Each population is uniform but for a rare mutant of player i who would move the joint action s to s' and takes
 * over with probability `(1 - e^(-alpha d)) / (1 - e^(-alpha m d))`, d = r_i(s') - r_i(s), or 1 / m where d = 0. With
 * `eta = 1 / sum_i (A_i - 1)` times these as the moves of a Markov chain, the result is its stationary distribution.
 *
 * Source: Omidshafiei et al. 2019, "alpha-Rank: multi-agent evaluation by evolution". The chain is solved
 * exactly; large intensities at which moves vanish in float64 are an error.
 *
 * @param payoffs - [n, A_1, ..., A_n], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns A distribution over joint actions, row-major over the actions of player 1, 2, ...
 * @throws ArgumentError when the payoffs have another shape, for options out of range, or a too large intensity.
 *
 * @example
 * ```ts
 * import { alphaRank } from '@descant/autodiff-games';
 * const matchingPennies = [[1, -1], [-1, 1], [-1, 1], [1, -1]];
 * alphaRank(matchingPennies, { intensity: 0.1 }); // => [0.25, 0.25, 0.25, 0.25]
 * ```
 */
export function alphaRank(payoffs: readonly unknown[], options: AlphaRankOptions): number[] {
  const { actions, payoffs: of } = playerPayoffs('alphaRank', payoffs);
  const checked = checkOptions('alphaRank', options);
  const joint = jointActions(actions);
  const eta =
    1 /
    Math.max(
      1,
      actions.reduce((sum, count) => sum + count - 1, 0),
    );
  const moves = joint.map((from, s) => {
    const row = joint.map(() => 0);
    from.forEach((action, player) => {
      for (let to = 0; to < actions[player]; to++) {
        const target = s + (to - action) * strideOf(actions, player);
        if (to !== action) row[target] = eta * fixation(checked, () => of[player][target] - of[player][s]);
      }
    });
    return row;
  });
  return stationary('alphaRank', moves);
}

/**
 * Alpha-rank of a symmetric game of two players, played within one population.
 *
 * As `alphaRank`, but the states are the actions of one population. Where k of m individuals play a mutant action b
 * and the others a, everybody meets everybody else, and the mutant's advantage is
 * `d_k = ((k - 1) r(b, b) + (m - k) r(b, a) - k r(a, b) - (m - k - 1) r(a, a)) / (m - 1)`, with r the first
 * player's payoffs; it takes over with probability `1 / (1 + sum_l exp(-alpha sum_(k <= l) d_k))`.
 *
 * Source: Omidshafiei et al. 2019, for one population; Traulsen, Nowak and Pacheco 2006 for the probability.
 *
 * @param payoffs - [2, A, A], or the four (row, column) pairs; the second player's must be the first's transposed.
 * @returns A distribution over the actions.
 * @throws ArgumentError when the game is not symmetric, for options out of range, or a too large intensity.
 *
 * @example
 * ```ts
 * import { alphaRankSymmetric } from '@descant/autodiff-games';
 * const wins = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]; // rock, paper, scissors
 * const losses = wins.map((row) => row.map((r) => -r));
 * alphaRankSymmetric([wins, losses], { intensity: 1 }); // => [0.33333333, 0.33333333, 0.33333333]
 * ```
 */
export function alphaRankSymmetric(payoffs: readonly unknown[], options: AlphaRankOptions): number[] {
  const fn = 'alphaRankSymmetric';
  const { actions, payoffs: of } = bimatrix(fn, payoffs);
  const checked = checkOptions(fn, options);
  const count = actions[0];
  const all = Array.from({ length: count }, (_, a) => a);
  const payoff = (player: number, a: number, b: number) => of[player][a * actions[1] + b];
  const symmetric =
    actions[1] === count && all.every((a) => all.every((b) => payoff(0, a, b) === payoff(1, b, a)));
  if (!symmetric) {
    throw new ArgumentError(fn, 'payoffs', 'be those of a symmetric game', JSON.stringify(payoffs));
  }
  const m = checked.populationSize;
  const r = (a: number, b: number) => payoff(0, a, b);
  const takeover = (a: number, b: number) =>
    fixation(checked, (k) => {
      const mutant = (k - 1) * r(b, b) + (m - k) * r(b, a);
      const resident = k * r(a, b) + (m - k - 1) * r(a, a);
      return (mutant - resident) / (m - 1);
    });
  return stationary(
    fn,
    all.map((a) => all.map((b) => (a === b ? 0 : takeover(a, b) / (count - 1)))),
  );
}
