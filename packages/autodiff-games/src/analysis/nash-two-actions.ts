/** Nash equilibria of any number of players with two actions each. */
import { ArgumentError } from '@descant/tensor-ops';
import { LuDecomposition, Matrix, solve } from 'ml-matrix';
import { playerPayoffs } from '../games/payoffs.ts';
import { type Profile, scaledPayoffs } from './strategic-form.ts';

/** Gains, of payoffs scaled to [0, 1], that count as zero. */
const TOLERANCE = 1e-9;
/** A box of strategies this narrow that is still undecided holds equilibria that are not isolated. */
const NARROWEST = 1e-5;

type Interval = readonly [number, number];
/** An interval of the probability of A for each player. */
type Box = readonly Interval[];

const middle = ([low, high]: Interval): number => (low + high) / 2;
const width = ([low, high]: Interval): number => high - low;

/**
 * A multilinear function of the players' probabilities of A, by its values at all joint actions, row-major with A
 * before B.
 */
type Multilinear = readonly number[];

/** The same for every pair of entries that differ in player j's action, of n: at A and at B. */
function mapPairs(
  f: Multilinear,
  j: number,
  players: number,
  to: (atA: number, atB: number) => readonly [number, number],
): Multilinear {
  const stride = 2 ** (players - 1 - j);
  const values = [...f];
  for (let s = 0; s < f.length; s++) {
    if (Math.floor(s / stride) % 2 === 0) [values[s], values[s + stride]] = to(f[s], f[s + stride]);
  }
  return values;
}

/** The derivative in the probability of player j. */
const slope = (f: Multilinear, j: number): Multilinear =>
  mapPairs(f, j, Math.log2(f.length), (a, b) => [a - b, a - b]);

/** The values at the corners of a box. */
const corners = (f: Multilinear, box: Box): Multilinear =>
  box.reduce(
    (values, [low, high], j) =>
      mapPairs(values, j, box.length, (a, b) => [b + high * (a - b), b + low * (a - b)]),
    f,
  );

const valueAt = (f: Multilinear, p: readonly number[]): number =>
  corners(
    f,
    p.map((x) => [x, x]),
  )[0];

/** The exact range on a box: a multilinear function lies between its values at the corners. */
function range(f: Multilinear, box: Box): Interval {
  const values = corners(f, box);
  return [Math.min(...values), Math.max(...values)];
}

/** What Krawczyk's test says of a box: no zero, exactly one near a point, or nothing. */
type Verdict = 'none' | 'unknown' | { readonly zero: number[] };

const jacobianAt = (gains: readonly Multilinear[], mixing: readonly number[], p: readonly number[]): Matrix =>
  new Matrix(gains.map((g) => mixing.map((j) => valueAt(slope(g, j), p))));

/**
 * Krawczyk's test for zeros of the gains of the mixing players: with Y the inverse of the Jacobian J at the centre c,
 * `K = c - Y g(c) + (I - Y J(box)) (box - c)` holds every zero in the box, and one for certain if it lies inside.
 */
function krawczyk(gains: readonly Multilinear[], mixing: readonly number[], box: Box): Verdict {
  const centre = box.map(middle);
  const jacobian = new LuDecomposition(jacobianAt(gains, mixing, centre));
  // A singular Jacobian at the centre says nothing about the box.
  if (jacobian.isSingular()) return 'unknown';
  const preconditioner = jacobian.solve(Matrix.identity(mixing.length)).to2DArray();
  // A combination of the gains is multilinear too, so that its range on the box is exact.
  const combined = preconditioner.map((row) =>
    gains[0].map((_, s) => row.reduce((sum, y, k) => sum + y * gains[k][s], 0)),
  );
  const image = combined.map((f, a): Interval => {
    const step = centre[mixing[a]] - valueAt(f, centre);
    const spread = mixing.reduce((sum, j, b) => {
      const [low, high] = range(slope(f, j), box);
      const unit = a === b ? 1 : 0;
      return sum + (Math.max(Math.abs(unit - low), Math.abs(unit - high)) * width(box[j])) / 2;
    }, 0);
    return [step - spread, step + spread];
  });
  const apart = image.some(([low, high], a) => high < box[mixing[a]][0] || low > box[mixing[a]][1]);
  if (apart) return 'none';
  const inside = image.every(([low, high], a) => low > box[mixing[a]][0] && high < box[mixing[a]][1]);
  return inside ? { zero: refine(gains, mixing, centre) } : 'unknown';
}

/** Newton's method, from where it converges. */
function refine(
  gains: readonly Multilinear[],
  mixing: readonly number[],
  start: readonly number[],
): number[] {
  let p = [...start];
  for (let iteration = 0; iteration < 20; iteration++) {
    const residuals = Matrix.columnVector(gains.map((g) => valueAt(g, p)));
    const step = solve(jacobianAt(gains, mixing, p), residuals);
    p = p.map((x, j) => (mixing.includes(j) ? x - step.get(mixing.indexOf(j), 0) : x));
  }
  return p;
}

/** Whether nobody gains by another action: players who mix are indifferent. */
const isStable = (gains: readonly Multilinear[], p: readonly number[]): boolean =>
  gains.every((gain, i) => {
    const g = valueAt(gain, p);
    return (p[i] === 0 || g >= -TOLERANCE) && (p[i] === 1 || g <= TOLERANCE);
  });

