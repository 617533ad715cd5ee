/** What W1 has to reach, and whether it did. */

import type { Bar } from '../harness/report.ts';
import { fastestOf, resultOf } from '../harness/results.ts';
import { formatMicroseconds } from '../harness/table.ts';
import type { CaseResult } from '../harness/workload.ts';
import { HEADLINE_PARTICIPANT } from '../participants.ts';
import type { Headline } from './definition.ts';

/** Microseconds per step in float32, on the machine where PyTorch's hand-unrolled variant takes `YARDSTICK`. */
const BARS: Readonly<Record<number, number>> = { 1: 1.5, 128: 50, 4096: 1500 };
const YARDSTICK = { precision: 'float32', batch: 4096, microseconds: 11_900 };

export const HEADLINE: Headline = { participant: HEADLINE_PARTICIPANT, variant: 'loop' };

/** Absolute bars, the same scaled to this machine when PyTorch was measured, and the comparison with JAX. */
export function w1Bars(cases: readonly CaseResult[]): Bar[] {
  const scale = machineScale(cases);
  return cases.flatMap(({ label, parameters, results }) => {
    const bars: Bar[] = [];
    const own = resultOf(results, HEADLINE)!.microsecondsPerStep;
    const under = (limit: number, remark: string) => {
      const text = `${label}: ${formatMicroseconds(own)}, bar ${formatMicroseconds(limit)}${remark}`;
      bars.push({ text, reached: own < limit });
    };
    const limit = BARS[Number(parameters.batch)];
    if (parameters.precision === 'float32' && limit !== undefined) {
      under(limit, '');
      if (scale !== undefined) under(limit * scale, ` (scaled to this machine, x ${scale.toFixed(3)})`);
    }
    const jax = fastestOf(results, 'JAX');
    if (jax) under(jax.microsecondsPerStep, ` (the fastest JAX: ${jax.variant})`);
    return bars;
  });
}

/** How much slower this machine is than the one the bars were set on. */
export function machineScale(cases: readonly CaseResult[]): number | undefined {
  const yardstick = cases.find(
    ({ parameters }) => parameters.precision === YARDSTICK.precision && parameters.batch === YARDSTICK.batch,
  );
  const torch = yardstick && resultOf(yardstick.results, { participant: 'PyTorch', variant: 'unrolled' });
  return torch && torch.microsecondsPerStep / YARDSTICK.microseconds;
}
