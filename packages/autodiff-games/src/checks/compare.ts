/** What the checks of users' games and rules share: drawing plays and comparing trees of concrete tensors. */
import {
  ArgumentError,
  at,
  type FloatType,
  flatten,
  key as keyOf,
  mapTree,
  structureKey,
  type Tensor,
} from '@descant/tensor-ops';
import type { Game } from '../game.ts';
import { initialBatch } from '../run.ts';

/** Options of `checkGame` and `checkRule`. */
export interface CheckOptions {
  /** Draws the parameters that are tried; default `key(0)`. */
  readonly key?: Tensor;
  /** How many plays are tried, at least 1; default 4. */
  readonly plays?: number;
}

/** The dtypes that games and rules must work in, and how far results may differ by rounding. */
export const PRECISIONS: readonly { readonly dtype: FloatType; readonly tolerance: number }[] = [
  { dtype: 'float32', tolerance: 1e-3 },
  { dtype: 'float64', tolerance: 1e-9 },
];

/** Plays drawn from a game's `init`, as a batch and one by one. */
export interface Plays<P> {
  readonly batch: readonly P[];
  readonly single: readonly (readonly P[])[];
}

/** The options with their defaults. */
export function checkOptions(
  fn: string,
  { key = keyOf(0), plays = 4 }: CheckOptions,
): Required<CheckOptions> {
  if (!Number.isInteger(plays) || plays < 1) {
    throw new ArgumentError(fn, 'plays', 'be a whole number of at least 1', String(plays));
  }
  return { key, plays };
}

export function drawPlays<P>(game: Game<P>, options: Required<CheckOptions>, dtype: FloatType): Plays<P> {
  const batch = initialBatch(game, options.key, options.plays, dtype);
  const play = (k: number) => batch.map((tree) => mapTree((leaf) => at(leaf, k), tree));
  return { batch, single: Array.from({ length: options.plays }, (_, k) => play(k)) };
}

/** A tree without its values: structure, dtypes and shapes as text. */
export function describe(tree: unknown): string {
  const { leaves, structure } = flatten(tree);
  const types = leaves.map((leaf) => `${leaf.dtype}[${leaf.shape.join(', ')}]`).join(', ');
  const key = structureKey(structure);
  return key === '*' ? types : `${key} of ${types}`;
}

/** Whether every element of every leaf is a finite number. */
export const allFinite = (tree: unknown): boolean =>
  flatten(tree).leaves.every((leaf) => leaf.data.every((v: number) => Number.isFinite(v)));

/** The largest difference between corresponding elements, relative to the largest magnitude (at least 1). */
export function distance(actual: unknown, expected: unknown): number {
  const [a, b] = [actual, expected].map((tree) =>
    flatten(tree).leaves.flatMap((leaf) => Array.from(leaf.data)),
  );
  const scale = Math.max(1, ...b.map(Math.abs));
  return Math.max(0, ...b.map((v, i) => Math.abs(v - a[i]) / scale));
}

/** A problem when two computations of one thing differ by more than rounding. */
export function disagreement(what: string, actual: unknown, expected: unknown, tolerance: number): string[] {
  const difference = distance(actual, expected);
  return difference <= tolerance ? [] : [`${what}; they differ by ${difference.toPrecision(2)}`];
}

/** Runs one check; an error becomes the problem. */
export function attempt(what: string, check: () => string[]): string[] {
  try {
    return check();
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** The first check in a list that finds problems; later ones would only repeat them. */
export function firstProblems(checks: readonly (() => string[])[]): string[] {
  for (const check of checks) {
    const problems = check();
    if (problems.length > 0) return problems;
  }
  return [];
}
