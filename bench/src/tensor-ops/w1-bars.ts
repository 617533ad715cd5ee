/** What W1 has to reach, and whether it did. */

import { formatMicroseconds } from '../harness/table.ts';
import type { CaseResult, EntrantResult } from '../harness/workload.ts';

/** Microseconds per step in float32, on the machine where PyTorch's hand-unrolled variant takes `YARDSTICK`. */
const BARS: Readonly<Record<number, number>> = { 1: 1.5, 128: 50, 4096: 1500 };
const YARDSTICK = { precision: 'float32', batch: 4096, microseconds: 11_900 };

export interface Bar {
  readonly text: string;
  readonly reached: boolean;
}

/** The participant and variant that the bars are about. */
export const HEADLINE = { participant: 'descant, Node 24', variant: 'loop' };

export function headlineOf(results: readonly EntrantResult[]): EntrantResult {
  return find(results, HEADLINE.participant, HEADLINE.variant)!;
}

/** Absolute bars, the same scaled to this machine when PyTorch was measured, and the comparison with JAX. */
export function w1Bars(cases: readonly CaseResult[]): Bar[] {
  const scale = machineScale(cases);
  return cases.flatMap(({ label, parameters, results }) => {
    const bars: Bar[] = [];
    const own = headlineOf(results).microsecondsPerStep;
    const under = (limit: number, remark: string) => {
      const text = `${label}: ${formatMicroseconds(own)}, bar ${formatMicroseconds(limit)}${remark}`;
      bars.push({ text, reached: own < limit });
    };
    const limit = BARS[Number(parameters.batch)];
    if (parameters.precision === 'float32' && limit !== undefined) {
      under(limit, '');
      if (scale !== undefined) under(limit * scale, ` (scaled to this machine, x ${scale.toFixed(3)})`);
    }
    const jax = results.filter((r) => r.participant === 'JAX');
    if (jax.length > 0) {
      const best = jax.reduce((a, b) => (b.microsecondsPerStep < a.microsecondsPerStep ? b : a));
      under(best.microsecondsPerStep, ` (the fastest JAX: ${best.variant})`);
    }
    return bars;
  });
}

/** How much slower this machine is than the one the bars were set on. */
export function machineScale(cases: readonly CaseResult[]): number | undefined {
  const yardstick = cases.find(
    ({ parameters }) => parameters.precision === YARDSTICK.precision && parameters.batch === YARDSTICK.batch,
  );
  const torch = yardstick && find(yardstick.results, 'PyTorch', 'unrolled');
  return torch && torch.microsecondsPerStep / YARDSTICK.microseconds;
}

function find(results: readonly EntrantResult[], participant: string, variant: string) {
  return results.find((r) => r.participant === participant && r.variant === variant);
}
