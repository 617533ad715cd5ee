import type { Profile } from '@descant/autodiff-games';
import { determinant, Matrix, solve } from 'ml-matrix';

type Nested = readonly unknown[];

/** The expected payoff of one player, by summing out the actions player by player over nested payoffs. */
export function expectedPayoff(payoffs: unknown, profile: readonly (readonly number[])[]): number {
  const [strategy, ...rest] = profile;
  if (strategy === undefined) return payoffs as number;
  return strategy.reduce((sum, p, action) => sum + p * expectedPayoff((payoffs as Nested)[action], rest), 0);
}

/** The largest gain of any player by any pure strategy: the definition of an equilibrium, written out. */
export function largestGain(payoffs: Nested, profile: readonly (readonly number[])[]): number {
  const gains = profile.flatMap((strategy, player) =>
    strategy.map((_, action) => {
      const pure = strategy.map((_, a) => (a === action ? 1 : 0));
      const deviated = profile.map((own, i) => (i === player ? pure : own));
      return expectedPayoff(payoffs[player], deviated) - expectedPayoff(payoffs[player], profile);
    }),
  );
  return Math.max(...gains);
}

/** The largest difference of probabilities. */
export const distance = (a: Profile, b: readonly (readonly number[])[]): number =>
  Math.max(...a.flat().map((p, i) => Math.abs(p - b.flat()[i])));

/** How far two lists of equilibria are apart, whatever their order; infinite when their lengths differ. */
export const difference = (a: readonly Profile[], b: readonly (readonly (readonly number[])[])[]): number =>
  a.length !== b.length
    ? Number.POSITIVE_INFINITY
    : Math.max(0, ...a.map((own) => Math.min(...b.map((other) => distance(own, other)))));

type Rows = readonly (readonly number[])[];

/** All sets of `size` of the numbers from `from` to count - 1. */
const choose = (count: number, size: number, from = 0): number[][] =>
  size === 0
    ? [[]]
    : Array.from({ length: count - from }, (_, k) => from + k).flatMap((first) =>
        choose(count, size - 1, first + 1).map((rest) => [first, ...rest]),
      );

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);

/** All vertices of { x >= 0, sum x = 1, values x <= v }, by trying every set of constraints that may be tight. */
function vertices(values: Rows): number[][] {
  const own = values[0].length;
  const unit = (i: number) => Array.from({ length: own + 1 }, (_, k) => (k === i ? -1 : 0));
  const constraints = [...values[0].map((_, i) => unit(i)), ...values.map((row) => [...row, -1])];
  const found: number[][] = [];
  for (const tight of choose(constraints.length, own)) {
    const system = new Matrix([...tight.map((k) => constraints[k]), [...values[0].map(() => 1), 0]]);
    if (Math.abs(determinant(system)) < 1e-9) continue;
    const point = solve(system, Matrix.columnVector([...tight.map(() => 0), 1])).to1DArray();
    const isFeasible = constraints.every((row) => dot(row, point) <= 1e-9);
    const x = point.slice(0, own);
    if (isFeasible && !found.some((y) => y.every((v, i) => Math.abs(v - x[i]) < 1e-9))) found.push(x);
  }
  return found;
}

/** All extreme equilibria of two players: the pairs of vertices where nobody gains. */
export function extremeEquilibria(game: readonly [Rows, Rows]): Profile[] {
  const [first, second] = game;
  const transposed = second[0].map((_, j) => second.map((row) => row[j]));
  const pairs = vertices(transposed).flatMap((x) => vertices(first).map((y) => [x, y]));
  return pairs.filter((profile) => largestGain(game, profile) < 1e-9);
}

/**
 * The completely mixed equilibria of three players with two actions: with p_1 = x, the indifference of player 3 gives
 * p_2, that of player 2 gives p_3, and that of player 1 is then a quadratic equation in x.
 */
export function completelyMixed(game: readonly unknown[]): Profile[] {
  const mixed = (p: number) => [p, 1 - p];
  /** What player i gains by A over B. */
  const gain = (i: number, p: readonly number[]) => {
    const [a, b] = [1, 0].map((own) => expectedPayoff(game[i], p.with(i, own).map(mixed)));
    return a - b;
  };
  /** Where the gain of player i, linear in p_j, is zero: minus numerator over denominator, both linear in x. */
  const others = (x: number) =>
    [
      { i: 2, j: 1 },
      { i: 1, j: 2 },
    ].map(({ i, j }) => {
      const [at0, at1] = [0, 1].map((v) => gain(i, [x, 0, 0].with(j, v)));
      return { numerator: -at0, denominator: at1 - at0 };
    });
  const quadratic = (x: number) => {
    const [second, third] = others(x);
    const [b, c] = [second.numerator / second.denominator, third.numerator / third.denominator];
    return gain(0, [x, b, c]) * second.denominator * third.denominator;
  };
  const [f0, f1, f2] = [0, 0.5, 1].map(quadratic);
  const [a, b, c] = [2 * f0 - 4 * f1 + 2 * f2, -3 * f0 + 4 * f1 - f2, f0];
  const root = Math.sqrt(b * b - 4 * a * c);
  return [(-b + root) / (2 * a), (-b - root) / (2 * a)]
    .map((x) => [x, ...others(x).map(({ numerator, denominator }) => numerator / denominator)])
    .filter((p) => p.every((v) => v > 0 && v < 1))
    .map((p) => p.map(mixed));
}
