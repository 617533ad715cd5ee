import type { Conditionals } from '@descant/coconet';
import { toyLogs } from './toy.ts';

/** Conditionals of one voice from a function of the variable, the context and the values; pitches 0..K-1. */
function conditionalsFrom(
  classes: number,
  logs: (i: number, known: ReadonlySet<number>, x: readonly number[]) => readonly number[],
): Conditionals {
  return {
    instruments: 1,
    lowestPitch: 0,
    highestPitch: classes - 1,
    reach: { before: Number.POSITIVE_INFINITY, after: Number.POSITIVE_INFINITY },
    predict: ({ batch, steps, pitches, known }) =>
      Array.from({ length: batch }, (_, b) => {
        const x = [...pitches.subarray(b * steps, (b + 1) * steps)];
        const context = new Set([...x.keys()].filter((i) => known[b * steps + i] === 1));
        return x.map((_, i) => logs(i, context, x));
      }).flat(2),
  };
}

/** The toy model of the reference values, as a model of one voice. */
export const toyConditionals = conditionalsFrom(3, toyLogs);

/** Conditionals of a joint distribution of variables with K classes, by summing it out. */
export function exactConditionals(
  joint: readonly number[],
  variables: number,
  classes: number,
): Conditionals {
  const digits = (code: number) =>
    Array.from({ length: variables }, (_, i) => Math.floor(code / classes ** i) % classes);
  const states = joint.map((p, code) => ({ p, x: digits(code) }));
  return conditionalsFrom(classes, (i, known, x) => {
    const totals = new Array<number>(classes).fill(0);
    for (const state of states)
      if ([...known].every((j) => state.x[j] === x[j])) totals[state.x[i]] += state.p;
    const sum = totals.reduce((a, b) => a + b, 0);
    return totals.map((p) => Math.log(p / sum));
  });
}

/** The chi-square statistic of counts against probabilities. */
export function chiSquare(counts: readonly number[], probabilities: readonly number[]): number {
  const n = counts.reduce((a, b) => a + b, 0);
  return counts.reduce(
    (sum, count, i) => sum + (count - n * probabilities[i]) ** 2 / (n * probabilities[i]),
    0,
  );
}
