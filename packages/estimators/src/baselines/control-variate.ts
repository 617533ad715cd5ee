/** Control variates for estimates of any kind. */
import {
  ArgumentError,
  div,
  full,
  greater,
  mapTree,
  mean,
  mul,
  square,
  sub,
  where,
} from '@descant/tensor-ops';

/**
 * An estimate corrected by the error of another one whose expectation is known: `g - c (v - E[v])`.
 *
 * Unbiased for every coefficient that does not depend on the same draws. The variance of an element is least at
 * `c = Cov(g, v) / Var(v)`, see `controlCoefficient`.
 *
 * @param estimate - g, a tree.
 * @param variate - v, a tree of the same structure, computed from the same draws.
 * @param expected - E[v], a tree like v.
 * @param coefficient - c, a number, or a tree like v.
 *
 * @example
 * ```ts
 * import { controlVariate } from '@descant/estimators';
 * import { tensor } from '@descant/tensor-ops';
 *
 * controlVariate(tensor([3, 5]), tensor([1, 2]), tensor([0.5, 2]), 2).toArray(); // => [2, 5]
 * ```
 */
export function controlVariate<T>(estimate: T, variate: T, expected: T, coefficient: number | T): T {
  const coefficients =
    typeof coefficient === 'number'
      ? mapTree((v) => full(v.shape, coefficient, v.dtype), variate)
      : coefficient;
  return mapTree((g, v, e, c) => sub(g, mul(c, sub(v, e))), estimate, variate, expected, coefficients);
}

/**
 * The coefficient of a control variate that gives the least variance in a sample: `c = Cov(g, v) / Var(v)`.
 *
 * For each element, over the leading axis of n draws; 0 where the variate does not vary. To stay unbiased, apply it
 * to other draws than those it was computed from.
 *
 * Source: Owen, Monte Carlo theory, methods and examples; Glasserman 2003.
 *
 * @param estimates - Tree with leaves [n, ...].
 * @param variates - Tree of the same structure.
 * @returns Tree without the leading axis.
 * @throws ArgumentError for fewer than two draws.
 *
 * @example
 * ```ts
 * import { controlCoefficient } from '@descant/estimators';
 * import { tensor } from '@descant/tensor-ops';
 *
 * controlCoefficient(tensor([1, 3, 5]), tensor([0, 1, 2])).item(); // => 2
 * ```
 */
export function controlCoefficient<T>(estimates: T, variates: T): T {
  return mapTree(
    (g, v) => {
      if (g.rank === 0 || g.shape[0] < 2) {
        throw new ArgumentError(
          'controlCoefficient',
          'estimates',
          'have at least 2 draws',
          `${g.shape[0] ?? 1}`,
        );
      }
      const centred = sub(v, mean(v, 0, { keepDims: true }));
      const variance = mean(square(centred), 0);
      const varies = greater(variance, 0);
      return where(varies, div(mean(mul(g, centred), 0), where(varies, variance, 1)), 0);
    },
    estimates,
    variates,
  );
}
