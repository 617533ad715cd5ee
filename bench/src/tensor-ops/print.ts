/** The report of the suite for people. */
import { barLines, circumstanceLines, versionLines } from '../harness/report.ts';
import { resultOf } from '../harness/results.ts';
import { medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, significant, table } from '../harness/table.ts';
import type { CaseResult } from '../harness/workload.ts';
import type { Headline } from './definition.ts';
import type { SuiteReport, WorkloadReport } from './suite.ts';

export function printReport(report: SuiteReport): string {
  return [
    ...circumstanceLines(report),
    ...report.workloads.flatMap((workload) => ['', ...printWorkload(workload)]),
    '',
  ].join('\n');
}

function printWorkload({ name, title, headline, versions, missing, cases, bars }: WorkloadReport): string[] {
  return [
    `${name}: ${title}`,
    ...versionLines(versions),
    ...missing,
    ...cases.flatMap((one) => ['', ...printCase(one, headline)]),
    '',
    'Bars:',
    ...barLines(bars),
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
