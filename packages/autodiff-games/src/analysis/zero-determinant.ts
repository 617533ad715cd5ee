/** Zero-determinant policies: those that force a linear relation between both players' returns. */
import { ArgumentError } from '@descant/tensor-ops';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { solve } from 'yalps';
import { bimatrix } from './strategic-form.ts';

/** The game in which a zero-determinant policy is played. */
export interface Repeated2x2 {
  /** One round: [2, 2, 2], or the four (row, column) pairs of AA, AB, BA, BB. The policy is player 1's. */
  readonly payoffs: readonly unknown[];
  /** delta in (0, 1). */
  readonly discount: number;
}

/** Options of `zeroDeterminantPolicy`. */
export interface ZeroDeterminantOptions extends Repeated2x2 {
  /** chi, what the policy's own excess is as a multiple of the opponent's; above 1 it extorts. */
  readonly slope: number;
  /** kappa, the return above which the excess counts: that of mutual B to extort, of mutual A to be generous. */
  readonly baseline: number;
}

/** Whether the policy's own last action was A, in the states AA, AB, BA, BB. */
const OWN_A = [1, 1, 0, 0];

function readGame(fn: string, { payoffs, discount }: Repeated2x2): [readonly number[], readonly number[]] {
  const form = bimatrix(fn, payoffs);
  if (form.actions.some((count) => count !== 2)) {
    throw new ArgumentError(fn, 'payoffs', 'be of 2 x 2 actions', form.actions.join(' x '));
  }
  if (!(discount > 0 && discount < 1)) {
    throw new ArgumentError(fn, 'discount', 'lie in (0, 1)', String(discount));
  }
  return [form.payoffs[0], form.payoffs[1]];
}

/** The largest phi >= 0, with the start p0 for it, such that phi times these excesses gives probabilities. */
function largest(excesses: readonly number[], discount: number): { phi: number; start: number } | undefined {
  const bounds = OWN_A.map((a): { min: number; max: number } => ({ min: -a, max: discount - a }));
  const { status, variables } = solve<string, number>(
    {
      direction: 'maximize',
      objective: -1,
      constraints: [
        ...bounds.map((bound, s): [number, typeof bound] => [s, bound]),
        [OWN_A.length, { min: 0, max: 1 }],
      ],
      variables: [
        ['phi', [[-1, 1], ...excesses.map((e, s): [number, number] => [s, e])]],
        ['start', [[OWN_A.length, 1], ...OWN_A.map((_, s): [number, number] => [s, discount - 1])]],
      ],
    },
    { precision: 1e-12, includeZeroVariables: true },
  );
  const { phi, start } = Object.fromEntries(variables);
  return status === 'optimal' && phi > 1e-9 ? { phi, start } : undefined;
}

/**
 * The memory-one policy that forces `V_own - kappa = chi (V_other - kappa)` on every opponent of an iterated 2 x 2 game.
 *
 * Whatever the opponent does, the discounted visits v to AA, AB, BA, BB (own action first) satisfy
 * `sum_s v_s (delta p_s + (1 - delta) p_0 - a_s) = 0`, with p the policy's probabilities of A and a_s = 1 where its own
 * action was A. Setting the bracket to `phi ((S_own - kappa) - chi (S_other - kappa))`, with S the payoffs, gives
 * p. Here phi has the largest magnitude for which all p are probabilities, found with p_0 by linear programming.
 *
 * Source: Press and Dyson 2012 for delta = 1; Hilbe, Traulsen and Sigmund 2015, "Partners or rivals?", for the
 * discounted game. Extortion in the thesis of Cooijmans 2023, appendix 6.F, is slope > 1.
 *
 * @returns The probabilities of A at the start and after AA, AB, BA, BB, own action first: 0 and 1 are common.
 * @throws ArgumentError when the game is not 2 x 2, the discount not in (0, 1), slope or baseline not finite, or no
 * memory-one policy forces the relation.
 *
 * @example
 * ```ts
 * import { zeroDeterminantPolicy } from '@descant/autodiff-games';
 * const payoffs = [[-1, -1], [-3, 0], [0, -3], [-2, -2]];
 * zeroDeterminantPolicy({ payoffs, discount: 0.96, slope: 2, baseline: -2 }); // => [0, 0.833333, 0, 0.833333, 0]
 * ```
 */
