/** The report of the suite for people. */
import { medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, significant, table } from '../harness/table.ts';
import type { CaseResult } from '../harness/workload.ts';
import { type Headline, resultOf } from './definition.ts';
import type { SuiteReport, WorkloadReport } from './suite.ts';

export function printReport({ machine, timing, load, workloads }: SuiteReport): string {
  return [
    `machine: ${machine.processor}, ${machine.cores} cores, ${machine.platform}; one thread where nothing else is said`,
    `load average: ${load[0].toFixed(2)} before, ${load[1].toFixed(2)} after (1 is this bench alone)`,
    `timing: medians of ${timing.rounds} interleaved rounds of ${timing.milliseconds} ms each`,
    ...workloads.flatMap((workload) => ['', ...printWorkload(workload)]),
    '',
  ].join('\n');
}

function printWorkload({ name, title, headline, versions, missing, cases, bars }: WorkloadReport): string[] {
  const parts = (list: Readonly<Record<string, string>>): string =>
    Object.entries(list)
      .map(([part, version]) => `${part} ${version}`)
      .join(', ');
  return [
    `${name}: ${title}`,
    ...Object.entries(versions).map(([participant, list]) => `  ${participant}: ${parts(list)}`),
    ...missing,
    ...cases.flatMap((one) => ['', ...printCase(one, headline)]),
    '',
    'Bars:',
    ...bars.map(({ text, reached }) => `  ${reached ? 'reached    ' : 'NOT REACHED'}  ${text}`),
  ];
}

function printCase({ label, results, differences, tolerances }: CaseResult, headline: Headline): string[] {
  const own = resultOf(results, headline)!;
  const rows = results.map((result) => [
    `${result.participant}, ${result.variant}`,
    formatMicroseconds(result.microsecondsPerStep),
    formatMicroseconds(Math.min(...result.rounds)),
    formatMicroseconds(Math.max(...result.rounds)),
    result === own ? '' : significant(medianRatio(result.rounds, own.rounds)),
    result.compileMilliseconds === undefined ? '' : formatMicroseconds(1000 * result.compileMilliseconds),
    result.processorShare.toFixed(2),
  ]);
  const ours = `x ${headline.participant}, ${headline.variant}`;
  const [step, run] = [differences.afterOneStep, differences.afterOneRun].map((d) => d.toExponential(1));
  const allowed = `allowed ${tolerances.afterOneStep} and ${tolerances.afterOneRun}`;
  const agreement = `all agree within ${step} after one step, ${run} after one run (${allowed})`;
  return [
    `${label}: ${agreement}`,
    ...table(['', 'per step', 'least', 'most', ours, 'compile', 'threads'], rows),
  ];
}
