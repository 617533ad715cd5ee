/** Running an experiment from the command line: progress, files, table, and what an interrupt leaves. */
import { join } from 'node:path';
import { setThreads } from '@descant/tensor-ops';
import type { Experiment } from '../experiment.ts';
import { resultsTable } from '../report/format.ts';
import { toJson } from '../results/files.ts';
import type { Row } from '../results/schema.ts';
import { type Run, type StartOptions, startRun } from '../run/start-run.ts';
import { performWithProgress } from './progress.ts';

/** What all commands that run something take. */
export interface OutputOptions {
  /** Print results.json instead of the table. */
  readonly json?: boolean;
  /** Leave PNG files of the pictures. */
  readonly png?: boolean;
  readonly out: string;
  readonly threads: number;
}

/** The exit code of a process that an interrupt ended: 128 + SIGINT. */
const interruptedCode = 130;

/** Runs an experiment and prints what it found; returns the run and the exit code. */
export async function reproduce(
  experiment: Experiment,
  request: Pick<StartOptions, 'seed' | 'config' | 'resume'>,
  { json = false, png = false, out, threads }: OutputOptions,
): Promise<{ run: Run; exitCode: number }> {
  const run = await startRun(experiment, { ...request, png, out });
  const interrupt = new AbortController();
  const onInterrupt = () => {
    // Whoever asks twice does not want to wait; the files are whole at any time.
    if (interrupt.signal.aborted) process.exit(interruptedCode);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  if (run.announcement !== undefined) console.error(run.announcement);
  const started = performance.now();
  await setThreads(threads);
  try {
    await performWithProgress(run, interrupt.signal);
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
  const { results } = run;
  const file = join(run.directory, 'results.json');
  if (json) process.stdout.write(toJson(results));
  if (results.partial) {
    const done = `${results.rows.length} rows of the finished cells`;
    console.error(`interrupted: ${file} is valid, marked partial, and has ${done}`);
    console.error(`to go on: the same command with --resume ${run.directory}`);
    return { run, exitCode: interruptedCode };
  }
  console.error(`${run.pending.length} cells in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  if (json) console.error(`results: ${file}`);
  else printResults(run, results.rows);
  return { run, exitCode: 0 };
}

/** Paper beside measured, then remarks and where the files are. */
function printResults(run: Run, rows: readonly Row[]): void {
  const published = rows.filter((row) => row.paper !== null);
  const shown = published.length > 0 ? published : rows;
  console.log(`\n${resultsTable(shown)}\n`);
  if (shown.length < rows.length) {
    console.log(
      `${rows.length - shown.length} further rows, without a published value, are in the report.\n`,
    );
  }
  for (const note of run.notes()) console.log(`${note}\n`);
  console.log(`results: ${join(run.directory, 'results.json')}`);
  console.log(`report:  ${join(run.directory, 'report.html')}`);
}