export function zeroDeterminantPolicy(options: ZeroDeterminantOptions): number[] {
  const fn = 'zeroDeterminantPolicy';
  const [own, other] = readGame(fn, options);
  const { discount, slope, baseline } = options;
  for (const [argument, value] of Object.entries({ slope, baseline })) {
    if (!Number.isFinite(value)) throw new ArgumentError(fn, argument, 'be a finite number', String(value));
  }
  const plain = own.map((v, s) => v - baseline - slope * (other[s] - baseline));
  // phi is of order 1 for excesses of order 1, as the solver's tolerance is absolute.
  const scale = Math.max(...plain.map(Math.abs)) || 1;
  const excesses = plain.map((e) => e / scale);
  const [best] = [1, -1]
    .flatMap((sign) => {
      const found = largest(
        excesses.map((e) => sign * e),
        discount,
      );
      return found === undefined ? [] : [{ phi: sign * found.phi, start: found.start }];
    })
    .sort((a, b) => Math.abs(b.phi) - Math.abs(a.phi));
  if (best === undefined) {
    const received = `slope ${slope} at baseline ${baseline} and discount ${discount}`;
    throw new ArgumentError(fn, 'options', 'be a relation that a memory-one policy can force', received);
  }
  const later = OWN_A.map((a, s) => (a - (1 - discount) * best.start + best.phi * excesses[s]) / discount);
  return [best.start, ...later].map((p) => Math.min(1, Math.max(0, p)));
}

/** A linear relation `own V_own + other V_other + constant = 0` between returns. */
export interface ReturnRelation {
  readonly own: number;
  readonly other: number;
  readonly constant: number;
  /** What the policy's own return changes by per unit of the opponent's, -other / own; infinite if own is 0. */
  readonly slope: number;
  /** How far the policy is from forcing the relation: the largest error of a bracket; 0 for rounding in ZD policies. */
  readonly residual: number;
}

/**
 * The linear relation between returns that a memory-one policy comes nearest to forcing, and how near it comes.
 *
 * The least-squares fit of `delta p_s + (1 - delta) p_0 - a_s` by `alpha S_own + beta S_other + gamma` over the states;
 * symbols as in `zeroDeterminantPolicy`. With residual 0 the policy forces `alpha V_own + beta V_other + gamma = 0`.
 *
 * Source: Press and Dyson 2012; Hilbe, Traulsen and Sigmund 2015.
 *
 * @param game - The payoffs and the discount.
 * @param policy - The probabilities of A at the start and after AA, AB, BA, BB, own action first.
 * @throws ArgumentError when the game is not 2 x 2, the discount not in (0, 1), the policy not 5 probabilities, or the
 * returns of the game are related anyway, as in zero-sum games.
 *
 * @example
 * ```ts
 * import { zeroDeterminantRelation } from '@descant/autodiff-games';
 * const payoffs = [[-1, -1], [-3, 0], [0, -3], [-2, -2]];
 * const relation = zeroDeterminantRelation({ payoffs, discount: 0.96 }, [0, 0.8333333333, 0, 0.8333333333, 0]);
 * relation.slope; // => 2
 * ```
 */
export function zeroDeterminantRelation(game: Repeated2x2, policy: readonly number[]): ReturnRelation {
  const fn = 'zeroDeterminantRelation';
  const [mine, theirs] = readGame(fn, game);
  if (!Array.isArray(policy) || policy.length !== 5 || !policy.every((p) => p >= 0 && p <= 1)) {
    throw new ArgumentError(fn, 'policy', 'be 5 probabilities', JSON.stringify(policy));
  }
  const features = new Matrix(OWN_A.map((_, s) => [mine[s], theirs[s], 1]));
  const decomposition = new SingularValueDecomposition(features, { autoTranspose: true });
  if (decomposition.rank < 3) {
    const expected = 'leave the returns independent of each other';
    throw new ArgumentError(fn, 'payoffs', expected, 'payoffs whose returns always lie on a line');
  }
  const [start, ...later] = policy;
  const brackets = OWN_A.map((a, s) => game.discount * later[s] + (1 - game.discount) * start - a);
  const solution = decomposition.solve(Matrix.columnVector(brackets));
  const [own, other, constant] = solution.to1DArray();
  const fitted = features.mmul(solution).to1DArray();
  const residual = Math.max(...brackets.map((bracket, s) => Math.abs(bracket - fitted[s])));
  return { own, other, constant, slope: -other / own, residual };
}
