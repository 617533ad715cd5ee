/** The report of the suite `envs` for people. */
import { barLines, circumstanceLines, versionLines } from '../harness/report.ts';
import { medianRatio } from '../harness/statistics.ts';
import { significant, table } from '../harness/table.ts';
import type { CaseResult } from '../harness/workload.ts';
import { type EnvsReport, type EnvsWorkload, rate } from './suite.ts';

export function printEnvsReport(report: EnvsReport): string {
  return [
    ...circumstanceLines(report),
    ...report.workloads.flatMap((workload) => ['', ...printWorkload(workload)]),
    '',
    'memory:',
    ...barLines(report.memory),
    '',
  ].join('\n');
}

function printWorkload({ title, unit, versions, missing, cases, bars }: EnvsWorkload): string[] {
  return [
    `${title} (${unit} per second)`,
    ...versionLines(versions),
    ...missing,
    ...cases.flatMap((one) => ['', ...printCase(one)]),
    '',
    'Bars:',
    ...barLines(bars),
  ];
}

function printCase({ label, results }: CaseResult): string[] {
  const [own] = results;
  const rows = results.map((result) => [
    `${result.participant}, ${result.variant}`,
    rate(1e6 / result.microsecondsPerStep),
    rate(1e6 / Math.max(...result.rounds)),
    rate(1e6 / Math.min(...result.rounds)),
    result === own ? '' : significant(1 / medianRatio(result.rounds, own.rounds)),
    result.processorShare.toFixed(2),
  ]);
  return [`${label}: all agree`, ...table(['', 'median', 'least', 'most', 'x the first', 'threads'], rows)];
}
