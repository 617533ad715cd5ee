/** Correlated and coarse correlated equilibria by linear programming. */
import { ArgumentError } from '@descant/tensor-ops';
import { type Constraint, solve } from 'yalps';
import { type PlayerPayoffs, playerPayoffs } from '../games/payoffs.ts';
import { checkDistribution, jointActions, scaledPayoffs, strideOf } from './strategic-form.ts';

/** Which deviations must not pay: those after seeing one's advice, or only those decided before. */
export type CorrelationKind = 'correlated' | 'coarse';

/** Options of `correlatedEquilibrium`. */
export interface CorrelatedOptions {
  /** `correlated` (default) or `coarse`. */
  readonly kind?: CorrelationKind;
  /** w_i, what a payoff of each player counts in the objective; default 1 for all, the social welfare. */
  readonly weights?: readonly number[];
}

/** Payoffs are scaled to [0, 1]; the solver's answer may break its constraints by this much. */
const TOLERANCE = 1e-6;

/** One row a deviation: what it loses at each joint action. */
function deviationLosses({ actions, payoffs }: PlayerPayoffs, kind: CorrelationKind): number[][] {
  const joint = jointActions(actions);
  return actions.flatMap((count, player) => {
    const stride = strideOf(actions, player);
    /** What the player loses at each joint action by playing `to` instead, when `from` is its advice or for any. */
    const losses = (to: number, from?: number) =>
      joint.map((a, s) =>
        from === undefined || a[player] === from
          ? payoffs[player][s] - payoffs[player][s + (to - a[player]) * stride]
          : 0,
      );
    const all = Array.from({ length: count }, (_, a) => a);
    if (kind === 'coarse') return all.map((to) => losses(to));
    return all.flatMap((from) => all.filter((to) => to !== from).map((to) => losses(to, from)));
  });
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, v, i) => sum + v * b[i], 0);

/** What the best deviation gains; at most rounding in an equilibrium. */
const gap = (form: PlayerPayoffs, kind: CorrelationKind, distribution: readonly number[]): number =>
  Math.max(0, ...deviationLosses(form, kind).map((losses) => -dot(losses, distribution)));

function checkKind(fn: string, kind: CorrelationKind): void {
  if (kind !== 'correlated' && kind !== 'coarse') {
    throw new ArgumentError(fn, 'kind', 'be correlated or coarse', String(kind));
  }
}

/**
 * The correlated or coarse correlated equilibrium of a matrix game with the largest weighted sum of payoffs.
 *
 * A distribution mu over joint actions that maximises `sum_a mu(a) sum_i w_i r_i(a)` under
 * `sum_{a_-i} mu(a) (r_i(a) - r_i(b, a_-i)) >= 0` for every player i and actions a_i, b (correlated), or summed over
 * a_i as well (coarse). It always exists, because every Nash equilibrium is a correlated equilibrium, and each of
 * those is a coarse one. The linear program is solved by the simplex method of YALPS on payoffs scaled to [0, 1];
 * the answer is checked, and holds within 1e-6 of each player's range of payoffs.
 *
 * Source: Aumann 1974; Moulin and Vial 1978 for the coarse kind; Papadimitriou and Roughgarden 2008.
 *
 * @param payoffs - [n, A_1, ..., A_n], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns The probabilities of all joint actions, row-major over the actions of player 1, 2, ...
 * @throws ArgumentError when the payoffs have another shape, or for other kinds or weights.
 *
 * @example
 * ```ts
 * import { correlatedEquilibrium } from '@descant/autodiff-games';
 * const chicken = [[6, 6], [2, 7], [7, 2], [0, 0]];
 * correlatedEquilibrium(chicken); // => [0.5, 0.25, 0.25, 0]
 * ```
 */
export function correlatedEquilibrium(
  payoffs: readonly unknown[],
  options: CorrelatedOptions = {},
): number[] {
  const fn = 'correlatedEquilibrium';
  const form = playerPayoffs(fn, payoffs);
  const { kind = 'correlated', weights = form.actions.map(() => 1) } = options;
  checkKind(fn, kind);
  if (weights.length !== form.actions.length || !weights.every(Number.isFinite)) {
    const expected = `be ${form.actions.length} finite numbers, one a player`;
    throw new ArgumentError(fn, 'weights', expected, JSON.stringify(weights));
  }
  const scaled = scaledPayoffs(form);
  const rows = deviationLosses(scaled, kind);
  const welfare = form.payoffs[0].map((_, s) =>
    weights.reduce((sum, w, i) => sum + w * form.payoffs[i][s], 0),
  );
  // The solver's tolerance is absolute, so the objective is of order 1 too.
  const scale = Math.max(...welfare.map(Math.abs)) || 1;
  const constraints: [number, Constraint][] = rows.map((_, k) => [k, { min: 0 }]);
  const solution = solve<number, number>(
    {
      direction: 'maximize',
      objective: -1,
      constraints: [...constraints, [rows.length, { equal: 1 }]],
      variables: welfare.map((value, s) => [
        s,
        [...rows.map((row, k): [number, number] => [k, row[s]]), [rows.length, 1], [-1, value / scale]],
      ]),
    },
    { precision: 1e-9 },
  );
  const distribution = welfare.map(() => 0);
  for (const [s, p] of solution.variables) distribution[s] = Math.max(0, p);
  const total = distribution.reduce((sum, p) => sum + p, 0);
  const answer = distribution.map((p) => p / total);
  if (solution.status !== 'optimal' || !(gap(scaled, kind, answer) <= TOLERANCE)) {
    throw new Error(`${fn}: the linear program was not solved: ${solution.status}`);
  }
  return answer;
}

/**
 * What the best deviation from a distribution over joint actions gains: 0 exactly in an equilibrium of the kind.
 *
 * For `correlated` the largest of `sum_{a_-i} mu(a) (r_i(b, a_-i) - r_i(a))` over players i and actions a_i, b; for
 * `coarse` of the same summed over a_i; at least 0. The coarse gap is at most the sum of a player's correlated gaps.
 *
 * Source: see `correlatedEquilibrium`.
 *
 * @param payoffs - [n, A_1, ..., A_n], or the four (row, column) pairs of AA, AB, BA, BB.
 * @param distribution - The probabilities of all joint actions, row-major.
 * @throws ArgumentError when the payoffs have another shape, the numbers are no distribution, or for other kinds.
 *
 * @example
 * ```ts
 * import { correlatedGap } from '@descant/autodiff-games';
 * const prisonersDilemma = [[-1, -1], [-3, 0], [0, -3], [-2, -2]];
 * correlatedGap(prisonersDilemma, [1, 0, 0, 0]); // => 1
 * correlatedGap(prisonersDilemma, [0, 0, 0, 1], 'coarse'); // => 0
 * ```
 */
export function correlatedGap(
  payoffs: readonly unknown[],
  distribution: readonly number[],
  kind: CorrelationKind = 'correlated',
): number {
  const form = playerPayoffs('correlatedGap', payoffs);
  checkKind('correlatedGap', kind);
  checkDistribution('correlatedGap', 'distribution', distribution, form.payoffs[0].length);
  return gap(form, kind, distribution);
}
