/** The differences between two results files. */
import type { Results } from './schema.ts';

/** One quantity that both results have. */
export interface Difference {
  readonly name: string;
  readonly a: number | null;
  readonly b: number | null;
  /** b - a; null when either is. */
  readonly difference: number | null;
  /** Of the difference of independent runs; null when neither value has one. */
  readonly standardError: number | null;
  readonly unit: string;
}

/** What two results have in common and what only one of them has. */
export interface Comparison {
  readonly rows: readonly Difference[];
  readonly onlyInA: readonly string[];
  readonly onlyInB: readonly string[];
}

/**
 * Compares results row by row: `b - a`, with standard error `sqrt(se_a^2 + se_b^2)`, which holds for independent
 * runs; runs that share their seed and set-up share their draws too.
 *
 * @returns Rows in the order of `a`, matched by name.
 *
 * @example
 * ```ts
 * import { compareResults, type Results } from 'descant';
 *
 * const results = (measured: number): Results => ({
 *   experiment: 'e', version: '1.0.0', seed: 0, config: {},
 *   rows: [{ name: 'return', paper: null, measured, standardError: 0.3, n: 9, unit: 'return' }],
 * });
 * const [row] = compareResults(results(1), results(1.5)).rows;
 * row.difference; // => 0.5
 * row.standardError; // => 0.42426407
 * ```
 */
export function compareResults(a: Results, b: Results): Comparison {
  const inB = new Map(b.rows.map((row) => [row.name, row]));
  const namesInA = new Set(a.rows.map((row) => row.name));
  const rows = a.rows.flatMap((left) => {
    const right = inB.get(left.name);
    if (right === undefined) return [];
    const hasError = left.standardError !== null || right.standardError !== null;
    return {
      name: left.name,
      a: left.measured,
      b: right.measured,
      difference: left.measured === null || right.measured === null ? null : right.measured - left.measured,
      standardError: hasError ? Math.hypot(left.standardError ?? 0, right.standardError ?? 0) : null,
      unit: left.unit,
    };
  });
  return {
    rows,
    onlyInA: a.rows.filter((row) => !inB.has(row.name)).map((row) => row.name),
    onlyInB: b.rows.filter((row) => !namesInA.has(row.name)).map((row) => row.name),
  };
}
