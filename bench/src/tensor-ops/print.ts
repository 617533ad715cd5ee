/** The report of the suite for people. */
import { medianRatio } from '../harness/statistics.ts';
import { formatMicroseconds, significant, table } from '../harness/table.ts';
import type { CaseResult } from '../harness/workload.ts';
import type { SuiteReport } from './suite.ts';
import { HEADLINE, headlineOf } from './w1-bars.ts';

export function printReport(report: SuiteReport): string {
  const { machine, timing, load } = report;
  const versions = Object.entries(report.versions).map(
    ([name, parts]) =>
      `  ${name}: ${Object.entries(parts)
        .map(([part, version]) => `${part} ${version}`)
        .join(', ')}`,
  );
  return [
    'W1: one simultaneous step of exact LOLA by both players of the Iterated Prisoner’s Dilemma',
    '',
    `machine: ${machine.processor}, ${machine.cores} cores, ${machine.platform}; one thread for everybody`,
    `load average: ${load[0].toFixed(2)} before, ${load[1].toFixed(2)} after (1 is this bench alone)`,
    `timing: medians of ${timing.rounds} interleaved rounds of ${timing.milliseconds} ms each`,
    ...versions,
    ...report.missing,
    ...report.cases.flatMap((one) => ['', ...printCase(one)]),
    '',
    'Bars:',
    ...report.bars.map(({ text, reached }) => `  ${reached ? 'reached    ' : 'NOT REACHED'}  ${text}`),
    '',
  ].join('\n');
}

function printCase({ label, results, differences, tolerances }: CaseResult): string[] {
  const own = headlineOf(results);
  const rows = results.map((result) => [
    `${result.participant}, ${result.variant}`,
    formatMicroseconds(result.microsecondsPerStep),
    formatMicroseconds(Math.min(...result.rounds)),
    formatMicroseconds(Math.max(...result.rounds)),
    result === own ? '' : significant(medianRatio(result.rounds, own.rounds)),
    result.compileMilliseconds === undefined ? '' : formatMicroseconds(1000 * result.compileMilliseconds),
    result.processorShare.toFixed(2),
  ]);
  const ours = `x ${HEADLINE.participant}, ${HEADLINE.variant}`;
  const [step, run] = [differences.afterOneStep, differences.afterOneRun].map((d) => d.toExponential(1));
  const allowed = `allowed ${tolerances.afterOneStep} and ${tolerances.afterOneRun}`;
  const agreement = `all agree within ${step} after one step, ${run} after one run (${allowed})`;
  return [
    `${label}: ${agreement}`,
    ...table(['', 'per step', 'least', 'most', ours, 'compile', 'threads'], rows),
  ];
}
