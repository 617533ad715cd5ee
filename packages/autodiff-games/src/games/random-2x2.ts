/** Random 2x2 games of the three strategic classes. */
import { ArgumentError, type Tensor, uniform } from '@descant/tensor-ops';

/** Two equilibria on the diagonal, two off it, or none in pure strategies; see `random2x2Payoffs`. */
export type Class2x2 = 'coordination' | 'antiCoordination' | 'cyclic';

const CLASSES: readonly Class2x2[] = ['coordination', 'antiCoordination', 'cyclic'];

/** How many uniform draws a game takes at most. */
const DRAWS = 9;

/** Payoffs [2, 2, 2]. */
type Payoffs2x2 = [[[number, number], [number, number]], [[number, number], [number, number]]];

const coordination = (next: () => number): Payoffs2x2 => {
  const b = next();
  const d = b + next();
  const c = d + next();
  const a = c + next();
  const g = next();
  const e = g + next();
  const f = next();
  const h = f + next();
  return layout(a, b, c, d, e, f, g, h);
};

const antiCoordination = (next: () => number): Payoffs2x2 => {
  const a = -next() - 1;
  const c = a + next();
  let b: number;
  let d: number;
  if (next() < 0.5) {
    b = -a - next() * 0.1;
    d = Math.min(-c, b) - next() * 0.1;
  } else {
    d = c + next() * 0.1;
    b = d + next() * 0.1;
  }
  const e = next();
  const g = e + next();
  const h = next();
  const f = h + next();
  return layout(a, b, c, d, e, f, g, h);
};

const cyclic = (next: () => number): Payoffs2x2 => {
  if (next() < 0.5) {
    const e = next();
    const g = e + next();
    const h = next();
    const f = h + next();
    const a = 0.5 + next();
    const c = -a + next() * 0.1;
    const d = Math.abs(c) - next() * 0.1;
    const b = d - next() * 0.1;
    return layout(a, b, c, d, e, f, g, h);
  }
  const g = next();
  const e = g + next();
  const f = next();
  const h = f + next();
  const c = next() + 0.5;
  const a = -c + next() * 0.1;
  const b = Math.abs(a) - next() * 0.1;
  const d = b - next() * 0.1;
  return layout(a, b, c, d, e, f, g, h);
};

/** Player 1 has [[a, b], [c, d]] and player 2 [[e, g], [f, h]]. */
const layout = (
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): Payoffs2x2 => [
  [
    [a, b],
    [c, d],
  ],
  [
    [e, g],
    [f, h],
  ],
];

const generators = { coordination, antiCoordination, cyclic };

/**
 * The payoffs [2, 2, 2] of a random game of two players with two actions, of one strategic class.
 *
 * With player 1's payoffs [[a, b], [c, d]] and player 2's [[e, g], [f, h]]:
 * - `coordination`: a > c, d > b, e > g, h > f; both want to play alike.
 * - `antiCoordination`: a < c, b > d, e < g, f > h; both want to play differently.
 * - `cyclic`: a > c, d > b, e < g, f > h or all reversed; one wants what the other avoids.
 *
 * Source: the games of MATRL's table 1, whose paper gives the classes (after Pangallo et al. 2017) but not the
 * distributions: those here are of its released code, which draws one uniform number after another.
 *
 * @param draws - A key, which draws the numbers; or the uniform numbers in [0, 1) themselves, at least 9 (numpy's
 * first 9 of a seed give the games of the released code).
 * @throws ArgumentError when the class is unknown or the numbers are too few or out of range.
 *
 * @example
 * ```ts
 * import { matrixGame, random2x2Payoffs } from '@descant/autodiff-games';
 * import { key } from '@descant/tensor-ops';
 * const [[[a, b], [c, d]]] = random2x2Payoffs(key(0), 'coordination');
 * [a > c, d > b]; // => [true, true]
 * matrixGame({ payoffs: random2x2Payoffs(key(1), 'cyclic'), strategies: 'probabilities' }).players; // => 2
 * ```
 */
export function random2x2Payoffs(draws: Tensor | readonly number[], kind: Class2x2): Payoffs2x2 {
  if (!CLASSES.includes(kind)) {
    throw new ArgumentError('random2x2Payoffs', 'kind', `be one of ${CLASSES.join(', ')}`, String(kind));
  }
  const numbers = isArray(draws) ? draws : Array.from(uniform(draws, [DRAWS], { dtype: 'float64' }).data);
  if (numbers.length < DRAWS || !numbers.every((u) => u >= 0 && u < 1)) {
    const expected = `be a key or ${DRAWS} or more numbers in [0, 1)`;
    throw new ArgumentError('random2x2Payoffs', 'draws', expected, `[${numbers.join(', ')}]`);
  }
  let used = 0;
  return generators[kind](() => numbers[used++]);
}

const isArray = (draws: Tensor | readonly number[]): draws is readonly number[] => Array.isArray(draws);
