/**
 * Convolutions whose input has a coefficient other than 1 (the input gradients of strided ones), as several without:
 * outputs with the same remainder meet the same filter positions, and no product with an inserted zero is computed.
 */
import type { ConvolutionAxis } from '../../../ir/attributes.ts';

/** Every `step`-th position of an axis. */
interface Progression {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** Outputs that meet the same filter positions, and the equation in the counts of both, where `input` is 1. */
export interface Phase {
  readonly axis: ConvolutionAxis;
  readonly outputs: Progression;
  readonly filters: Progression;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? Math.abs(a) : greatestDivisor(b, a % b));

/** The positions first, first + step, ... below a length. */
const progression = (first: number, step: number, length: number): Progression => ({
  first,
  step,
  count: Math.max(0, Math.ceil((length - first) / step)),
});

/** The phases of an axis; outputs that meet nothing are in none. */
export function phasesOf(
  { input, output, filter, offset }: ConvolutionAxis,
  outputs: number,
  filters: number,
): Phase[] {
  const stepO = input / greatestDivisor(output, input);
  const stepK = input / greatestDivisor(filter, input);
  const found: Phase[] = [];
  for (let o = 0; o < Math.min(stepO, outputs); o++) {
    for (let k = 0; k < Math.min(stepK, filters); k++) {
      const start = (output * o + filter * k + offset) / input;
      if (!Number.isInteger(start)) continue;
      found.push({
        axis: { input: 1, output: (output * stepO) / input, filter: (filter * stepK) / input, offset: start },
        outputs: progression(o, stepO, outputs),
        filters: progression(k, stepK, filters),
      });
    }
  }
  return found;
}

/** Residues of positions modulo a dilation whose numbers of positions agree. */
export interface Residues {
  readonly first: number;
  readonly count: number;
  readonly length: number;
}

/**
 * A dilated convolution is one without dilation for every residue of the positions; the last residues may have one
 * position less.
 */
export function residues(length: number, dilation: number): Residues[] {
  const longest = Math.ceil(length / dilation);
  const long = length - (longest - 1) * dilation;
  const all = [
    { first: 0, count: long, length: longest },
    { first: long, count: dilation - long, length: longest - 1 },
  ];
  return all.filter(({ count }) => count > 0);
}
