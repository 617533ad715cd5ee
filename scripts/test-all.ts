// Everything a change must pass: linters, types, packages, then the tests of every package and of the
// repository. The last line printed is `N passed, N failed`; each linter counts as one check.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './lib/command.ts';
import { Tally } from './lib/tally.ts';
import { countTests } from './lib/vitest-report.ts';
import { repositoryRoot, workspacePackages } from './lib/workspace.ts';

const linters: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['biome', 'biome', 'check', '--error-on-warnings', '.'],
  ['types of the repository', 'tsc', '--noEmit'],
  ['types of the packages', 'turbo', 'run', 'typecheck', '--continue', '--output-logs=errors-only'],
  ['packages build', 'turbo', 'run', 'build', '--continue', '--output-logs=errors-only'],
  ['publint and attw', 'turbo', 'run', 'lint:package', '--continue', '--output-logs=errors-only'],
  ['size of the packages', 'size-limit'],
  ['knip', 'knip'],
];

const tally = new Tally();
for (const [name, program, ...args] of linters) {
  const { succeeded, output } = await runCommand(program, args);
  tally.check(name, succeeded, output);
}

const reportOf = (directory: string) => join(directory, '.cache/vitest.json');
const tested = workspacePackages().filter(({ manifest }) => manifest.scripts?.test !== undefined);
for (const directory of [...tested.map((entry) => entry.directory), repositoryRoot]) {
  rmSync(reportOf(directory), { force: true });
}

// One package at a time: vitest itself uses every core, and time limits hold on two.
const packages = await runCommand(
  'turbo',
  ['run', 'test', '--continue', '--concurrency=1', '--output-logs=errors-only'],
  { timeout: 1_200_000 },
);
let failuresSeen = 0;
for (const { directory, manifest } of tested) {
  // A package's own exit status is folded into turbo's, which is checked below.
  failuresSeen += report(manifest.name, reportOf(directory), true);
}
if (!packages.succeeded && failuresSeen === 0) tally.check('tests of the packages', false, packages.output);

const own = await runCommand('vitest', ['run']);
report('the repository', reportOf(repositoryRoot), own.succeeded);
tally.finish();

/** Adds one vitest run to the tally; returns the number of failures. */
function report(name: string, path: string, processSucceeded: boolean): number {
  const { passed, failures, skipped } = countTests(path, processSucceeded);
  tally.add(passed, failures.length);
  for (const test of skipped) console.log(`skipped in ${name}: ${test}`);
  for (const failure of failures) console.log(`\n${failure}\n`);
  const verdict = failures.length === 0 ? 'ok  ' : 'FAIL';
  console.log(`${verdict} tests of ${name}: ${passed} passed, ${failures.length} failed`);
  return failures.length;
}
