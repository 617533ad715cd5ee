/** Nash equilibria of 2 x 2 games in closed form. */
import { ArgumentError } from '@descant/tensor-ops';
import { bimatrix, type Profile } from './strategic-form.ts';

/** A probability of action A at which an equilibrium may lie, and what the opponent gains there by A over B. */
interface Candidate {
  readonly probability: number;
  readonly opponentGain: number;
}

/** Both pure strategies, and the mixture that makes the opponent indifferent where its gain changes sign. */
function candidates(gainAtA: number, gainAtB: number): Candidate[] {
  const pure = [
    { probability: 1, opponentGain: gainAtA },
    { probability: 0, opponentGain: gainAtB },
  ];
  if (Math.sign(gainAtA) * Math.sign(gainAtB) !== -1) return pure;
  return [...pure, { probability: 1 / (1 - gainAtA / gainAtB), opponentGain: 0 }];
}

const isBest = (probability: number, gain: number): boolean =>
  gain === 0 || probability === (gain > 0 ? 1 : 0);

/**
 * The Nash equilibria of a game of two players with two actions each, by their closed form.
 *
 * With p and q the probabilities of A of players 1 and 2, what player 2 gains by A over B is linear in p. So in an
 * equilibrium p is 1, 0 or the zero of that gain, and q likewise; the at most nine pairs are tried. Signs of gains
 * are compared without tolerance.
 *
 * In a degenerate game, where equilibria form segments or rectangles, the result holds the corners of these sets:
 * all extreme equilibria, as `supportEnumeration` does.
 *
 * Source: Nash 1951; the meta-game of MATRL, eq. 5, is solved by it.
 *
 * @param payoffs - [2, 2, 2], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns For each equilibrium the strategies [[p, 1 - p], [q, 1 - q]].
 * @throws ArgumentError when the payoffs have another shape or are not finite.
 *
 * @example
 * ```ts
 * import { nashEquilibria2x2 } from '@descant/autodiff-games';
 * const stagHunt = [[4, 4], [1, 3], [3, 1], [2, 2]];
 * nashEquilibria2x2(stagHunt); // => [[[1, 0], [1, 0]], [[0, 1], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]]
 * ```
 */
export function nashEquilibria2x2(payoffs: readonly unknown[]): Profile[] {
  const form = bimatrix('nashEquilibria2x2', payoffs);
  if (form.actions.some((count) => count !== 2)) {
    throw new ArgumentError('nashEquilibria2x2', 'payoffs', 'be of 2 x 2 actions', form.actions.join(' x '));
  }
  const [row, column] = form.payoffs;
  const first = candidates(column[0] - column[1], column[2] - column[3]);
  const second = candidates(row[0] - row[2], row[1] - row[3]);
  return first.flatMap((p) =>
    second
      .filter((q) => isBest(p.probability, q.opponentGain) && isBest(q.probability, p.opponentGain))
      .map((q) => [p, q].map(({ probability }) => [probability, 1 - probability])),
  );
}
