/** The report of the suite `envs` for people. */
import { medianRatio } from '../harness/statistics.ts';
import { significant, table } from '../harness/table.ts';
import type { CaseResult } from '../harness/workload.ts';
import { type EnvsReport, type EnvsWorkload, rate } from './suite.ts';

export function printEnvsReport({ machine, timing, load, workloads, memory }: EnvsReport): string {
  return [
    `machine: ${machine.processor}, ${machine.cores} cores, ${machine.platform}; one thread for everybody`,
    `load average: ${load[0].toFixed(2)} before, ${load[1].toFixed(2)} after (1 is this bench alone)`,
    `timing: medians of ${timing.rounds} interleaved rounds of ${timing.milliseconds} ms each`,
    ...workloads.flatMap((workload) => ['', ...printWorkload(workload)]),
    '',
    'memory:',
    ...bars(memory),
    '',
  ].join('\n');
}

const bars = (list: EnvsReport['memory']): string[] =>
  list.map(({ text, reached }) => `  ${reached ? 'reached    ' : 'NOT REACHED'}  ${text}`);

function printWorkload({ title, unit, versions, missing, cases, bars: reached }: EnvsWorkload): string[] {
  return [
    `${title} (${unit} per second)`,
    ...Object.entries(versions).map(([participant, list]) => {
      const parts = Object.entries(list).map(([part, version]) => `${part} ${version}`);
      return `  ${participant}: ${parts.join(', ')}`;
    }),
    ...missing,
    ...cases.flatMap((one) => ['', ...printCase(one)]),
    '',
    'Bars:',
    ...bars(reached),
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
