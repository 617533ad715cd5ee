/** Running a run again: same experiment, configuration and seed, results compared exactly. */
import { isDeepStrictEqual } from 'node:util';
import { findExperiment } from '../experiments/registry.ts';
import { tournament } from '../experiments/tournament.ts';
import { readDescription, readResults } from '../results/files.ts';
import type { Results, RunDescription } from '../results/schema.ts';
import { describeEnvironment } from '../run/environment.ts';
import { type OutputOptions, reproduce } from './reproduce.ts';

/** Repeats a run and says whether the results are the same; exit code 1 when they are not. */
export async function rerun(folder: string, output: OutputOptions): Promise<number> {
  const before = readDescription(folder);
  const expected = readResults(folder);
  const experiment = before.experiment === tournament.name ? tournament : findExperiment(before.experiment);
  const { run, exitCode } = await reproduce(experiment, { seed: before.seed, config: before.config }, output);
  // With --json, standard output is the results and nothing else.
  const say = output.json ? console.error : console.log;
  for (const change of changes(before)) say(change);
  if (exitCode !== 0) return exitCode;
  if (expected.partial) say(`${folder} is a partial run: only its ${expected.rows.length} rows are compared`);
  const differing = differingRows(expected, run.results);
  if (differing.length === 0) {
    say(`identical: all ${expected.rows.length} rows of ${folder}`);
    return 0;
  }
  say(`different: ${differing.length} of ${expected.rows.length} rows of ${folder}`);
  for (const name of differing) say(`  ${name}`);
  return 1;
}

/** What is not as it was when the run took place, one line each. */
function changes(before: RunDescription): string[] {
  const now = describeEnvironment();
  const lines = [...new Set([...Object.keys(before.versions), ...Object.keys(now.versions)])].flatMap(
    (name) => {
      const [old, current] = [before.versions[name] ?? 'none', now.versions[name] ?? 'none'];
      return old === current ? [] : [`version of ${name}: ${old} then, ${current} now`];
    },
  );
  for (const what of ['executor', 'node', 'platform'] as const) {
    if (before[what] !== now[what]) lines.push(`${what}: ${before[what]} then, ${now[what]} now`);
  }
  return lines;
}

/** Names of the rows that are not exactly as before. */
function differingRows(expected: Results, actual: Results): string[] {
  const rows = new Map(actual.rows.map((row) => [row.name, row]));
  const changed = expected.rows.filter((row) => !isDeepStrictEqual(row, rows.get(row.name)));
  const known = new Set(expected.rows.map((row) => row.name));
  const added = expected.partial ? [] : actual.rows.filter((row) => !known.has(row.name));
  return [...changed, ...added].map((row) => row.name);
}
