/** Whether all participants compute the same thing. */
import type { Outputs } from './protocol.ts';

export interface Contribution {
  readonly name: string;
  readonly outputs: Outputs;
}

/** Thrown when two participants disagree: their times must not be compared. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

/**
 * The largest difference between any two participants, |a - b| / max(1, |a|, |b|) over all elements.
 *
 * Throws a `Disagreement` that names the two participants farthest apart when it exceeds the tolerance, when
 * outputs differ in shape, or when an element is not finite.
 */
export function checkAgreement(label: string, all: readonly Contribution[], tolerance: number): number {
  let worst = { difference: 0, first: '', second: '' };
  for (const [i, first] of all.entries()) {
    checkFinite(label, first);
    for (const second of all.slice(i + 1)) {
      const difference = largestDifference(label, first, second);
      if (difference > worst.difference) worst = { difference, first: first.name, second: second.name };
    }
  }
  if (worst.difference > tolerance) {
    const { first, second, difference } = worst;
    throw new Disagreement(
      `${label}: ${first} and ${second} differ by ${difference.toExponential(1)}; at most ${tolerance} is allowed`,
    );
  }
  return worst.difference;
}

function checkFinite(label: string, { name, outputs }: Contribution): void {
  const strange = outputs.flat().find((value) => !Number.isFinite(value));
  if (strange !== undefined) throw new Disagreement(`${label}: ${name} returned ${strange}`);
}

function largestDifference(label: string, first: Contribution, second: Contribution): number {
  const sizes = ({ outputs }: Contribution) => outputs.map((output) => output.length).join(' and ');
  if (sizes(first) !== sizes(second)) {
    throw new Disagreement(
      `${label}: ${first.name} returned ${sizes(first)} numbers, ${second.name} returned ${sizes(second)}`,
    );
  }
  let largest = 0;
  for (const [k, output] of first.outputs.entries()) {
    const other = second.outputs[k];
    for (const [i, a] of output.entries()) {
      const scale = Math.max(1, Math.abs(a), Math.abs(other[i]));
      largest = Math.max(largest, Math.abs(a - other[i]) / scale);
    }
  }
  return largest;
}
