/** The toy model of the reference values: D variables, K classes, conditionals in closed form. */
export interface Toy {
  readonly variables: number;
  readonly classes: number;
  readonly x: readonly number[];
}

export const toy: Toy = { variables: 3, classes: 3, x: [2, 0, 1] };

/** log p(x_i = k | x_C) for all k. */
export function toyLogs(i: number, known: ReadonlySet<number>, x: readonly number[], classes = 3): number[] {
  const logits = Array.from({ length: classes }, (_, k) =>
    [...known].reduce((sum, j) => sum + Math.cos(1 + i + 2 * j + 3 * k + 5 * x[j]), Math.sin(1 + i + 2 * k)),
  );
  const top = Math.max(...logits);
  const logSum = top + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - top), 0));
  return logits.map((l) => l - logSum);
}

/** All orders of 0..n-1. */
export function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, place) => [...rest.slice(0, place), n - 1, ...rest.slice(place)]),
  );
}

/** All subsets of 0..n-1, as sets of hidden variables. */
export const subsets = (n: number): number[][] =>
  Array.from({ length: 2 ** n }, (_, bits) =>
    Array.from({ length: n }, (_, i) => i).filter((i) => (bits >> i) & 1),
  );