/** Whether no player refuses a box for certain: whoever plays A there may want to, and whoever plays B. */
const isPossible = (gains: readonly Multilinear[], box: Box): boolean =>
  gains.every((gain, i) => {
    const [low, high] = range(gain, box);
    return (box[i][1] === 0 || high >= -TOLERANCE) && (box[i][0] === 1 || low <= TOLERANCE);
  });

/** A box with a tenth added on all sides: zeros on its edges are inside of that. */
const widened = (box: Box): Box =>
  box.map((side) => {
    const margin = 0.1 * width(side);
    return [side[0] - margin, side[1] + margin];
  });

/** Points where the mixing players are indifferent, in or around a box, by halving it until the test decides. */
function zerosIn(gains: readonly Multilinear[], mixing: readonly number[], box: Box): number[][] {
  if (!isPossible(gains, box)) return [];
  if (mixing.length === 0) return [box.map(middle)];
  const verdict = krawczyk(
    mixing.map((i) => gains[i]),
    mixing,
    widened(box),
  );
  if (verdict === 'none') return [];
  if (verdict !== 'unknown') return [verdict.zero];
  const widest = mixing.reduce((a, b) => (width(box[b]) > width(box[a]) ? b : a));
  if (width(box[widest]) < NARROWEST) {
    const received = `a continuum or a double point where players [${mixing.map((i) => i + 1).join(', ')}] mix`;
    throw new ArgumentError('nashEquilibriaTwoActions', 'payoffs', 'have isolated equilibria', received);
  }
  const [low, high] = box[widest];
  const cut = middle(box[widest]);
  return [box.with(widest, [low, cut]), box.with(widest, [cut, high])].flatMap((half) =>
    zerosIn(gains, mixing, half),
  );
}

/** All equilibria in which exactly the players whose interval is [0, 1] mix. */
function onSupport(gains: readonly Multilinear[], support: Box): number[][] {
  const mixing = support.flatMap((side, i) => (width(side) > 0 ? [i] : []));
  const same = (p: readonly number[], q: readonly number[]) =>
    p.every((x, i) => Math.abs(x - q[i]) <= TOLERANCE);
  return zerosIn(gains, mixing, support).filter(
    (p, k, zeros) =>
      mixing.every((i) => p[i] > TOLERANCE && p[i] < 1 - TOLERANCE) &&
      isStable(gains, p) &&
      !zeros.slice(0, k).some((q) => same(p, q)),
  );
}

/**
 * All Nash equilibria of a game of any number of players with two actions each, when they are isolated.
 *
 * In each of the 3^n supports (every player plays A, B, or mixes) the mixing players must be indifferent:
 * `u_i(A, p_-i) - u_i(B, p_-i) = 0`, a system of multilinear equations in their probabilities p. All its zeros in
 * the unit cube are found by halving boxes: the range of a multilinear function on a box is exactly that of its
 * corners, which excludes boxes, and Krawczyk's test proves that a box holds exactly one zero, which Newton's method
 * then gives to rounding. Gains below 1e-9 of a player's range of payoffs count as zero. Five players take about a
 * second, six about 20.
 *
 * A continuum of equilibria with a mixing player, as in degenerate games, is an error; `pureEquilibria` finds the
 * pure ones there, and `supportEnumeration` all extreme ones of two players.
 *
 * Source: the equations are those of Nash 1951; Krawczyk 1969, and Neumaier 1990, "Interval methods for systems of
 * equations", ch. 5, for the test.
 *
 * @param payoffs - [n, 2, ..., 2], or the four (row, column) pairs of AA, AB, BA, BB.
 * @returns For each equilibrium the strategies [p_i, 1 - p_i] of all players.
 * @throws ArgumentError when a player has another number of actions, or equilibria are not isolated.
 *
 * @example
 * ```ts
 * import { nashEquilibriaTwoActions } from '@descant/autodiff-games';
 * // Each of three players wants to differ from the next one: only mixing evenly is stable.
 * const actions = [0, 1];
 * const wants = (i: number) =>
 *   actions.map((a) => actions.map((b) => actions.map((c) => ([a, b, c][i] !== [a, b, c][(i + 1) % 3] ? 1 : 0))));
 * nashEquilibriaTwoActions([0, 1, 2].map(wants)); // => [[[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]]
 * ```
 */
export function nashEquilibriaTwoActions(payoffs: readonly unknown[]): Profile[] {
  const form = scaledPayoffs(playerPayoffs('nashEquilibriaTwoActions', payoffs));
  if (form.actions.some((count) => count !== 2)) {
    const received = form.actions.join(' x ');
    throw new ArgumentError('nashEquilibriaTwoActions', 'payoffs', 'have two actions a player', received);
  }
  // What each player gains by A over B.
  const gains = form.payoffs.map((own, i) => slope(own, i));
  const sides: Interval[] = [
    [1, 1],
    [0, 0],
    [0, 1],
  ];
  const supports = form.actions
    .reduce<Interval[][]>((boxes) => boxes.flatMap((box) => sides.map((side) => [...box, side])), [[]])
    .sort((a, b) => a.filter((s) => width(s) > 0).length - b.filter((s) => width(s) > 0).length);
  return supports.flatMap((support) => onSupport(gains, support)).map((p) => p.map((x) => [x, 1 - x]));
}
